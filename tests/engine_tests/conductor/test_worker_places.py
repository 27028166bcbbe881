"""Where every worker stands: when no task ends, and when it is asked for; and a run in which nothing went well."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.conductor.whereabouts.stall_watch import STALLED_S, StallWatch
from engine.conductor.whereabouts.worker_places import WorkerLocator
from engine.conductor.whereabouts.worker_stacks import parse_stacks, place_of
from engine.record.stack_file import FOLDER, threads_signal
from engine.wire.client import Conductor
from engine.wire.codec import plain
from engine.wire.commands import LocateWorkers, StopRun
from engine.wire.facts import Ended, Failure, WorkersLocated
from engine.wire.tick import Stall, Tick, WorkerPlace
from tests.conducting import code, experiment, run, start

pytestmark = pytest.mark.skipif(
    threads_signal() is None or sys.platform != "linux", reason="asked by real-time signals"
)

TWO_LOCKS = """
import threading, time
locks = threading.Lock(), threading.Lock()
def task(item):
    first, second = locks if item % 2 else locks[::-1]
    with first:
        time.sleep(.1)
        with second:
            pass
"""
TWO_ASYNC_LOCKS = """
import asyncio
locks = asyncio.Lock(), asyncio.Lock()
async def then(second):
    async with second:
        pass
async def task(item):
    first, second = locks if item % 2 else locks[::-1]
    async with first:
        await asyncio.sleep(.1)
        await then(second)
"""
FOR_EVER = "import time\ndef task(item):\n    time.sleep(1000)\n"


@pytest.fixture
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        yield conductor


def stalled(conductor: Conductor, source: str, kind: str) -> Tick:
    """Start a run; return the first tick that says where its workers stand while no task ends."""
    start(conductor, experiment([code(source)], kind, 2, tasks=8))
    for fact in conductor.facts():
        if isinstance(fact, Tick) and fact.stall is not None and fact.stall.workers:
            return fact
        assert not isinstance(fact, (Ended, Failure)), fact
    raise AssertionError("unreachable")


def ended(conductor: Conductor) -> Ended:
    return next(fact for fact in conductor.facts() if isinstance(fact, Ended))


@pytest.mark.parametrize(
    ("source", "kind", "where"),
    [
        (TWO_LOCKS, "threads", "<workload.steps[0]>:8 in task"),
        (TWO_LOCKS, "thread-pool", "<workload.steps[0]>:8 in task"),
        (TWO_ASYNC_LOCKS, "asyncio", "<workload.steps[0]>:5 in then"),
        (TWO_ASYNC_LOCKS, "process-asyncio", "<workload.steps[0]>:5 in then"),
        (FOR_EVER, "processes", "<workload.steps[0]>:3 in task"),
        (FOR_EVER, "process-pool", "<workload.steps[0]>:3 in task"),
        (FOR_EVER, "asyncio-threads", "<workload.steps[0]>:3 in task"),
    ],
)
def test_when_no_task_ends_each_workers_line_is_told(conductor: Conductor, source: str, kind: str, where: str) -> None:
    tick = stalled(conductor, source, kind)
    assert tick.stall is not None
    assert tick.stall.for_s >= STALLED_S
    assert [worker.where for worker in tick.stall.workers] == [where, where]
    if kind in ("asyncio", "process-asyncio"):
        assert {worker.state for worker in tick.stall.workers} == {"lock_wait"}
    else:
        assert sorted(worker.task or 0 for worker in tick.stall.workers) == [0, 1]
    conductor.send(StopRun(tick.run_id))
    result = plain(ended(conductor).result)
    assert result["stall"]["for_s"] >= STALLED_S
    assert {worker["where"] for worker in result["stall"]["workers"]} == {where}
    if kind == "asyncio":  # a wait that never ends is recorded when it is asked about
        assert result["ledger_s"]["lock_wait"] > 0.7 * 2 * result["elapsed_s"] - 0.7


def test_a_coroutine_that_keeps_the_loop_is_where_its_thread_is(conductor: Conductor) -> None:
    tick = stalled(conductor, "async def task(item):\n    while True:\n        item += 1\n", "asyncio")
    assert tick.stall is not None
    [worker] = tick.stall.workers
    assert worker.where.startswith("<workload.steps[0]>:")
    assert worker.where.endswith("in task")
    conductor.send(StopRun(tick.run_id))
    assert (ended(conductor).result.loop or ())[0]["longest"] is not None


def test_it_is_told_whenever_somebody_asks(conductor: Conductor) -> None:
    run_id = start(conductor, experiment([code(FOR_EVER)], "threads", 3, tasks=3))
    for fact in conductor.facts():
        if isinstance(fact, Tick) and fact.lane_count == 3:
            break
    conductor.send(LocateWorkers(run_id))
    places = next(fact for fact in conductor.facts() if isinstance(fact, WorkersLocated)).workers
    assert [each.where for each in places] == ["<workload.steps[0]>:3 in task"] * 3
    assert all("in _bootstrap" in each.stack[-1] for each in places)
    assert len({each.tid for each in places}) == 3
    conductor.send(LocateWorkers("another"))
    refused = next(fact for fact in conductor.facts() if isinstance(fact, Failure))
    assert "no such run" in refused.reason
    conductor.send(StopRun(run_id))
    ended(conductor)


CLOSES = """
import os, time
def task(item):
    os.closerange(3, 2000)
    for number in range(1000):
        os.open(os.path.join({folder!r}, str(number)), os.O_WRONLY | os.O_CREAT)
    time.sleep(1000)
