"""What a recorded event loop tells: who waited for what, who was ready, who held it; held against plain scripts."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import numpy as np
import pytest

from engine.interpreters.interpreter import app_interpreter
from engine.record.loop_file import IO, LOCK, READY, TURNS, LoopSlot
from tests.engine_tests.host_runs import HostRun, Loop, run_host
from tests.interpreters import every_interpreter

EVERY = pytest.mark.parametrize("interpreter", every_interpreter())
PROCESSES = {"start_method": "spawn", "coroutines_each": 6}

BLOCKING = """
import asyncio, time
async def task(item):
    await asyncio.sleep(.01)
    time.sleep(.03)
"""
LIMITED = """
import asyncio
limit = asyncio.Semaphore(5)
async def task(item):
    async with limit:
        await asyncio.sleep(.02)
    total = 0
    for number in range(10_000):
        total += number
"""
# The same by hand: how long each coroutine was late after its sleep, and how long it waited for the semaphore.
PLAIN_BLOCKING = """
import asyncio, json, time
late = 0.0
async def work(count):
    global late
    for _ in range(count):
        due = time.perf_counter() + .01
        await asyncio.sleep(.01)
        late += time.perf_counter() - due
        time.sleep(.03)
async def main():
    await asyncio.gather(*(work(5) for _ in range(8)))
begun = time.perf_counter()
asyncio.run(main())
print(json.dumps({"late": late, "elapsed": time.perf_counter() - begun}))
"""
PLAIN_LIMITED = """
import asyncio, json, time
waited = 0.0
async def work(limit, count):
    global waited
    for _ in range(count):
        asked = time.perf_counter()
        async with limit:
            waited += time.perf_counter() - asked
            await asyncio.sleep(.02)
        total = 0
        for number in range(10_000):
            total += number
async def main():
    limit = asyncio.Semaphore(5)
    await asyncio.gather(*(work(limit, 4) for _ in range(40)))
begun = time.perf_counter()
asyncio.run(main())
print(json.dumps({"waited": waited, "elapsed": time.perf_counter() - begun}))
"""


def own(source: str) -> dict[str, Any]:
    return {"kind": "python", "source": source}


def loop_of(run: HostRun) -> Loop:
    [loop] = run.finished().loops
    return loop


def waited_s(loop: Loop, why: int) -> float:
    waits = loop.waits(why)
    return float((waits["second_ns"] - waits["first_ns"]).sum()) / 1e9


def ready_s(loop: Loop, *kinds: int) -> float:
    return sum(float((waits["third_ns"] - waits["second_ns"]).sum()) for waits in map(loop.waits, kinds)) / 1e9


def plain(script: str, interpreter: Any) -> dict[str, float]:
    printed = subprocess.run([interpreter.path, "-c", script], capture_output=True, check=True, timeout=60, text=True)
    found: dict[str, float] = json.loads(printed.stdout)
    return found


@EVERY
def test_a_call_that_blocks_keeps_the_others_waiting_as_long_as_a_plain_script_does(interpreter: Any) -> None:
    loop = loop_of(run_host([own(BLOCKING)], "asyncio", 8, tasks=40, interpreter=interpreter))
    by_hand = plain(PLAIN_BLOCKING, interpreter)
    ours = ready_s(loop, IO) / (8 * float(np.ptp(loop.records["third_ns"])) / 1e9)
    assert ours == pytest.approx(by_hand["late"] / (8 * by_hand["elapsed"]), abs=0.15)
    assert ours > 0.5
    # A wait is recorded from when its coroutine has given up the loop: a few microseconds after its timer was set.
    assert 40 * 0.0095 < waited_s(loop, IO) < 40 * 0.03
    assert len(loop.waits(LOCK)) == 0
    busy_s = loop.slots[LoopSlot.BUSY_NS] / 1e9
    assert busy_s > 40 * 0.03
    held_s = (loop.slots[LoopSlot.HOLD_END_NS] - loop.slots[LoopSlot.HOLD_START_NS]) / 1e9
    assert 0.03 < held_s < busy_s / 2
    assert loop.slots[LoopSlot.HOLD_WAITING] >= 1


@EVERY
def test_a_semaphore_is_a_lock_and_who_waits_for_it_does_not_wait_for_the_loop(interpreter: Any) -> None:
    loop = loop_of(run_host([own(LIMITED)], "asyncio", 40, tasks=160, interpreter=interpreter))
    by_hand = plain(PLAIN_LIMITED, interpreter)
    locked_s = waited_s(loop, LOCK) + ready_s(loop, LOCK)
    run_s = float(np.ptp(loop.records["third_ns"])) / 1e9
    assert locked_s / (40 * run_s) == pytest.approx(by_hand["waited"] / (40 * by_hand["elapsed"]), abs=0.1)
    assert waited_s(loop, LOCK) > 0.7 * 40 * run_s
    assert 160 * 0.02 < waited_s(loop, IO) < 160 * 0.04
    assert ready_s(loop, IO, LOCK, READY) < 0.15 * 40 * run_s


@EVERY
def test_what_is_always_ready_waits_for_the_loop_alone(interpreter: Any) -> None:
    source = "import asyncio\nasync def task(item):\n    for _ in range(50):\n        await asyncio.sleep(0)\n"
    loop = loop_of(run_host([own(source)], "asyncio", 20, tasks=200, interpreter=interpreter))
    assert waited_s(loop, IO) + waited_s(loop, LOCK) < 0.02 * ready_s(loop, READY)
    # Of 20 that are always ready, 19 wait while one runs.
    busy_s = loop.slots[LoopSlot.BUSY_NS] / 1e9
    assert ready_s(loop, READY) == pytest.approx(19 * float(np.ptp(loop.records["third_ns"])) / 1e9, rel=0.25)
    assert loop.slots[LoopSlot.READY_NS] / 1e9 == pytest.approx(20 * busy_s, rel=0.25)


LOCK_SOURCE = """
lock = asyncio.Lock()
async def task(item):
    async with lock:
        await asyncio.sleep(.01)
