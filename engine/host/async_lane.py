"""Runs tasks on one thread's event loop and records each step as a phase; coroutines share the thread's lane file."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable
from typing import Any, Final

from engine.host.coroutine_waits import CoroutineWaits, coroutine_state, new_state
from engine.host.failures import Fail
from engine.host.limited import StepBinder, calls_of, releasing
from engine.host.loop_clock import clock_of
from engine.host.loop_holds import (
    BEGUN_NS,
    GONE_NS,
    GUESSED,
    IO_TAIL,
    ITERATION,
    LOCK_TAIL,
    READY_TAIL,
    SINCE_NS,
    STEP,
    TASK,
    WAITED_NS,
    WORKER,
)
from engine.host.recording import LoopLane, read_clock, tails
from engine.host.stack_dumps import show_coroutines
from engine.record.lane_file import OK, QUEUED, Slot, tail
from engine.record.loop_file import IO, LOCK, READY, LoopSlot, loop_tail
from engine.workload.item import named


def async_lane(  # noqa: C901
    run: StepBinder, lane: LoopLane, fail: Fail, steps: range, *, handed_on: bool | None = None
) -> Callable[[Any], Any]:
    """Return the coroutine function that runs one task, of the `steps` (numbers), on this thread's event loop.

    `handed_on` is as in `blocking_lane`.

    A context variable tells the coroutines apart, as every asyncio task has its own copy of it. If the loop is
    recorded, the time that a step waited, where the step does not know it itself, comes from the loop's record.
    """
    calls = calls_of(run, steps, is_async=True)
    bound = [(*call[:4], *_wait_tails(call.number), *tails(call, steps, handed_on=bool(handed_on))) for call in calls]
    names_wanted = any(not by_number for _, by_number, *_ in bound)
    writer, record, numbers = lane.writer, lane.record, lane.numbers
    clock, slots = read_clock, writer.slots
    queued = tail(0, QUEUED, OK)
    loop = clock_of(asyncio.get_running_loop())
    loop_slots = memoryview(bytearray(256)).cast("q") if loop is None else loop.writer.slots
    running = [0, -1] if loop is None else loop.running
    waits = _NOT_RECORDED if loop is None else loop.coroutines
    watched, waited_once, began = waits.watched, waits.waited_once, waits.begin
    nothing_waited = -1 if loop is None else 0  # not known, or nothing
    if loop is not None:
        loop.writer.slots[LoopSlot.LANE] = 1
        show_coroutines(loop)

    def first_task(task: int) -> list[int]:
        """Give this coroutine its number."""
        worker = next(numbers)
        slots[Slot.WORKERS] = worker + 1
        state = coroutine_state.get()
        if state is None or state[READY_TAIL] > 0:  # in a step: this is the state of the coroutine that created it
            state = new_state(0)
            coroutine_state.set(state)
        state[WORKER], state[READY_TAIL] = worker, 0
        return state

    def begin(task: int) -> list[int]:
        """Return this coroutine's state; it begins a task."""
        state = coroutine_state.get()
        if state is None or state[READY_TAIL]:
            state = first_task(task)
        state[TASK] = loop_slots[28] = task  # LoopSlot.RUNS_TASK
        state[BEGUN_NS] = state[GONE_NS] = now = clock()
        if state[ITERATION] != running[1]:
            began(state, task, now)
        elif loop is not None and now - state[SINCE_NS] > loop.told_ns and loop.held is not None:
            loop.held(state, now)
        return state

    async def run_task(item: Any) -> Any:  # noqa: C901
        earlier = -1
        if handed_on is None:
            due, index, payload = item
        else:
            due, index, payload, begun_ns = item
            item = (due, index, payload)
            earlier = due - begun_ns if due else -1
        state = begin(index)
        worker = state[WORKER]
        begun = start = state[BEGUN_NS]
        if due:
            record(index, due, start, earlier, queued | worker)
        given = named(item) if names_wanted else item
        recorded = True
        for step, by_number, awaited, number, io, lock, ready, passed, failed in bound:
            state[STEP], state[READY_TAIL] = number, ready | worker
            try:
                waited: Any = step(index if by_number else given)  # an awaitable if the step is async
                if awaited:
                    state[IO_TAIL], state[LOCK_TAIL] = io | worker, lock | worker
                    state[WAITED_NS], state[GUESSED] = nothing_waited, 0
                    waited = await watched(state, waited)
                    if by_number or waited is None:
                        waited = state[WAITED_NS]
                    elif state[GUESSED]:
                        waits.settle(state, waited)
                elif by_number:
                    waited = None
            except (Exception, SystemExit) as error:
                end = clock()
                recorded = record(index, start, end, -1, failed | worker)
                state[READY_TAIL] = 0
                fail(error, index, failed >> 32 & 0xFFFF, end)
                if not recorded:
                    writer.count_latency(end - (due or begun) + max(earlier, 0), failed=True)
                return payload if handed_on is None else False
            except BaseException:
                state[READY_TAIL] = 0
                raise
            end = clock()
            recorded = record(index, start, end, -1 if waited is None else waited, passed | worker)
            if loop is not None and end - state[SINCE_NS] > loop.told_ns and loop.held is not None:
                loop.held(state, end)
            start = end
        state[READY_TAIL] = 0
        if not recorded and not handed_on:
            writer.count_latency(start - (due or begun) + max(earlier, 0), failed=False)
        return payload if handed_on is None else True

    # Below is run_task for the most common tasks: one awaited step, closed-loop arrivals. Thousands of them wait at a
    # time, and the garbage collector visits everything that each refers to: they have as few variables as possible.

    step, by_number, awaited, number, io, lock, ready, passed, failed = bound[0]
    sleep_s = calls[0].sleep_s
    new_timer: Any = None if loop is None else loop.new_timer
    given_of: Callable[[Any], Any] = operator.itemgetter(1) if by_number else named

    def begin_step(task: int) -> list[int]:
        state = begin(task)
        worker = state[WORKER]
        state[STEP], state[WAITED_NS], state[GUESSED] = number, nothing_waited, 0
        state[IO_TAIL], state[LOCK_TAIL], state[READY_TAIL] = io | worker, lock | worker, ready | worker
        return state

    def end_step(state: list[int], waited: Any) -> None:
        index, begun, now = state[TASK], state[BEGUN_NS], clock()
        if by_number or waited is None:
            waited = state[WAITED_NS]
        elif state[GUESSED]:
            waits.settle(state, waited)
        recorded = record(index, begun, now, waited, passed | state[WORKER])
        if loop is not None and now - state[SINCE_NS] > loop.told_ns and loop.held is not None:
            loop.held(state, now)
        state[READY_TAIL] = 0
        if not recorded:
            writer.count_latency(now - begun, failed=False)

    def end_sleep(state: list[int]) -> None:
        begun, now = state[BEGUN_NS], clock()
        if not record(state[TASK], begun, now, waited_once(state, now), passed | state[WORKER]):
            writer.count_latency(now - begun, failed=False)
        state[READY_TAIL] = 0

    def is_failure(state: list[int], error: BaseException) -> bool:
        if isinstance(error, (Exception, SystemExit)):
            index, begun, now = state[TASK], state[BEGUN_NS], clock()
            if not record(index, begun, now, -1, failed | state[WORKER]):
                writer.count_latency(now - begun, failed=True)
            fail(error, index, number, now)
        state[READY_TAIL] = 0
        return isinstance(error, (Exception, SystemExit))

    async def run_only_step(item: Any) -> Any:
        if item[0]:
            return await run_task(item)
        state = begin_step(item[1])
        try:
            waited = await watched(state, step(given_of(item)))
        except BaseException as error:
            if not is_failure(state, error):
                raise
        else:
            end_step(state, waited)
        return item[2]

    async def run_only_sleep(item: Any) -> Any:
        # As `await asyncio.sleep(sleep_s)`: the same timer and future, without the calls and the coroutine in between.
        if item[0]:
            return await run_task(item)
        state = begin_step(item[1])
        timer = new_timer(sleep_s)
        try:
            await timer._args[0]
        except BaseException as error:
            timer.cancel()
            waits.interrupted(state)
            if not is_failure(state, error):
                raise
        else:
            end_sleep(state)
        return item[2]

    if handed_on is None and len(calls) == 1 and awaited:
        return run_only_sleep if sleep_s > 0.0 and new_timer is not None else run_only_step
    return releasing(run_task, calls, is_async=True)


def _unwatched(_: list[int], coroutine: Any) -> Any:
    return coroutine


def _unrecorded(*_: Any) -> Any:
    return -1


_NOT_RECORDED: Final = CoroutineWaits(_unwatched, *(_unrecorded,) * 5, _unwatched)


def _wait_tails(step: int) -> tuple[int, int, int]:
    """Return the tails of a step's records in the loop file: of a wait for something, for a lock, for nothing."""
    return loop_tail(0, step, IO), loop_tail(0, step, LOCK), loop_tail(0, step, READY)