"""


def test_no_stack_is_written_into_a_file_of_the_workloads_own(conductor: Conductor, tmp_path: Path) -> None:
    run_id = start(conductor, experiment([code(CLOSES.format(folder=os.fspath(tmp_path)))], "threads", 1, tasks=1))
    asked = False
    for fact in conductor.facts():
        if isinstance(fact, WorkersLocated):
            break
        if not asked and isinstance(fact, Tick) and len(os.listdir(tmp_path)) == 1000:
            conductor.send(LocateWorkers(run_id))
            asked = True
    conductor.send(StopRun(run_id))
    ended(conductor)
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b""}


def test_a_process_without_a_handler_is_never_signalled(tmp_path: os.PathLike[str]) -> None:
    sleeper = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    folder = os.path.join(tmp_path, FOLDER)
    os.mkdir(folder)
    with open(os.path.join(folder, f"{sleeper.pid}.txt"), "w", encoding="utf-8"):
        pass
    locator = WorkerLocator(type(tmp_path)(tmp_path))  # type: ignore[call-arg]
    locator.ask([sleeper.pid])
    assert sleeper.poll() is None
    assert sleeper.stdin is not None
    sleeper.stdin.write(b"\n")
    sleeper.stdin.close()
    assert sleeper.wait(10) == 0


def test_a_stall_is_one_only_while_workers_have_tasks() -> None:
    watch = StallWatch()
    watch.see(5, True, 100.0)
    watch.see(5, True, 101.0)
    assert watch.stall is None
    watch.see(5, True, 102.5)
    assert watch.stall is not None
    assert watch.wants_places(102.5)
    assert not watch.wants_places(102.6)
    watch.take((WorkerPlace(0, "w"),))
    watch.see(6, True, 103.0)
    assert watch.stall is None
    assert watch.latest == Stall(2.5, (WorkerPlace(0, "w"),))
    watch.see(6, False, 110.0)
    watch.see(6, True, 111.0)
    assert watch.stall is None


def test_stacks_are_read_as_python_writes_them() -> None:
    found = parse_stacks(
        "Fatal Python error: Segmentation fault\n\n"
        "Thread 0x00007f01 (most recent call first):\n"
        '  File "/usr/lib/python3.11/threading.py", line 324 in wait\n  File "/home/me/a b.py", line 7 in task\n\n'
        'Current thread 0x00007f02 [name] (most recent call first):\n  File "x.py", line 1 in <module>\n'
        'Coroutine 3 (most recent call first):\n  File "y.py", line 2 in f\n'
    )
    assert found.fault == "Segmentation fault"
    assert found.current == 0x7F02
    assert place_of(found.threads[0x7F01]) == "a b.py:7 in task"
    assert place_of(found.threads[0x7F02]) == "x.py:1 in <module>"
    assert place_of(found.coroutines[3]) == "y.py:2 in f"


def test_a_run_in_which_every_task_failed_is_failed(conductor: Conductor) -> None:
    result = run(conductor, experiment([code("def task(item):\n    raise KeyError(item)\n")], "threads", 2, tasks=6))
    assert result["status"] == "failed"
    assert result["reason"].startswith("All 6 tasks failed, the first with KeyError: ")
    source = "def task(item):\n    if item:\n        raise KeyError(item)\n"
    assert run(conductor, experiment([code(source)], "threads", 2, tasks=6))["status"] == "finished"
