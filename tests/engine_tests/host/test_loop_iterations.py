"""A recorded loop runs callbacks as asyncio's own loop does, and a step that only sleeps is recorded for each task."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.host.loop_clock import clock_of, recorded_loop
from engine.record.lane_file import LAST
from engine.record.loop_file import IO, LoopSlot, LoopWriter
from tests.engine_tests.host.test_loop_recording import EVERY, loop_of, ready_s, waited_s
from tests.engine_tests.host_runs import run_host

SATURATED, EACH, SLEEP_MS = 1500, 6, 5.0


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Any]:
    writer = LoopWriter(str(tmp_path / "1.loop"), thread=1, created_ns=time.perf_counter_ns(), capacity=100_000)
    made = recorded_loop(asyncio.SelectorEventLoop, writer, None)
    yield made
    made.close()


def order_of_callbacks(loop: Any) -> list[str]:
    """Return in which order callbacks of every origin ran: queued ones, timers, cancelled ones, and a socket's."""
    ran: list[str] = []
    reader, writer = socket.socketpair()

    def say(name: str, *further: Callable[[], object]) -> None:
        ran.append(name)
        for each in further:
            each()

    def read() -> None:
        say(f"read {reader.recv(9).decode()}", lambda: loop.call_soon(say, "after the socket"))
        loop.remove_reader(reader)

    def timers() -> None:
        now = loop.time()
        for number in range(120):  # more cancelled timers than asyncio keeps
            loop.call_later(30 + number, say, "never").cancel()
        loop.call_at(now + 0.2, say, "later")
        loop.call_at(now - 1, say, "overdue", lambda: loop.call_soon(say, "after the overdue"))
        loop.call_at(now + 0.15, say, "cancelled in time").cancel()
        loop.call_at(now + 0.15, say, "sooner")
        loop.call_at(now + 0.25, loop.stop)
        writer.send(b"data")

    loop.add_reader(reader, read)
    loop.call_soon(say, "first", timers, lambda: loop.call_soon(say, "third"))
    cancelled = loop.call_soon(say, "cancelled")
    loop.call_soon(say, "second")
    cancelled.cancel()
    loop.run_forever()
    reader.close()
    writer.close()
    return ran


def test_callbacks_run_in_the_order_of_asyncios_own_loop(loop: Any) -> None:
    own = asyncio.SelectorEventLoop()
    try:
        expected = order_of_callbacks(own)
    finally:
        own.close()
    assert order_of_callbacks(loop) == expected
    assert len(expected) == 9
    assert loop.gilscope_clock.writer.slots[LoopSlot.TIMERS] == 4


def test_in_debug_mode_a_slow_callback_is_warned_of(loop: Any, caplog: pytest.LogCaptureFixture) -> None:
    loop.set_debug(True)
    loop.slow_callback_duration = 0.001

    async def slow() -> None:
        end = time.perf_counter() + 0.003
        while time.perf_counter() < end:
            pass

    with caplog.at_level(logging.WARNING, logger="asyncio"):
        loop.run_until_complete(slow())
    assert [record.message for record in caplog.records if record.message.startswith("Executing")]


def test_an_exception_from_a_callback_reaches_the_handler_and_the_loop_goes_on(loop: Any) -> None:
    told: list[Any] = []
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    loop.call_soon(lambda: 1 / 0)
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert [type(each) for each in told] == [ZeroDivisionError]
    loop.call_soon(sys_exit)
    with pytest.raises(SystemExit):
        loop.run_forever()
    assert loop.run_until_complete(asyncio.sleep(0.001, "on")) == "on"


def sys_exit() -> None:
    raise SystemExit(3)


def test_a_timer_of_ours_ends_and_is_cancelled_as_that_of_asyncio_sleep(loop: Any) -> None:
    new_timer = clock_of(loop).new_timer  # type: ignore[union-attr]

    async def both() -> tuple[list[str], list[str]]:
        ended: list[str] = []

        async def sleep(name: str, seconds: float, ours: bool) -> None:
            await (new_timer(seconds)._args[0] if ours else asyncio.sleep(seconds))
            ended.append(name)

        sleeps = [("c", 0.14, True), ("b", 0.12, False), ("d", 0.16, False), ("a", 0.1, True)]
        tasks = [asyncio.ensure_future(sleep(*each)) for each in sleeps]
        await asyncio.sleep(0)
        names = {task._fut_waiter: each[0] for task, each in zip(tasks, sleeps, strict=True)}  # type: ignore[attr-defined]
        due = [names[timer._args[0]] for timer in sorted(loop._scheduled, key=lambda timer: timer.when())]
        await asyncio.gather(*tasks)
        cancelled = new_timer(30.0)
        cancelled.cancel()
        await asyncio.sleep(0.001)
        return ended, due

    ended, due = loop.run_until_complete(both())
    assert ended == due
    assert sorted(due) == ["a", "b", "c", "d"]
    assert len(loop._scheduled) == 0


@EVERY
def test_each_of_thousands_of_sleeps_is_recorded_also_on_a_busy_loop(interpreter: Any) -> None:
    pause = {"kind": "sleep", "duration_ms": SLEEP_MS, "distribution": "constant"}
    run = run_host([pause], "asyncio", SATURATED, tasks=SATURATED * EACH, interpreter=interpreter)
    loop, phases = loop_of(run), run.records
    waits = loop.waits(IO)
    assert sorted(waits["task"].tolist()) == list(range(SATURATED * EACH))
    assert np.all(waits["second_ns"] - waits["first_ns"] >= SLEEP_MS * 1e6 - 10_000)  # nobody woke before its time
    assert np.all(waits["third_ns"] >= waits["second_ns"])
    assert np.all(phases["flags"] & LAST)
    # Both files tell the same of each task.
    place, where = np.argsort(phases["task"]), np.argsort(waits["task"])
    assert np.all(phases["start_ns"][place] == waits["first_ns"][where])
    assert np.all(phases["end_ns"][place] == waits["third_ns"][where])
    assert np.all(phases["waited_ns"][place] == (waits["second_ns"] - waits["first_ns"])[where])
    assert np.all(phases["worker"][place] == waits["worker"][where])
    # By the loop's own sums: how late its timers were, and how long callbacks were ready after that.
    late_s = (loop.slots[LoopSlot.LATE_NS] + loop.slots[LoopSlot.READY_NS]) / 1e9
    assert ready_s(loop, IO) == pytest.approx(late_s, rel=0.3)
    assert ready_s(loop, IO) > 0.2 * waited_s(loop, IO)