"""
QUEUE_SOURCE = """
queue = None
async def task(item):
    global queue
    queue = queue or asyncio.Queue()
    if item % 2:
        await asyncio.sleep(.02)
        queue.put_nowait(item)
    else:
        await queue.get()
"""
EVENT_SOURCE = """
event = None
async def task(item):
    global event
    event = event or asyncio.Event()
    if item == 1:
        await asyncio.sleep(.05)
        event.set()
    else:
        await asyncio.wait_for(event.wait(), 5)
"""
CONDITION_SOURCE = """
condition = None
async def task(item):
    global condition
    condition = condition or asyncio.Condition()
    if item == 3:
        await asyncio.sleep(.05)
        async with condition:
            condition.notify_all()
    else:
        async with condition:
            await condition.wait()
"""
GATHER_SOURCE = """
lock = None
async def task(item):
    global lock
    lock = lock or asyncio.Lock()
    async with lock:
        await asyncio.sleep(.01)
    await asyncio.gather(lock.acquire())
    lock.release()
"""


@pytest.mark.parametrize("source", [LOCK_SOURCE, QUEUE_SOURCE, EVENT_SOURCE, CONDITION_SOURCE, GATHER_SOURCE])
@EVERY
def test_what_is_awaited_is_followed_to_asyncios_own_locks(interpreter: Any, source: str) -> None:
    loop = loop_of(run_host([own("import asyncio" + source)], "asyncio", 4, tasks=4, interpreter=interpreter))
    assert waited_s(loop, LOCK) > 0.015
    # Nobody waits for more than its sleep otherwise.
    assert waited_s(loop, IO) < 1.5 * waited_s(loop, LOCK)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("a socket", "reader.recv(1)"),
        ("a child", "subprocess.run([sys.executable, '-S', '-c', 'import time; time.sleep(.03)'])"),
        ("a file", "[open(path, 'rb').read() for _ in range(60)]"),
    ],
)
def test_whatever_blocks_in_a_coroutine_holds_the_loop(name: str, call: str) -> None:
    source = (
        "import asyncio, socket, subprocess, sys, tempfile, threading, time\n"
        "reader, writer = socket.socketpair()\n"
        "path = tempfile.mktemp(dir='.')\n"
        "open(path, 'wb').write(bytes(2_000_000))\n"
        "def answer():\n    while True:\n        time.sleep(.03)\n        writer.send(b'1')\n"
        "threading.Thread(target=answer, daemon=True).start()\n"
        f"async def task(item):\n    await asyncio.sleep(.001)\n    {call}\n"
    )
    loop = loop_of(run_host([own(source)], "asyncio", 4, tasks=12))
    held_s = (loop.slots[LoopSlot.HOLD_END_NS] - loop.slots[LoopSlot.HOLD_START_NS]) / 1e9
    assert loop.slots[LoopSlot.BUSY_NS] / 1e9 > 12 * 0.3 * held_s
    # Three of four wait while one holds the loop.
    assert ready_s(loop, IO) > 1.5 * loop.slots[LoopSlot.BUSY_NS] / 1e9, name


@pytest.mark.parametrize("model", ["asyncio-threads", "asyncio-processes"])
def test_a_loop_that_hands_work_on_is_recorded_too(model: str) -> None:
    options = {} if model == "asyncio-threads" else {"start_method": "spawn"}
    run = run_host([{"kind": "count-primes", "below": 2000}], model, 2, tasks=60, options=options)
    loop = loop_of(run)
    assert loop.slots[LoopSlot.ITERATIONS] > 60
    assert loop.slots[LoopSlot.LANE] == 0
    assert set(loop.records["why"].tolist()) == {TURNS}
    assert loop.records["task"].sum() == loop.slots[LoopSlot.ITERATIONS]
    assert loop.records["second_ns"].sum() == loop.slots[LoopSlot.BUSY_NS]


@pytest.mark.parametrize("start_method", ["spawn", "fork"])
def test_every_process_of_coroutines_has_a_loop_of_its_own(start_method: str) -> None:
    if start_method not in app_interpreter().start_methods:
        pytest.skip("there is no fork here")
    options = {**PROCESSES, "start_method": start_method}
    run = run_host([own(BLOCKING)], "process-asyncio", 12, tasks=48, options=options).finished()
    assert len(run.loops) == 2
    assert {loop.pid for loop in run.loops} == {lane.pid for lane in run.lanes}
    for loop in run.loops:
        assert loop.slots[LoopSlot.LANE] == 1
        assert ready_s(loop, IO) > 2 * waited_s(loop, IO)


def test_sums_stay_exact_past_the_bound() -> None:
    pause = {"kind": "sleep", "duration_ms": 1.0, "distribution": "constant"}
    loop = loop_of(run_host([pause], "asyncio", 10, tasks=1000, phases_limit=300))
    assert len(loop.records) == 300
    dropped = loop.unrecorded[0]
    recorded = loop.waits(IO)
    assert dropped[0] + len(recorded) == 1000
    assert loop.slots[LoopSlot.DROPPED] == loop.unrecorded[:, 0].sum()
    whole_ns = 10 * (loop.slots[LoopSlot.END_NS] - loop.slots[LoopSlot.CREATED_NS])
    assert dropped[0] * 1_000_000 < dropped[1] < whole_ns


def test_coroutines_are_what_a_persons_function_makes_them() -> None:
    source = """
import asyncio, inspect
async def inner(number):
    await asyncio.sleep(0)
    return number
async def task(item):
    made = asyncio.create_task(inner(item), name="mine")
    assert made.get_coro().__name__ == "inner" and inspect.iscoroutine(made.get_coro())
    assert await made == item and made.get_name() == "mine"
    assert asyncio.current_task().get_coro().__name__ == "work"
    try:
        async with asyncio.timeout(.005) if hasattr(asyncio, "timeout") else Fallback():
            await asyncio.sleep(10)
    except asyncio.TimeoutError:
        pass
    loop = asyncio.new_event_loop()
    assert not hasattr(loop, "gilscope_clock")
    loop.close()
class Fallback:
    async def __aenter__(self):
        raise asyncio.TimeoutError
    async def __aexit__(self, *_):
        pass
"""
    run = run_host([own(source)], "asyncio", 3, tasks=30).finished()
    assert (run.tasks_done, run.tasks_failed) == (30, 0), run.errors
