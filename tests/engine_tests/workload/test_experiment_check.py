"""What is wrong with an experiment is said in one message that names its key."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from engine import models
from engine.workload import steps
from engine.workload.catalogue import Catalogue
from engine.workload.code_permission import permission_needed
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check

CATALOGUE = Catalogue.of(
    (each.card for each in steps.discover().values()), (each.card for each in models.discover().values())
)
GOOD: dict[str, Any] = {
    "format": 1,
    "title": "Good",
    "workload": {
        "tasks": 10,
        "steps": [{"kind": "sleep", "duration_ms": 20.0}, {"kind": "count-primes", "below": 2000}],
    },
    "model": {"kind": "thread-pool", "workers": 8},
}
MISSING = object()


def _changed(path: str, value: object) -> dict[str, Any]:
    """Return GOOD with `value` at `path`; MISSING takes the key away."""
    data = copy.deepcopy(GOOD)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = data
    for part in parents:
        place = place[part]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("workload.steps.1.below", -5, "workload.steps[1].below: must be at least 2, got -5"),
        ("model.submit", "some", 'model.submit: must be one of bounded, all, got "some"'),
        ("workload.time_limit_s", 0, "workload.time_limit_s: must be at least 0.01, got 0"),
        ("workload.steps.1.limit", 0, "workload.steps[1].limit: must be at least 1, got 0"),
        ("workload.steps.1.limit", 2.5, "workload.steps[1].limit: must be a whole number, got 2.5"),
        ("workload.steps.1.below", "many", 'workload.steps[1].below: must be a whole number, got "many"'),
        ("workload.steps.1.below", 5.5, "workload.steps[1].below: must be a whole number, got 5.5"),
        ("workload.steps.1.below", True, "workload.steps[1].below: must be a whole number, got true"),
        ("workload.steps.0.duration_ms", float("nan"), "workload.steps[0].duration_ms: must be finite, got nan"),
        ("workload.steps.0.duration_ms", 10**400, "workload.steps[0].duration_ms: must be at most "),
        ("workload.tasks", 10**400, "workload.tasks: must be at most 1e+09, got 1000000000"),
        ("workload.steps.0.duration_ms", -1, "workload.steps[0].duration_ms: must be at least 0, got -1"),
        ("workload.steps.0.duration", 5, "workload.steps[0].duration: unknown key; did you mean duration_ms?"),
        ("workload.steps.0.kind", "slep", 'workload.steps[0].kind: unknown kind "slep"; did you mean sleep?'),
        ("workload.steps.0", 5, "workload.steps[0]: must be a table, got 5"),
        ("workload.steps", [], "workload.steps: must have from 1 to 64 steps, got 0"),
        ("workload.steps", MISSING, "workload.steps: is missing; a workload has at least one step"),
        ("workload.steps", {"kind": "sleep"}, "workload.steps: must be a list of tables"),
        ("workload.tasks", 0, "workload.tasks: must be at least 1, got 0"),
        ("workload.tasks", "10", 'workload.tasks: must be a whole number, got "10"'),
        ("workload.duration_s", 2.0, "workload.duration_s: cannot be given together with tasks"),
        ("workload.arrival_per_s", 0, "workload.arrival_per_s: must be at least 0.001, got 0"),
        ("workload.seed", -1, "workload.seed: must be at least 0, got -1"),
        ("workload.task", 5, "workload.task: unknown key; did you mean tasks?"),
        ("workload", MISSING, "workload: is missing"),
        ("workload", [], "workload: must be a table, got []"),
        ("model.workers", 0, "model.workers: must be at least 1, got 0"),
        ("model.workers", 2.0, "model.workers: must be a whole number, got 2.0"),
        ("model.worker", 2, "model.worker: unknown key; did you mean workers?"),
        ("model.kind", "thread", 'model.kind: unknown kind "thread"; did you mean threads?'),
        ("model.kind", 3, "model.kind: must be text, got 3"),
        ("model.kind", MISSING, "model.kind: is missing; one of "),
        ("model.interpreter", 3.13, "model.interpreter: must be text, got 3.13"),
        (
            "model.interpreter",
            "",
            "model.interpreter: must be a name or a path; leave the key out for the app's own Python",
        ),
        ("model", MISSING, "model: is missing"),
        ("format", 2, "format: must be 1, got 2"),
        ("format", MISSING, "format: is missing; this version reads format = 1"),
        ("title", 1, "title: must be text, got 1"),
        ("model.start_method", "spwn", 'model.start_method: must be one of spawn, forkserver, fork, got "spwn"'),
        ("tittle", "x", "tittle: unknown key; did you mean title?"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(path: str, value: object, message: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        check(_changed(path, value), CATALOGUE)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_number_with_more_digits_than_python_writes_is_named_with_its_key() -> None:
    with pytest.raises(ExperimentError) as caught:
        check(_changed("workload.tasks", 16**9000), CATALOGUE)  # in TOML: 0x1000...
    assert str(caught.value) == "workload.tasks: must be at most 1e+09, got a number with thousands of digits"


@pytest.mark.parametrize("data", [None, [], 5, "text"])
def test_what_is_no_table_is_refused(data: object) -> None:
    with pytest.raises(ExperimentError, match="must be a table"):
        check(data, CATALOGUE)


@pytest.mark.parametrize("key", sorted(key for key, card in CATALOGUE.models.items() if card.max_workers > 1))
def test_more_workers_than_a_model_takes_are_refused(key: str) -> None:
    most = CATALOGUE.models[key].max_workers
    data = _changed("model", {"kind": key, "workers": most + 1})
    with pytest.raises(ExperimentError) as caught:
        check(data, CATALOGUE)
    assert str(caught.value) == f"model.workers: must be at most {most} for {key}, got {most + 1}"


def test_ten_thousand_processes_are_refused() -> None:
    with pytest.raises(ExperimentError, match=r"^model\.workers: must be at most \d+ for processes, got 10000$"):
        check(_changed("model", {"kind": "processes", "workers": 10_000}), CATALOGUE)


def test_a_long_value_is_shown_short() -> None:
    with pytest.raises(ExperimentError) as caught:
        check(_changed("workload.steps.1.below", "x" * 10_000), CATALOGUE)
    assert len(str(caught.value)) < 160


@pytest.mark.parametrize("key", CATALOGUE.steps)
def test_every_step_s_defaults_are_good_and_complete(key: str) -> None:
    experiment = check(_changed("workload.steps", [{"kind": key}]), CATALOGUE)
    given = experiment.workload.steps[0].parameters
    assert list(given) == [parameter.name for parameter in CATALOGUE.steps[key].parameters]


@pytest.mark.parametrize("key", CATALOGUE.models)
def test_an_experiment_reads_back_from_its_own_dict(key: str) -> None:
    experiment = check(_changed("model", {"kind": key}), CATALOGUE)
    assert check(experiment.to_dict(), CATALOGUE) == experiment


def test_only_source_code_needs_trust() -> None:
    plain = check(GOOD, CATALOGUE)
    code = check(_changed("workload.steps", [{"kind": "python", "source": "def task(item): ..."}]), CATALOGUE)
    assert permission_needed(plain.to_dict(), CATALOGUE, lambda _: False) == ()
    (needed,) = permission_needed(code.to_dict(), CATALOGUE, lambda _: False)
    assert (needed.key, needed.what) == ("workload.steps[0].source", "is Python code")


@pytest.mark.parametrize("amount", [{"duration_s": 1.0}, {"until_stopped": True}])
def test_all_at_once_needs_a_number_of_tasks(amount: dict[str, Any]) -> None:
    data = copy.deepcopy(GOOD)
    data["model"]["submit"] = "all"
    assert check(data, CATALOGUE).model.options["submit"] == "all"
    del data["workload"]["tasks"]
    data["workload"].update(amount)
    with pytest.raises(ExperimentError, match=r'^model\.submit: must be "bounded" where'):
        check(data, CATALOGUE)
    data["workload"]["arrival_per_s"] = 50.0
    assert check(data, CATALOGUE)


def test_an_older_files_size_of_a_payload_is_both_ways() -> None:
    data = copy.deepcopy(GOOD)
    data["workload"]["steps"] = [
        {"kind": "payload", "size_kib": 4},
        {"kind": "payload", "size_kib": 4, "back_kib": 0},
        {"kind": "payload"},
    ]
    steps = check(data, CATALOGUE).workload.steps
    assert [step.parameters for step in steps] == [
        {"to_kib": 4, "back_kib": 4},
        {"to_kib": 4, "back_kib": 0},
        {"to_kib": 256, "back_kib": 256},
    ]
    data["workload"]["steps"][0]["size_kib"] = -4
    with pytest.raises(ExperimentError, match=r"^workload\.steps\[0\]\.size_kib: must be at least 0"):
        check(data, CATALOGUE)
