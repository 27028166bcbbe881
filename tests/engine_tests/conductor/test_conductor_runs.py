"""A conductor runs experiments: its facts, its refusals and its results."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from engine import models
from engine.ledger.summary import summarize
from engine.wire.client import Conductor
from engine.wire.codec import encode, plain
from engine.wire.facts import FACTS, Failure
from engine.wire.protocol import LEDGER_STATES, RUN_STAGES
from tests.conducting import ask, code, experiment, facts_until, is_stage, run, send, start, until_ended

PRIMES = {"kind": "count-primes", "below": 2000}
SLEEP = {"kind": "sleep", "duration_ms": 2.0}
RESULT_KEYS = {
    "run_id", "status", "reason", "model", "workers", "interpreter", "tasks", "elapsed_s", "startup_s",
    "throughput_per_s", "latency_s", "processes", "ledger_s", "cores", "trace",
}  # fmt: skip


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        run(conductor, experiment([{"kind": "http-get"}], tasks=1))  # its service lives as long as it does
        yield conductor


def test_a_run_says_its_stages_ticks_and_end_in_order(conductor: Conductor) -> None:
    run_id = start(conductor, experiment([SLEEP, PRIMES], tasks=200))
    facts = until_ended(conductor)
    assert {fact["run_id"] for fact in facts} == {run_id}
    for fact in facts:
        assert set(fact) - {"type"} == {each.name for each in fields(FACTS[fact["type"]])}
    stages = [fact["stage"] for fact in facts if fact["type"] == "state"]
    assert stages == list(RUN_STAGES[:-1])
    ticks = [fact for fact in facts if fact["type"] == "tick"]
    assert [tick["t_s"] for tick in ticks] == sorted(tick["t_s"] for tick in ticks)
    assert [tick["tasks"]["done"] for tick in ticks] == sorted(tick["tasks"]["done"] for tick in ticks)
    last = ticks[-1]
    assert last["tasks"] == {"done": 200, "failed": 0}
    assert last["progress"] == 1.0
    assert last["lane_count"] == 2
    assert max(tick["thread_count"] for tick in ticks) >= 3
    assert facts[-1]["type"] == "ended"


def test_the_result_has_what_other_programs_rely_on(conductor: Conductor) -> None:
    result = run(conductor, experiment([SLEEP, PRIMES], tasks=150))
    assert set(result) >= RESULT_KEYS
    assert result["status"] == "finished"
    assert result["reason"] is None
    assert set(result["interpreter"]) == {"path", "version", "implementation", "gil_enabled"}
    assert set(result["latency_s"]) == {"mean", "p50", "p90", "p95", "p99", "p99_9", "max"}
    assert set(result["processes"]) == {"peak", "threads_peak", "rss_peak_bytes", "rss_begun_bytes", "at_least"}
    assert list(result["ledger_s"]) == list(LEDGER_STATES)
    assert len(result["cores"]["utilization"]) == os.cpu_count()
    assert result["trace"] == {"phases": 300, "dropped": 0}
    assert result["throughput_per_s"] == pytest.approx(150 / result["elapsed_s"])
    assert 0.002 < result["latency_s"]["p50"] <= result["latency_s"]["p90"] <= result["latency_s"]["max"]


STEPS = [PRIMES, SLEEP, {"kind": "http-get", "delay_ms": 5}, {"kind": "file-write", "size_kib": 16}]
AVAILABLE = [key for key, model in models.discover().items() if model.unavailable() is None]


# Fewer tasks than workers, and more; a cluster takes seconds to start, and has its own tests.
@pytest.mark.parametrize(
    ("kind", "tasks"), [(kind, tasks) for kind in AVAILABLE for tasks in (2, 120) if kind != "dask"] + [("dask", 12)]
)
def test_the_ledger_adds_up_to_wall_time_by_workers(conductor: Conductor, kind: str, tasks: int) -> None:
    step = STEPS[AVAILABLE.index(kind) % len(STEPS)]
    result = run(conductor, experiment([step], kind, 4, tasks=tasks))
    assert result["tasks"] == {"done": tasks, "failed": 0}
    assert result["workers"] == (1 if kind == "sequential" else 4)
    total = sum(value or 0.0 for value in result["ledger_s"].values())
    assert total == pytest.approx(result["elapsed_s"] * result["workers"], rel=0.01)
    begun = [lane["starting_s"] for lane in result["lanes"]]
    assert min(begun) == 0 <= max(begun) <= result["elapsed_s"]
    assert result["starting_s"] == pytest.approx(sum(begun), abs=1e-5)
    assert result["starting_s"] <= result["ledger_s"]["idle"] + 1e-5


def test_coroutines_that_compute_wait_for_their_loop(conductor: Conductor) -> None:
    step = {"kind": "count-primes", "below": 15_000}
    ledger = run(conductor, experiment([step], "asyncio", 6, tasks=60))["ledger_s"]
    assert ledger["loop_wait"] == pytest.approx(5 * (ledger["cpu"] + ledger["cpu_wait"]), rel=0.2)
    # Where tasks come from another process, what a coroutine waits for beside the loop is the way there and back.
    ledger = run(conductor, experiment([step], "process-asyncio", 6, tasks=60))["ledger_s"]
    assert ledger["loop_wait"] > 0.5 * ledger["cpu"]


def test_a_summary_needs_only_the_folder(conductor: Conductor, tmp_path: Path) -> None:
    start(conductor, experiment([PRIMES], tasks=100), history=True, folder=str(tmp_path))
    ended = until_ended(conductor)[-1]
    folder = Path(ended["folder"])
    assert folder.parent == tmp_path / "runs"
    assert json.loads((folder / "result.json").read_text()) == ended["result"]
    assert plain(summarize(folder)) == ended["result"]
    assert not (folder / "work").exists()
    assert (folder / "samples.jsonl").read_text().count("\n") >= 1


def test_what_was_not_recorded_is_counted_all_the_same(conductor: Conductor) -> None:
    result = run(conductor, experiment([{"kind": "sleep", "duration_ms": 0}], workers=2, tasks=4000), phases_limit=1000)
    assert result["tasks"]["done"] == 4000
    assert result["trace"]["phases"] == 4000
    assert 2500 < result["trace"]["dropped"] < 4000
    total = sum(value or 0.0 for value in result["ledger_s"].values())
    assert total == pytest.approx(result["elapsed_s"] * 2, rel=0.01)
    assert result["latency_s"]["p50"] is not None


def test_tasks_that_fail_are_counted_and_the_first_is_told(conductor: Conductor) -> None:
    source = "def task(item):\n    if item % 2:\n        raise KeyError(item)\n"
    result = run(conductor, experiment([code(source)], workers=1, tasks=10))
    assert result["status"] == "finished"
    assert result["tasks"] == {"done": 5, "failed": 5}
    first = result["errors"]["first"]
    assert (first["task"], first["step"], first["kind"], first["type"]) == (1, 0, "python", "KeyError")
    assert "line 3, in task" in first["traceback"]
    assert result["errors"]["count"] == 5


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"format": 2}, "format"),
        ({"model": {"kind": "threads", "workers": 0}}, "model.workers"),
        ({"model": {"kind": "processes", "workers": 10_000}}, "model.workers"),
        ({"model": {"kind": "threads", "workers": 1, "interpreter": "/no/such/python"}}, "model.interpreter"),
        ({"workload": {"steps": [{"kind": "count-primes", "below": -5}]}}, "workload.steps[0].below"),
        ({"workload": {"steps": [SLEEP, {"kind": "python"}]}}, "workload.steps[1].source"),
        ({"workload": 5}, "workload"),
        ({"more": 1}, "more"),
    ],
)
def test_a_wrong_request_is_refused_with_its_key(conductor: Conductor, change: dict[str, Any], key: str) -> None:
    run_id = start(conductor, {**experiment([SLEEP], tasks=1), **change}, trust=False)
    facts = until_ended(conductor)
    assert [fact["type"] for fact in facts] == ["refused"]
    assert (facts[0]["run_id"], facts[0]["key"]) == (run_id, key)
    assert facts[0]["reason"]


@pytest.mark.parametrize(
    ("options", "key"), [({"nice": 40}, "options.nice"), ({"trust": 1}, "options.trust"), ({"tick": 1}, "options.tick")]
)
def test_a_wrong_option_is_refused_with_its_key(conductor: Conductor, options: dict[str, Any], key: str) -> None:
    stdin = conductor._process.stdin  # our own encoder would not let it pass
    assert stdin is not None
    stdin.write(encode({"type": "start", "run_id": "r", "experiment": experiment([SLEEP]), "options": options}))
    stdin.flush()
    refused = until_ended(conductor)[-1]
    assert (refused["run_id"], refused["key"]) == ("r", key)


def test_a_second_run_is_refused_while_one_is_on(conductor: Conductor) -> None:
    first = start(conductor, experiment([SLEEP], until_stopped=True))
    facts_until(conductor, is_stage("measuring"))
    second = start(conductor, experiment([SLEEP], tasks=1))
    refused = facts_until(conductor, lambda fact: fact["type"] == "refused")[-1]
    assert refused["run_id"] == second
    send(conductor, "stop", run_id=first)
    assert until_ended(conductor)[-1]["result"]["status"] == "stopped"


def test_bad_lines_are_answered_and_nothing_breaks(conductor: Conductor) -> None:
    stdin = conductor._process.stdin
    assert stdin is not None
    lines = [b"\xff\xfe", b"[1, 2]", b"nonsense", b'{"type": "dance"}', b'{"type": "catalogue", "interpreter": 5}']
    for line in [*lines, b"[" * 100_000, b'{"type": "hello", "protocol": 99}']:
        stdin.write(line + b"\n")
        stdin.flush()
        assert isinstance(conductor.next_fact(10), Failure)
    assert run(conductor, experiment([SLEEP], tasks=2))["status"] == "finished"


def test_the_catalogue_is_the_interpreters_own(conductor: Conductor) -> None:
    answer = ask(conductor, "catalogue", "catalogue", interpreter=None)
    assert {"threads", "asyncio"} <= {card["key"] for card in answer["catalogue"]["models"]}
    assert {"sleep", "python"} <= {card["key"] for card in answer["catalogue"]["steps"]}


def test_a_live_change_is_marked(conductor: Conductor) -> None:
    run_id = start(conductor, experiment([SLEEP], duration_s=1.0, arrival_per_s=50))
    facts_until(conductor, is_stage("measuring"))
    send(conductor, "control", run_id=run_id, arrival_per_s=400, switch_interval_s=0.001)
    facts = until_ended(conductor)
    marks = [mark for fact in facts if fact["type"] == "tick" for mark in fact["marks"]]
    assert len(marks) == 2
    assert facts[-1]["result"]["tasks"]["done"] > 100


def test_the_open_loop_counts_from_the_arrival(conductor: Conductor) -> None:
    # One worker can do 50 a second; 100 arrive: tasks wait ever longer, and that is in their latency.
    step = {"kind": "sleep", "duration_ms": 20.0}
    result = run(conductor, experiment([step], workers=1, duration_s=0.6, arrival_per_s=100.0))
    assert result["latency_s"]["max"] > 5 * 0.02


def test_runs_outside_the_history_leave_no_folder() -> None:
    with Conductor() as conductor:
        start(conductor, experiment([SLEEP], tasks=5))
        folder = Path(until_ended(conductor)[-1]["folder"])
        assert (folder / "result.json").exists()
    assert not folder.exists()
    assert not folder.parent.exists()
