"""Every step under every model, by the app's own interpreter: a file that is added to either folder is tested here."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from engine import models
from engine.record.lane_file import LAST, OK
from engine.workload import steps
from engine.workload.catalogue import Catalogue
from engine.workload.experiment import check
from engine.workload.steps import StepDescriptor
from tests.engine_tests.host_runs import HostRun, default_options, http_service, run_host, small

TASKS = 12
MODELS = models.discover()
STEPS = steps.discover()
GROUPS = {"Compute", "Wait", "Disk", "Memory", "Sharing", "Your own"}

each_step = pytest.mark.parametrize("step", STEPS.values(), ids=lambda each: each.card.key)


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with http_service() as addresses:
        yield addresses


@functools.cache
def run_all_steps(model: str, address: str) -> HostRun:
    """Run every step there is, in one workload: each test looks at its own part."""
    workload = [small(step) for step in STEPS.values()]
    return run_host(workload, model, services={"http": address}, options=default_options(MODELS[model]), tasks=TASKS)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("step", STEPS)
def test_every_task_runs_once(model: str, step: str, services: dict[str, str]) -> None:
    run = run_all_steps(model, services["http"])
    reason = MODELS[model].unavailable()
    if reason is not None:
        assert reason[0].isupper()
        assert reason.endswith(".")
        assert run.done["reason"] == f"model.kind: {reason}"
        assert run.done["status"] == "failed"
        return
    run.finished()
    records = run.records[run.records["step"] == list(STEPS).index(step)]
    assert sorted(records["task"].tolist()) == list(range(TASKS)), run.errors
    assert ((records["flags"] & OK) != 0).all()
    assert (records["end_ns"] >= records["start_ns"]).all()
    assert (records["waited_ns"] >= -1).all()


@pytest.mark.parametrize("model", [key for key, each in MODELS.items() if each.unavailable() is None])
def test_a_run_is_whole_and_silent(model: str, services: dict[str, str]) -> None:
    run = run_all_steps(model, services["http"]).finished()
    assert (run.tasks_done, run.tasks_failed, run.errors) == (TASKS, 0, [])
    assert run.ended_tasks() == list(range(TASKS))
    assert run.output == ""
    assert [each["type"] for each in run.answers if each["type"] != "notes"] == ["ready", "done"]
    for lane in run.lanes:
        for coroutine in set(lane.records["worker"].tolist()):
            mine = lane.records[lane.records["worker"] == coroutine]
            assert (mine["start_ns"][1:] >= mine["end_ns"][:-1]).all()  # one phase after the other
            last = (mine["flags"] & LAST) != 0
            assert (last == (mine["step"] == len(STEPS) - 1)).all()


@each_step
def test_a_card_is_complete(step: StepDescriptor) -> None:
    card = step.card
    assert card.title[0].isupper()
    assert card.summary.endswith(".")
    assert card.waits_on in {"nothing", "time", "network", "disk", "lock", "child"}
    assert card.group in GROUPS
    assert card.has_async == (step.bind_async is not None)
    assert set(card.services) <= {"http"}
    for parameter in card.parameters:
        assert parameter.title[0].isupper()
        assert parameter.check(parameter.default, "default") == parameter.default
        unit = parameter.name.rpartition("_")[2]
        assert unit not in ("ms", "kib", "mib", "s") or (parameter.unit or "").lower() == unit


@each_step
def test_a_step_s_defaults_are_an_experiment(step: StepDescriptor) -> None:
    catalogue = Catalogue.of((each.card for each in STEPS.values()), (each.card for each in MODELS.values()))
    data = {
        "format": 1,
        "workload": {"steps": [{"kind": step.card.key}]},
        "model": {"kind": "threads", "workers": 2},
    }
    [found] = check(data, catalogue).workload.steps
    assert set(found.parameters) == {each.name for each in step.card.parameters}
    if step.check is not None:
        step.check(found.parameters, "workload.steps[0]")
