"""Runs tasks on one thread's event loop and records each step as a phase; coroutines share the thread's lane file."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable
from typing import Any

from engine.host.coroutine_waits import coroutine_state
from engine.host.failures import Fail
from engine.host.limited import StepBinder, calls_of, releasing
from engine.host.loop_clock import clock_of
from engine.host.loop_holds import (
    BEGUN_NS,
    FIRST_NS,
    GUESSED,
    IO_TAIL,
    LOCK_TAIL,
    MADE_NS,
    READY_TAIL,
    SINCE_NS,
    STATE_SIZE,
    STEP,
    TASK,
    WAITED_NS,
    WORKER,
)
from engine.host.recording import LoopLane, read_clock, tails
from engine.host.stack_dumps import show_coroutines
from engine.record.lane_file import OK, QUEUED, Slot, tail
from engine.record.loop_file import BETWEEN, IO, LOCK, READY, LoopSlot, loop_tail
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
    settle: Any = None if loop is None else loop.settle_wait
    if loop is not None:
        loop.writer.slots[LoopSlot.LANE] = 1
        show_coroutines(loop)

    def first_task(task: int) -> list[int]:
        """Give this coroutine its number."""
        worker = next(numbers)
        slots[Slot.WORKERS] = worker + 1
        state = coroutine_state.get()
        if state is None:
            state = [0] * STATE_SIZE
            coroutine_state.set(state)
        elif loop is not None and state[FIRST_NS] > state[MADE_NS]:
            tail = loop_tail(worker, BETWEEN, READY)
            loop.record(task, state[MADE_NS], state[MADE_NS], state[FIRST_NS], tail)
        state[WORKER] = worker
        if loop is not None:
            loop.writer.slots[LoopSlot.RUNS], loop.writer.slots[LoopSlot.RUNS_SINCE_NS] = worker, state[SINCE_NS]
        return state

    async def run_task(item: Any) -> Any:  # noqa: C901
        earlier = -1
        if handed_on is None:
            due, index, payload = item
        else:
            due, index, payload, begun_ns = item
            item = (due, index, payload)
            earlier = due - begun_ns if due else -1
        state = coroutine_state.get()
        if state is None or state[WORKER] < 0:
            state = first_task(index)
        worker = state[WORKER]
        state[TASK] = loop_slots[28] = index  # LoopSlot.RUNS_TASK
        begun = start = clock()
        if due:
            record(index, due, start, earlier, queued | worker)
        given = named(item) if names_wanted else item
        recorded = True
        for step, by_number, awaited, number, io, lock, ready, passed, failed in bound:
            state[STEP], state[READY_TAIL] = number, ready | worker
            try:
                waited: Any = step(index if by_number else given)  # an awaitable if the step is async
                if awaited:
                    state[IO_TAIL], state[LOCK_TAIL], state[WAITED_NS] = io | worker, lock | worker, 0
                    state[GUESSED] = 0
                    waited = await waited
                    if by_number or waited is None:
                        waited = None if loop is None else state[WAITED_NS]
                    elif state[GUESSED]:
                        settle(state, waited)
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
            end = clock()
            recorded = record(index, start, end, -1 if waited is None else waited, passed | worker)
            if loop is not None and end - state[SINCE_NS] > loop.told_ns and loop.held is not None:
                loop.held(state, end)
            start = end
        state[READY_TAIL] = 0
        if not recorded and not handed_on:
            writer.count_latency(start - (due or begun) + max(earlier, 0), failed=False)
        return payload if handed_on is None else True

    step, by_number, awaited, number, io, lock, ready, passed, failed = bound[0]
    given_of: Callable[[Any], Any] = operator.itemgetter(1) if by_number else named

    def begin(item: Any) -> list[int]:
        index: int = item[1]
        state = coroutine_state.get()
        if state is None or state[WORKER] < 0:
            state = first_task(index)
        worker = state[WORKER]
        state[TASK] = loop_slots[28] = index  # LoopSlot.RUNS_TASK
        state[STEP], state[WAITED_NS], state[GUESSED] = number, 0, 0
        state[IO_TAIL], state[LOCK_TAIL], state[READY_TAIL] = io | worker, lock | worker, ready | worker
        state[BEGUN_NS] = clock()
        return state

    def end(state: list[int], waited: Any) -> None:
        index, begun, now = state[TASK], state[BEGUN_NS], clock()
        if by_number or waited is None:
            waited = -1 if loop is None else state[WAITED_NS]
        elif state[GUESSED]:
            settle(state, waited)
        recorded = record(index, begun, now, waited, passed | state[WORKER])
        if loop is not None and now - state[SINCE_NS] > loop.told_ns and loop.held is not None:
            loop.held(state, now)
        state[READY_TAIL] = 0
        if not recorded:
            writer.count_latency(now - begun, failed=False)

    def failed_at(state: list[int], error: BaseException) -> None:
        index, begun, now = state[TASK], state[BEGUN_NS], clock()
        recorded = record(index, begun, now, -1, failed | state[WORKER])
        state[READY_TAIL] = 0
        fail(error, index, number, now)
        if not recorded:
            writer.count_latency(now - begun, failed=True)

    async def run_only_step(item: Any) -> Any:
        # run_task for the commonest case: one awaited step, closed-loop arrivals. Thousands of them wait at a time, and
        # the garbage collector visits everything that each refers to: so it has as few variables as possible.
        if item[0]:
            return await run_task(item)
        state = begin(item)
        try:
            waited = await step(given_of(item))
        except (Exception, SystemExit) as error:
            failed_at(state, error)
        else:
            end(state, waited)
        return item[2]

    if handed_on is None and awaited and len(bound) == 1:
        return run_only_step
    return releasing(run_task, calls, is_async=True)


def _wait_tails(step: int) -> tuple[int, int, int]:
    """Return the tails of a step's records in the loop file: of a wait for something, for a lock, for nothing."""
    return loop_tail(0, step, IO), loop_tail(0, step, LOCK), loop_tail(0, step, READY)
