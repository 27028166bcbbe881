"""What a run's result says of its event loops: how busy they were, who held them, and in what; and where time went."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from engine.wire.client import Conductor
from tests.conducting import code, experiment, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a loop's thread does is seen on Linux")

HEAD = """
import asyncio, socket, subprocess, sys, threading, time
"""
TASK = """
async def task(item):
    await asyncio.sleep(.01)
    {call}
"""
ANSWERS = """
reader, writer = socket.socketpair()
def answer():
    while True:
        time.sleep(.05)
        writer.send(b"1")
threading.Thread(target=answer, daemon=True).start()
"""
HOLDS = """
lock = threading.Lock()
def hold():
    while True:
        with lock:
            time.sleep(.05)
threading.Thread(target=hold, daemon=True).start()
"""
CALLS = {
    "sleep": ("", "time.sleep(.05)"),
    "network": (ANSWERS, "reader.recv(1)"),
    "child": ("", "subprocess.run([sys.executable, '-S', '-c', 'import time; time.sleep(.05)'])"),
    "lock": (HOLDS, "lock.acquire(timeout=.05) and lock.release()"),
}
# What may be seen of a call: a child is waited for by its number, or at the end of a pipe.
SEEN = {"child": ("child", "pipe", "other")}


@pytest.fixture
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        yield conductor


def shares(result: dict[str, Any]) -> dict[str, float]:
    whole = sum(value or 0.0 for value in result["ledger_s"].values())
    return {state: (value or 0.0) / whole for state, value in result["ledger_s"].items()}


@pytest.mark.parametrize("inside", CALLS)
def test_a_call_that_blocks_the_loop_is_named(conductor: Conductor, inside: str) -> None:
    before, call = CALLS[inside]
    source = HEAD + before + TASK.format(call=call)
    result = run(conductor, experiment([code(source)], "asyncio", 12, duration_s=2.0))
    [loop] = result["loop"]
    assert loop["busy_s"] > 0.8 * result["elapsed_s"]
    if result["witness"]["method"] == "none":
        pytest.skip("nobody can look at threads here")
    assert loop["blocked_s"] > 0.6 * result["elapsed_s"]
    seen = sum(loop["busy_in_s"].get(each, 0.0) for each in SEEN.get(inside, (inside,)))
    assert seen > 0.7 * loop["blocked_s"]
    longest = loop["longest"]
    assert longest["worker"].startswith("coroutine ")
    assert longest["step"] == "python"
    assert longest["held_s"] > 0.04
    assert longest["waiting"] >= 1
    if inside != "child":
        assert longest["in"] == inside
    assert shares(result)["loop_wait"] > 0.6
    assert shares(result)["gil_wait"] < 0.05


def test_who_waits_for_a_semaphore_does_not_wait_for_the_loop(conductor: Conductor) -> None:
    source = (
        "import asyncio\nlimit = asyncio.Semaphore(10)\nasync def task(item):\n"
        "    async with limit:\n        await asyncio.sleep(.05)\n"
        "    total = 0\n    for number in range(10_000):\n        total += number\n"
    )
    result = run(conductor, experiment([code(source)], "asyncio", 100, duration_s=2.0))
    assert [set(gil["held_s"]) for gil in result["gil"] or ()] in ([], [{"event loop"}])  # no coroutine alone holds it
    found = shares(result)
    assert found["lock_wait"] > 0.75
    assert found["loop_wait"] < 0.15
    assert found["io_wait"] == pytest.approx(0.09, abs=0.05)


def test_coroutines_that_compute_hold_the_loop_and_are_not_blocked(conductor: Conductor) -> None:
    result = run(conductor, experiment([{"kind": "count-primes", "below": 20_000}], "asyncio", 6, duration_s=1.5))
    [loop] = result["loop"]
    assert loop["busy_s"] > 0.8 * result["elapsed_s"]
    assert loop["longest"]["step"] == "count-primes"
    if loop["blocked_s"] is not None:
        assert loop["blocked_s"] < 0.1 * result["elapsed_s"]
        assert loop["longest"]["in"] == "computing"
    assert shares(result)["loop_wait"] > 0.7


def test_a_loop_with_little_to_do_is_told_as_such(conductor: Conductor) -> None:
    result = run(conductor, experiment([{"kind": "sleep", "duration_ms": 20.0}], "asyncio", 4, duration_s=1.5))
    [loop] = result["loop"]
    assert loop["busy_s"] < 0.2 * result["elapsed_s"]
    assert shares(result)["io_wait"] > 0.85
    assert shares(result)["loop_wait"] < 0.1


def test_models_without_an_event_loop_have_none(conductor: Conductor) -> None:
    assert run(conductor, experiment([{"kind": "sleep", "duration_ms": 2.0}], "threads", 2, tasks=4))["loop"] == []


HTTP = {"kind": "http-get", "delay_ms": 5.0}
COUNT = {"kind": "count-primes", "below": 3000}


def test_who_awaits_an_answer_that_a_busy_loop_does_not_look_for_waits_for_the_loop(conductor: Conductor) -> None:
    # The spinner never lets the loop go: the answers are there after some milliseconds, and nobody takes them.
    groups = [
        {"name": "clients", "workers": 4, "steps": [HTTP]},
        {"name": "spinner", "workers": 1, "steps": [COUNT]},
    ]
    workload = {"duration_s": 1.5, "groups": groups}
    sent = {"format": 1, "title": "t", "workload": workload, "model": {"kind": "asyncio"}}
    clients, _ = run(conductor, sent)["groups"]
    ledger = {state: value or 0.0 for state, value in clients["ledger_s"].items()}
    assert ledger["loop_wait"] > 0.8 * sum(ledger.values())
    assert ledger["io_wait"] < 0.15 * sum(ledger.values())


def test_an_answers_own_time_is_told_from_the_time_that_the_loop_took_to_see_it(conductor: Conductor) -> None:
    spin = "    end = time.perf_counter() + .02\n    while time.perf_counter() < end: pass\n"
    steps = [HTTP, code(f"import time\ndef task(item):\n{spin}")]
    result = run(conductor, experiment(steps, "asyncio", 4, duration_s=1.5))
    served_s = 0.005 * result["tasks"]["done"]
    waited_s = result["ledger_s"]["io_wait"]
    # The other three had the loop meanwhile, for 20 ms each: half of such a time would be twice the answer's own.
    assert 0.5 * served_s < waited_s < served_s + 0.1 * sum(value or 0.0 for value in result["ledger_s"].values())
