"""What the window says while a run goes on: the true cause, from looks until then, as in the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.insight.insight import insight
from engine.wire.client import Conductor
from engine.wire.tick import Tick
from engine.witness.witness import how_to_look
from engine.workload.catalogue import Catalogue
from gui.insight.run_facts import run_facts, run_figures
from gui.session.run_data import GrowingRun
from tests.conducting import ask, code, experiment, send, start, until_ended

seen_here = pytest.mark.skipif(how_to_look()[0] == "none", reason=str(how_to_look()[1]))

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
SLEEP = {"kind": "sleep", "duration_ms": 10.0}
SPIN = {"kind": "count-primes", "below": 5_000}
AFTER_S = 1.0


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as started:
        yield started


def so_far(conductor: Conductor, what: dict[str, Any], **options: Any) -> GrowingRun:
    """Start a run, and return what the window knows of it once its tasks have run for a while; it is stopped then."""
    cards = Catalogue.from_json(ask(conductor, "catalogue", "catalogue", interpreter=None)["catalogue"])
    run_id = start(conductor, what, **options)
    data = GrowingRun(run_id, what, cards.models[what["model"]["kind"]])
    data.step_cards = cards.steps
    data.enter("measuring", 0.0)
    looks = options.get("witness_percent", 3.0) > 0
    while (data.looked if looks else data.latest) is None or ((data.latest and data.latest.elapsed_s) or 0) < AFTER_S:
        fact = conductor.next_fact(10.0)
        assert fact is not None
        if isinstance(fact, Tick):
            data.take_tick(fact)
    send(conductor, "stop", run_id=run_id)
    until_ended(conductor)
    return data


def words(data: GrowingRun) -> str:
    return " ".join(insight(run_figures(data)).sentences)


@seen_here
def test_a_lock_is_named_while_threads_wait_for_it(conductor: Conductor) -> None:
    data = so_far(conductor, experiment([code(LOCKED)], "threads", 4, duration_s=30.0))
    said = words(data)
    assert "waited for a lock" in said
    assert "All 4 threads share one lock (at 0x" in said
    assert "GIL" not in said
    assert "estimate" not in said
    facts = run_facts(data)
    assert facts["locks"][0]["held_s"]
    assert all(lane["waits_s"]["lock"] > lane["waits_s"]["sleep"] > 0 for lane in facts["lanes"])
    low, high = facts["ledger_bounds_s"]["lock_wait"]
    assert low <= facts["ledger_s"]["lock_wait"] <= high


@seen_here
def test_who_holds_the_gil_is_told_while_it_is_held(conductor: Conductor) -> None:
    data = so_far(conductor, experiment([SPIN], "threads", 3, duration_s=30.0))
    (gil,) = run_facts(data)["gil"]
    elapsed_s = run_facts(data)["elapsed_s"]
    assert len(gil["held_s"]) == 3
    assert 0.5 * elapsed_s < sum(gil["held_s"].values()) <= 1.05 * elapsed_s
    assert "estimate" not in words(data)
    witness = run_facts(data)["witness"]
    assert witness["method"] in ("process", "thread")
    assert witness["looks"] > 20


@seen_here
def test_what_blocks_an_event_loop_is_told_while_it_does(conductor: Conductor) -> None:
    said = words(so_far(conductor, experiment([code(BLOCKS_THE_LOOP)], "asyncio", 12, duration_s=30.0)))
    assert "The event loop was blocked" in said
    assert "it sleeps" in said or "in calls that are not awaited" in said


@seen_here
def test_an_event_loop_alone_in_its_process_is_never_said_to_wait_for_the_gil(conductor: Conductor) -> None:
    data = so_far(conductor, experiment([SLEEP, SPIN], "asyncio", 20, duration_s=30.0))
    ledger = run_facts(data)["ledger_s"]
    assert ledger["gil_wait"] < 0.02 * sum(ledger.values())
    assert ledger["loop_wait"] > 0.1 * sum(ledger.values())


def test_where_nobody_looks_waiting_for_the_gil_is_called_an_estimate(conductor: Conductor) -> None:
    data = so_far(conductor, experiment([SPIN], "threads", 3, duration_s=30.0), witness_percent=0.0)
    assert data.looked is None
    assert data.latest is not None
    assert (
        (data.latest.ledger_s["gil_wait"] or 0) == 0
        or "an estimated" in words(data)
        or "waited for a core" in words(data)
    )
