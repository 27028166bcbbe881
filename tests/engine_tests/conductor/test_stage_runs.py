"""Pipelines as they run: every pair of stage models, in real processes, over bounded queues."""

from __future__ import annotations

import csv
import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from engine import models
from engine.wire.client import Conductor
from engine.workload import experiment_file
from tests.commands import gilscope
from tests.conducting import run
from tests.interpreters import usable_interpreters

STAGE_MODELS = [key for key, model in models.discover().items() if model.run_stage is not None]
WAIT = {"kind": "sleep", "duration_ms": 2.0}
QUICK = [("processes", 0), ("processes", 2), ("process-pool", 1)]
COUNT = {"kind": "count-primes", "below": 500}


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return a CSV file's rows."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stage(name: str, model: str, *steps: dict[str, Any], workers: int = 2, **more: Any) -> dict[str, Any]:
    """Return a stage in its file's shape."""
    return {"name": name, "workers": workers, "model": model, **more, "steps": list(steps)}


def pipeline(*stages: dict[str, Any], kind: str = "threads", **workload: Any) -> dict[str, Any]:
    """Return an experiment of stages in its file's shape."""
    return {"format": 1, "title": "Stages", "workload": {**workload, "stages": list(stages)}, "model": {"kind": kind}}


def test_the_models_that_say_no_reason_run_stages_and_no_other() -> None:
    assert set(STAGE_MODELS) == {key for key, model in models.discover().items() if not model.card.no_stages}
    assert set(STAGE_MODELS) >= {"threads", "processes", "asyncio"}


def pairs_of_models() -> list[ParameterSet]:
    """Return every pair of models that run stages; those that are not of the first three are left to the matrix."""
    quick = {"threads", "processes", "asyncio"}
    return [
        pytest.param(*pair, marks=[] if quick.issuperset(pair) else [pytest.mark.matrix])
        for pair in itertools.product(STAGE_MODELS, repeat=2)
    ]


