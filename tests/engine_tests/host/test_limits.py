"""A step's limit: no more at once than it says, under every model, across processes and groups; seen as waiting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import models
from engine.record.lane_file import FOR_LIMIT, LAST, OK
from engine.wire.client import Conductor
from tests.conducting import run
from tests.engine_tests.host_runs import interpreter_for, quick_options, run_host

MODELS = models.discover()
INTERPRETERS = {key: interpreter_for(model) for key, model in MODELS.items()}
RUNNABLE = [key for key, each in INTERPRETERS.items() if each is not None]
LIMITED = {"kind": "sleep", "duration_ms": 3.0, "distribution": "constant", "limit": 2}


def given(key: str) -> dict[str, Any]:
    return {"interpreter": INTERPRETERS[key], "options": quick_options(MODELS[key])}


def most_at_once(records: NDArray[np.void], step: int = 0) -> int:
    """Return how many phases of a step lay at the same time, the waits before it left out."""
    chosen = records[(records["step"] == step) & ((records["flags"] & FOR_LIMIT) == 0)]
    times = np.concatenate([chosen["start_ns"], chosen["end_ns"]])
    change = np.repeat([1, -1], len(chosen))
    # Where one begins at the instant in which another ends, they are not at once.
    return int(np.cumsum(change[np.lexsort((change, times))]).max())


@pytest.mark.parametrize("key", RUNNABLE)
def test_no_more_are_in_a_step_than_its_limit_says(key: str) -> None:
    steps = [{**LIMITED, "duration_ms": 15.0}, {"kind": "sha256", "size_kib": 1}]
    run = run_host(steps, key, 5, **given(key), tasks=24).finished()
    records = run.records
    turns = records[(records["flags"] & FOR_LIMIT) != 0]
    assert run.tasks_done == 24
    assert len(turns) == 24
    assert (turns["flags"] & (OK | LAST) == OK).all()
    assert 1 <= most_at_once(records) <= 2
    if MODELS[key].card.max_workers > 1 and key != "dask":  # a cluster hands tasks on so slowly that few meet
        assert most_at_once(records) == 2
        assert (turns["end_ns"] - turns["start_ns"]).sum() > 0.015e9


@pytest.mark.parametrize("key", ["threads", "processes", "asyncio"])
def test_a_step_that_fails_gives_its_turn_back(key: str) -> None:
    source = "def task(item):\n    if item % 2:\n        raise KeyError(item)\n"
    failing = {"kind": "python", "source": source, "limit": 1}
    run = run_host([failing, LIMITED], key, 3, **given(key), tasks=20).finished()
    assert (run.tasks_done, run.tasks_failed) == (10, 10)
    assert most_at_once(run.records, 1) <= 2


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_processes_share_a_limit_however_they_were_started(method: str) -> None:
    run = run_host([{**LIMITED, "limit": 1}], "processes", 3, options={"start_method": method}, tasks=12).finished()
    assert most_at_once(run.records) == 1


def test_a_worker_that_dies_with_a_turn_ends_the_run() -> None:
    source = "import os\ndef task(item):\n    if item == 5:\n        os._exit(3)\n"
    run = run_host([{"kind": "python", "source": source, "limit": 1}], "processes", 3, **given("processes"), tasks=100)
    assert run.done["status"] == "failed"
    assert "exit code 3" in run.done["reason"]


def experiment(model: str, workload: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return an experiment in its file's shape."""
    return {"format": 1, "title": "A limit", "workload": workload, "model": {"kind": model, **options}}


@pytest.mark.parametrize("key", ["threads", "asyncio", "processes"])
def test_waiting_for_a_turn_is_waiting_for_a_lock_and_is_said(key: str) -> None:
    workload = {"duration_s": 1.5, "steps": [{"kind": "sleep", "duration_ms": 10.0, "limit": 1}]}
    with Conductor() as conductor:
        result = run(conductor, experiment(key, workload, workers=4))
    [limit] = result["limits"]
    assert (limit["step"], limit["kind"], limit["limit"]) == ("workload.steps[0]", "sleep", 1)
    ledger = result["ledger_s"]
    whole = sum(seconds or 0.0 for seconds in ledger.values())
    # Three of four wait while one sleeps; processes start one after the other, and are idle until then.
    assert limit["waited_s"] == pytest.approx(ledger["lock_wait"], abs=0.1 * whole)
    assert ledger["lock_wait"] > 0.35 * whole
    assert ledger["lock_wait"] > ledger["io_wait"]
    assert any("At most 1 at a time may be in Sleep" in sentence for sentence in result["insight"])


def test_a_limit_is_not_said_where_nobody_waits_for_it() -> None:
    workload = {"tasks": 40, "steps": [{"kind": "sleep", "duration_ms": 5.0, "limit": 4}]}
    with Conductor() as conductor:
        result = run(conductor, experiment("threads", workload, workers=4))
    assert not any("At most" in sentence or "turn" in sentence for sentence in result["insight"])
    assert result["limits"][0]["waited_s"] < 0.02 * sum(each or 0.0 for each in result["ledger_s"].values())


def test_stages_and_groups_have_limits_of_their_own_model() -> None:
    stages = [
        {"name": "one", "workers": 3, "model": "asyncio", "queue": 4, "steps": [LIMITED]},
        {"name": "two", "workers": 3, "model": "processes", "steps": [{**LIMITED, "limit": 1}]},
    ]
    with Conductor() as conductor:
        result = run(conductor, experiment("threads", {"tasks": 24, "stages": stages}))
    assert result["tasks"] == {"done": 24, "failed": 0}, result["reason"]
    assert [each["step"] for each in result["limits"]] == ["workload.stages[0].steps[0]", "workload.stages[1].steps[0]"]
    assert result["elapsed_s"] > 24 * 0.003


def test_a_cluster_elsewhere_refuses_a_limit() -> None:
    run = run_host([LIMITED], "dask", 2, options={"address": "tcp://127.0.0.1:1"}, tasks=2)
    assert run.done["status"] == "failed"
    assert "workload.steps[0].limit: workers on other machines share no semaphore" in run.done["reason"]
