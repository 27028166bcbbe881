"""Runs of functions whose waits are known: what the result says of them, all the way from threads to JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.wire.client import Conductor
from engine.witness.witness import how_to_look
from tests.conducting import code, experiment, run

pytestmark = pytest.mark.skipif(how_to_look()[0] == "none", reason=str(how_to_look()[1]))

LOCKED = """
import threading, time
lock = threading.Lock()
def task(number):
    with lock:
        time.sleep(0.01)
"""
BLOCKS_THE_LOOP = """
import asyncio, time
async def task(number):
    await asyncio.sleep(0.01)
    time.sleep(0.05)
"""
SPIN = {"kind": "count-primes", "below": 5_000}


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as started:
        yield started


def share(result: dict[str, Any], state: str) -> float:
    ledger = result["ledger_s"]
    return float((ledger[state] or 0.0) / sum(value or 0.0 for value in ledger.values()))


def test_a_lock_is_a_lock_and_the_result_says_who_shared_it(conductor: Conductor) -> None:
    result = run(conductor, experiment([code(LOCKED)], "threads", 4, duration_s=1.5))
    assert share(result, "lock_wait") > 0.5
    assert share(result, "gil_wait") < 0.05
    assert share(result, "io_wait") > 0.1
    assert len(result["locks"][0]["waited_s"]) == 4
    assert all(lane["waits_s"]["lock"] > lane["waits_s"]["sleep"] for lane in result["lanes"])
    low, high = result["ledger_bounds_s"]["lock_wait"]
    assert low <= result["ledger_s"]["lock_wait"] <= high
    assert result["witness"]["method"] in ("process", "thread")
    assert result["witness"]["looks"] > 100
    assert 0 < result["witness"]["cost_percent"] < 15


def test_who_held_the_gil_is_in_the_result(conductor: Conductor) -> None:
    result = run(conductor, experiment([SPIN], "threads", 3, duration_s=1.5))
    assert share(result, "gil_wait") > 0.02  # on a busy machine most of it is waiting for a core
    (gil,) = result["gil"]
    held = gil["held_s"]
    assert set(held) == {lane["worker"] for lane in result["lanes"]}
    assert sum(held.values()) > 0.5 * result["elapsed_s"]
    assert sum(held.values()) + gil["other_s"] + gil["nobody_s"] + gil["unknown_s"] == pytest.approx(
        result["elapsed_s"], rel=0.1
    )
    assert gil["handovers_per_s"] > 1


def test_what_blocks_an_event_loop_is_what_its_thread_was_seen_in(conductor: Conductor) -> None:
    result = run(conductor, experiment([code(BLOCKS_THE_LOOP)], "asyncio", 4, duration_s=1.0))
    assert share(result, "gil_wait") < 0.02
    assert share(result, "io_wait") > 0.1


def test_where_nobody_looks_the_result_says_so(conductor: Conductor) -> None:
    result = run(conductor, experiment([SPIN], "threads", 2, duration_s=0.4), witness_percent=0)
    assert (result["witness"]["method"], result["witness"]["reason"]) == ("none", "it was turned off")
    assert set(result["ledger_bounds_s"].values()) == {None}
    assert result["gil"] == []
    assert result["lanes"][0].get("waits_s") is None


def test_processes_have_a_gil_each_and_nobody_waits_for_it(conductor: Conductor) -> None:
    result = run(conductor, experiment([SPIN], "processes", 2, duration_s=0.6))
    assert {gil["pid"] for gil in result["gil"]} <= {lane["pid"] for lane in result["lanes"]}
    assert share(result, "gil_wait") < 0.02


@pytest.mark.parametrize(
    ("step", "wait"),
    [
        ({"kind": "sleep", "duration_ms": 20.0}, "sleep"),
        ({"kind": "subprocess", "duration_ms": 50.0}, "child"),
        ({"kind": "critical-section", "hold_ms": 5.0}, "lock"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_a_step_is_said_to_wait_for_is_what_is_seen(conductor: Conductor, step: dict[str, Any], wait: str) -> None:
    result = run(conductor, experiment([step], "threads", 3, duration_s=1.0))
    waits: dict[str, float] = {}
    for lane in result["lanes"]:
        for kind, seconds in lane["waits_s"].items():
            waits[kind] = waits.get(kind, 0.0) + seconds
    assert max(waits, key=lambda kind: waits[kind]) == wait, waits