def under(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return the experiment under an interpreter that can run stages of these models."""
    if "interpreters" in keys:
        able = [each for each in usable_interpreters() if each.version_info >= (3, 14)]
        if not able:
            pytest.skip("stages run in subinterpreters since Python 3.14, which this machine does not have")
        data["model"]["interpreter"] = able[0].path
    return data


@pytest.mark.parametrize(("first", "second"), pairs_of_models())
def test_every_task_goes_through_every_stage_once(first: str, second: str) -> None:
    stages = (
        stage("one", first, WAIT, queue=3),
        stage("two", second, COUNT, WAIT, queue=2),
        stage("three", first, COUNT),
    )
    with Conductor() as conductor:
        result = run(conductor, under(pipeline(*stages, tasks=20), first, second))
    assert result["status"] == "finished", result["reason"]
    assert result["tasks"] == {"done": 20, "failed": 0}
    assert [group["tasks"] for group in result["groups"]] == [{"done": 20, "failed": 0}] * 3
    assert {each["worker"] for each in result["lanes"]} <= {
        f"{name} {number}" for name in ("one", "two", "three") for number in (1, 2)
    }
    assert result["trace"]["phases"] == 20 * 4
    assert [(queue["name"], queue["bound"]) for queue in result["queues"]] == [("one → two", 3), ("two → three", 2)]
    # From the beginning of the first stage to the end of the last.
    assert result["latency_s"]["p50"] >= 0.004
    assert result["latency_s"]["p50"] >= result["groups"][2]["latency_s"]["p50"]
    total = sum(seconds for seconds in result["ledger_s"].values() if seconds is not None)
    assert total == pytest.approx(6 * result["elapsed_s"], rel=0.02)


def test_one_pipeline_of_every_model_that_runs_stages() -> None:
    keys = [key for key in STAGE_MODELS if key != "interpreters"]
    stages = [stage(f"stage {number}", key, WAIT, queue=2) for number, key in enumerate(keys)]
    del stages[-1]["queue"]
    with Conductor() as conductor:
        result = run(conductor, pipeline(*stages, tasks=12))
    assert result["status"] == "finished", result["reason"]
    assert [group["tasks"] for group in result["groups"]] == [{"done": 12, "failed": 0}] * len(keys)


def test_subinterpreters_before_3_14_are_refused_with_the_reason() -> None:
    able = [each for each in usable_interpreters() if (3, 12) <= each.version_info < (3, 14)]
    if not able:
        pytest.skip("this machine has neither Python 3.12 nor 3.13")
    data = pipeline(stage("one", "interpreters", WAIT), stage("two", "threads", WAIT), tasks=5)
    data["model"]["interpreter"] = able[0].path
    with Conductor() as conductor:
        result = run(conductor, data)
    assert result["status"] == "failed"
    assert "workload.stages[0].model: Stages run in subinterpreters since Python 3.14" in result["reason"]


def test_how_a_pool_takes_a_runs_items_is_refused_with_stages() -> None:
    stages = [{**stage(name, "thread-pool", WAIT)} for name in ("one", "two")]
    data = pipeline(*stages, kind="thread-pool", tasks=5)
    data["model"]["submit"] = "all"
    with Conductor() as conductor:
        result = run(conductor, data)
    assert result["status"] == "failed"
    assert result["reason"].startswith("model.submit: stages take one item at a time")


def test_the_slow_stage_fills_the_queue_before_it_and_no_task_runs_ahead() -> None:
    fast = stage("fast", "threads", {"kind": "sleep", "duration_ms": 0.5}, queue=4)
    slow = stage("slow", "threads", {"kind": "sleep", "duration_ms": 10.0}, workers=1)
    with Conductor() as conductor:
        result = run(conductor, pipeline(fast, slow, tasks=120))
    [queue] = result["queues"]
    assert queue["max"] <= 4
    assert queue["mean"] > 2
    assert queue["full_s"] > 5 * queue["empty_s"]
    fast_ledger, slow_ledger = (group["ledger_s"] for group in result["groups"])
    assert fast_ledger["lock_wait"] > 0.5 * sum(fast_ledger.values())
    assert slow_ledger["idle"] < 0.2 * sum(slow_ledger.values())


def test_coroutines_of_a_stage_are_named_after_it() -> None:
    stages = (
        stage("fetch", "asyncio", {"kind": "sleep", "duration_ms": 2.0}, workers=3, queue=4),
        stage("store", "threads", WAIT, workers=1),
    )
    with Conductor() as conductor:
        result = run(conductor, pipeline(*stages, tasks=30))
    assert [each["worker"] for each in result["lanes"]] == ["fetch 1", "fetch 2", "fetch 3", "store 1"]
    assert all(each["longest"]["worker"].startswith("fetch ") for each in result["loop"] if each["longest"])


def test_littles_law_holds(tmp_path: Path) -> None:
    """Tasks in the system = rate x time in it: one side from every phase's record, the other from the result's figures.

    Both are exact however busy the machine is: it only makes tasks stay longer, and so more of them at a time.
    """
    slow = stage("two", "processes", {"kind": "sleep", "duration_ms": 5.0}, workers=1, queue=4)
    stages = (stage("one", "asyncio", WAIT, queue=4), slow, stage("three", "threads", WAIT, workers=1))
    file = tmp_path / "stages.toml"
    experiment_file.write(file, pipeline(*stages, tasks=300))
    ended = gilscope(tmp_path / "data", "run", file, "--json", "--csv", tmp_path / "csv")
    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)
    rows = rows_of(tmp_path / "csv" / "phases.csv")
    begun: dict[str, float] = {}
    left: dict[str, float] = {}
    for row in rows:
        task = row["task"]
        begun[task] = min(float(row["start_s"]), begun.get(task, math.inf))
        left[task] = max(float(row["end_s"]), left.get(task, 0.0))
    changes = sorted([*((at, 1) for at in begun.values()), *((at, -1) for at in left.values())])
    area = inside = 0.0
    for (since, change), (until, _) in itertools.pairwise(changes):
        inside += change
        area += inside * (until - since)
    mean_in_system = area / result["elapsed_s"]
    assert result["throughput_per_s"] * result["latency_s"]["mean"] == pytest.approx(mean_in_system, rel=0.01)
    # Its queues are full nearly all the time: the tasks in it are those at work, and in front of the slow stage.
    waiting = sum(float(row["end_s"]) - float(row["start_s"]) for row in rows if row["step"] == "queued")
    at_work = sum(float(row["end_s"]) - float(row["start_s"]) for row in rows if row["step"] != "queued")
    assert mean_in_system * result["elapsed_s"] > waiting + at_work
    assert waiting > at_work


def test_the_stage_behind_a_slow_one_has_no_task_most_of_the_time() -> None:
    slow = stage("slow", "threads", {"kind": "sleep", "duration_ms": 10.0}, workers=1, queue=4)
    fast = stage("fast", "threads", {"kind": "sleep", "duration_ms": 0.5}, workers=1)
    with Conductor() as conductor:
        result = run(conductor, pipeline(slow, fast, tasks=60))
    [queue] = result["queues"]
    assert queue["empty_s"] > 5 * queue["full_s"]
    ledger = result["groups"][1]["ledger_s"]
    assert ledger["idle"] > 0.6 * sum(ledger.values())


def test_a_task_that_fails_goes_no_further() -> None:
    source = "def task(item):\n    if item % 4 == 0:\n        raise ValueError(item)\n"
    stages = (stage("check", "threads", {"kind": "python", "source": source}), stage("store", "threads", WAIT))
    with Conductor() as conductor:
        result = run(conductor, pipeline(*stages, tasks=20))
    assert result["tasks"] == {"done": 15, "failed": 5}
    assert [group["tasks"] for group in result["groups"]] == [{"done": 15, "failed": 5}, {"done": 15, "failed": 0}]
    assert result["errors"]["first"]["type"] == "ValueError"


@pytest.mark.parametrize(
    ("model", "place"),
    [
        pytest.param(model, place, marks=[] if (model, place) in QUICK else [pytest.mark.matrix])
        for model in STAGE_MODELS
        if "process" in model
        for place in (0, 1, 2)
    ],
)
def test_a_worker_that_dies_ends_the_run_with_what_was_measured(model: str, place: int) -> None:
    source = "import os\ndef task(item):\n    if item == 30:\n        os._exit(7)\n"
    stages = [stage(name, "threads", WAIT, queue=2) for name in ("a", "b", "c")]
    stages[place] = stage("dying", model, {"kind": "python", "source": source}, queue=2)
    del stages[2]["queue"]
    with Conductor() as conductor:
        result = run(conductor, pipeline(*stages, tasks=100_000))
    assert result["status"] == "failed"
    assert "exit code 7" in result["reason"] or result["reason"].startswith("BrokenProcessPool")
    assert 0 < result["groups"][0]["tasks"]["done"] < 100_000


def test_tasks_that_arrive_at_a_rate_keep_their_arrival_through_all_stages() -> None:
    stages = (stage("one", "asyncio", WAIT, queue=50), stage("two", "processes", {"kind": "sleep", "duration_ms": 8.0}))
    with Conductor() as conductor:
        result = run(conductor, pipeline(*stages, tasks=60, arrival_per_s=100.0))
    assert result["tasks"]["done"] == 60
    assert result["elapsed_s"] > 0.3
    assert result["latency_s"]["p50"] >= 0.010


def test_a_run_that_is_bounded_in_time_ends() -> None:
    stages = (stage("one", "processes", WAIT), stage("two", "asyncio", WAIT), stage("three", "threads", WAIT))
    with Conductor() as conductor:
        result = run(conductor, pipeline(*stages, duration_s=0.6))
    assert result["status"] == "finished"
    assert result["tasks"]["done"] > 0


def test_the_exports_name_the_stage(tmp_path: Path) -> None:
    file = tmp_path / "stages.toml"
    experiment_file.write(file, pipeline(stage("one", "threads", WAIT), stage("two", "asyncio", COUNT), tasks=10))
    ended = gilscope(tmp_path / "data", "run", file, "--workers", "two=3", "--csv", tmp_path / "csv")
    assert ended.returncode == 0, ended.stderr
    rows = rows_of(tmp_path / "csv" / "phases.csv")
    assert {(row["group"], row["step"]) for row in rows if row["step"] != "queued"} == {
        ("one", "sleep"),
        ("two", "count-primes"),
    }
    lengths = [row for row in rows_of(tmp_path / "csv" / "samples.csv") if row["measure"] == "queue_length"]
    assert {row["subject"] for row in lengths} <= {"one → two"}
    [row] = rows_of(tmp_path / "csv" / "runs.csv")
    assert row["workload_groups"] == "one x 2 + two x 3"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "joblib"}, "workload.stages[0].model: joblib has queues of its own"),
        ({"model": "treads"}, 'workload.stages[0].model: unknown kind "treads"; did you mean threads?'),
        ({"queue": 0}, "workload.stages[0].queue: must be at least 1, got 0"),
        ({"name": ""}, "workload.stages[0].name: must be 1 to 40 letters"),
        ({"arrival_per_s": 5.0}, "workload.stages[0].arrival_per_s: unknown key"),
        ({"steps": []}, "workload.stages[0].steps: must have from 1 to 64 steps, got 0"),
    ],
)
def test_what_is_wrong_is_said_by_its_key(change: dict[str, Any], message: str) -> None:
    from engine.workload import steps
    from engine.workload.catalogue import Catalogue
    from engine.workload.errors import ExperimentError
    from engine.workload.experiment import check

    catalogue = Catalogue.of(
        (each.card for each in steps.discover().values()), (each.card for each in models.discover().values())
    )
    good = pipeline(stage("one", "threads", WAIT), stage("two", "threads", WAIT))
    assert check(check(good, catalogue).to_dict(), catalogue) == check(good, catalogue)
    first = {**stage("one", "threads", WAIT), **change}
    with pytest.raises(ExperimentError) as raised:
        check(pipeline(first, stage("two", "threads", WAIT)), catalogue)
    assert str(raised.value).startswith(message)
    for kind, words in (("sequential", "model.kind: One worker alone cannot do two stages"),):
        bare = [{key: each for key, each in table.items() if key != "model"} for table in good["workload"]["stages"]]
        with pytest.raises(ExperimentError) as raised:
            check(pipeline(*bare, kind=kind), catalogue)
        assert str(raised.value).startswith(words)
    with pytest.raises(ExperimentError, match=r"workload\.stages\[1\]\.queue: the last stage hands nothing on"):
        check(pipeline(stage("one", "threads", WAIT), stage("two", "threads", WAIT, queue=4)), catalogue)
