"""Groups in an experiment file: read, checked to the last key, written back with their comments."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest

from engine import models
from engine.workload import steps
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.experiment_toml import to_toml
from engine.workload.group import numbered_steps, step_paths, steps_of_group, workers_of

CATALOGUE = Catalogue.of(
    (each.card for each in steps.discover().values()), (each.card for each in models.discover().values())
)
TEXT = """\
format = 1
title = "One busy thread beside four clients"

[workload]
duration_s = 3.0 # three seconds

# computes all the time
[[workload.groups]]
name = "spinner" # its name
workers = 1

# pure Python
[[workload.groups.steps]]
kind = "count-primes"
below = 5000

[[workload.groups]]
name = "clients"
workers = 4
arrival_per_s = 50.0

[[workload.groups.steps]]
kind = "http-get"
delay_ms = 5.0 # the server waits

[[workload.groups.steps]]
kind = "json-round-trip"

[model]
kind = "threads"
"""
GOOD: dict[str, Any] = tomllib.loads(TEXT)


def _changed(path: str, value: object) -> dict[str, Any]:
    data = copy.deepcopy(GOOD)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = data
    for part in parents:
        place = place[part]
    place[last] = value
    return data


def test_groups_are_read_and_written_back_equal() -> None:
    experiment = check(GOOD, CATALOGUE)
    assert [(group.name, group.workers, group.arrival_per_s) for group in experiment.workload.groups] == [
        ("spinner", 1, None),
        ("clients", 4, 50.0),
    ]
    assert experiment.model.workers == 5
    assert [step.kind for step in experiment.workload.steps] == ["count-primes", "http-get", "json-round-trip"]
    written = experiment.to_dict()
    assert "workers" not in written["model"]
    assert check(written, CATALOGUE) == experiment


def test_steps_are_numbered_through_all_groups() -> None:
    workload = check(GOOD, CATALOGUE).to_dict()["workload"]
    assert [step["kind"] for step in numbered_steps(workload)] == ["count-primes", "http-get", "json-round-trip"]
    assert step_paths(workload)[2] == "workload.groups[1].steps[1]"
    assert list(steps_of_group(workload, 1)) == [1, 2]
    assert workers_of({"workload": workload, "model": {"kind": "threads"}}) == 5


def test_the_number_of_tasks_is_each_groups() -> None:
    data = _changed("workload.groups.1.tasks", 30)
    del data["workload"]["duration_s"]
    assert check(data, CATALOGUE).workload.task_count == 130  # 100 where nothing is said
    assert check(GOOD, CATALOGUE).workload.task_count is None


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("workload.groups", [], "workload.groups: must have from 1 to 16 groups, got 0"),
        ("workload.groups", 5, "workload.groups: must be a list of tables, got 5"),
        ("workload.groups.0", 5, "workload.groups[0]: must be a table, got 5"),
        ("workload.groups.0.name", "", "workload.groups[0].name: must be 1 to 40 letters"),
        ("workload.groups.0.name", "\x1b[31m", "workload.groups[0].name: must be 1 to 40 letters"),
        ("workload.groups.0.name", "clients", 'workload.groups[1].name: "clients" is another group\'s name'),
        ("workload.groups.0.workers", 0, "workload.groups[0].workers: must be at least 1, got 0"),
        ("workload.groups.0.workers", 2**63, "workload.groups[0].workers: must be at most 1e+06"),
        ("workload.groups.0.workers", 3000, "workload.groups: must have at most 2000 workers together for threads"),
        ("workload.groups.0.worker", 3, "workload.groups[0].worker: unknown key; did you mean workers?"),
        ("workload.groups.1.steps.0.delay_ms", -1, "workload.groups[1].steps[0].delay_ms: must be at least 0, got -1"),
        ("workload.groups.1.steps", [], "workload.groups[1].steps: must have from 1 to 64 steps, got 0"),
        ("workload.groups.1.arrival_per_s", "x", "workload.groups[1].arrival_per_s: must be a number"),
        ("workload.steps", [{"kind": "sleep"}], "workload.steps: belongs in each of the groups"),
        ("workload.arrival_per_s", 5.0, "workload.arrival_per_s: belongs in each of the groups"),
        ("model.workers", 4, "model.workers: is said in each of the groups"),
        ("model.kind", "sequential", "workload.groups: Sequential has one worker, so nothing runs beside it."),
        ("model.kind", "dask", "workload.groups: Any of Dask's workers may get any task"),
    ],
)
def test_what_is_wrong_is_said_by_its_key(path: str, value: object, message: str) -> None:
    with pytest.raises(ExperimentError) as raised:
        check(_changed(path, value), CATALOGUE)
    assert str(raised.value).startswith(message)


def test_all_groups_have_so_many_steps_together() -> None:
    group = {"name": "a", "steps": [{"kind": "sleep"}] * 33}
    with pytest.raises(ExperimentError, match="at most 64 steps together, got 66"):
        check({**GOOD, "workload": {"groups": [group, {**group, "name": "b"}]}}, CATALOGUE)


def test_comments_stay_with_their_group_and_step() -> None:
    data = copy.deepcopy(GOOD)
    data["workload"]["groups"].reverse()
    data["workload"]["groups"][0]["workers"] = 8
    data["workload"]["groups"][0]["steps"].append({"kind": "sleep", "duration_ms": 3.0})
    text = to_toml(data, TEXT)
    assert tomllib.loads(text) == data == tomllib.loads(to_toml(data))
    clients, spinner = text.index('name = "clients"'), text.index("# computes all the time")
    assert clients < text.index("# the server waits") < text.index("duration_ms = 3.0") < spinner
    assert spinner < text.index("# its name") < text.index("# pure Python")
    assert to_toml(GOOD, TEXT) == TEXT
