"""Runs a task's steps on one worker and records each as a phase: our only code on a workload's hot path.

Written for speed: everything a phase needs is a local of one closure, because an attribute look-up of 40 ns is four
per cent of the microsecond that recording a phase may cost.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from engine.host.failures import Fail
from engine.host.limited import StepBinder, StepCall, calls_of, releasing
from engine.record.lane_file import (
    FOR_LIMIT,
    HANDED_ON,
    LAST,
    OK,
    QUEUED,
    RECORD,
    RECORD_END,
    RECORD_SIZE,
    RECORD_START,
    Slot,
    tail,
)
from engine.workload.item import Item, named

read_clock: Final = time.perf_counter_ns


class PhaseWriter(Protocol):
    """Where phases go: see `engine.record.lane_file.LaneWriter`."""

    slots: memoryview

    def make_room(self, count: int, task: int) -> tuple[Any, int, int, int] | None: ...

    def count_unrecorded(self, start_ns: int, end_ns: int, waited_ns: int, tail: int) -> None: ...

    def count_latency(self, latency_ns: int, failed: bool) -> None: ...

    def recorder(self) -> Callable[[int, int, int, int, int], bool]: ...


def blocking_lane(  # noqa: C901
    run: StepBinder, writer: PhaseWriter, fail: Fail, steps: range | None = None, *, handed_on: bool | None = None
) -> Callable[[Any], Any]:
    """Return the function that runs one task's blocking `steps` (their numbers, by default all) on this thread.

    `handed_on` says whether the task continues in another stage of a pipeline; None: there are no stages. A stage's
    function takes a `StageItem`, and returns whether the steps passed.

    It repeats the body of `LaneWriter.recorder`, because the call would cost a tenth of what a phase may cost. It is
    long for the same reason: its three functions share local variables.
    """
    steps = steps or range(len(run.steps))
    calls = calls_of(run, steps)
    bound = [
        (call.function, call.by_number, passed, failed, RECORD_END.pack(-1, passed))
        for call in calls
        for passed, failed in [tails(call, steps, handed_on=bool(handed_on))]
    ]
    clock, slots, pack, make_room = read_clock, writer.slots, RECORD.pack_into, writer.make_room
    pack_start = RECORD_START.pack_into
    names_wanted = any(not by_number for _, by_number, *_ in bound)
    queued = tail(0, QUEUED, OK)
    chunk: Any = None
    count = place = room = 0
    earlier = -1  # how long the task spent in earlier stages

    def record(task: int, start_ns: int, end_ns: int, waited_ns: int, tail: int) -> bool:
        nonlocal count, place, room, chunk
        if count >= room:
            free = make_room(count, task)
            if free is None:
                writer.count_unrecorded(start_ns, end_ns, waited_ns, tail)
                return False
            chunk, place, room, flags = free
            tail |= flags
        count += 1
        pack(chunk, place, count, task, start_ns, end_ns, waited_ns, tail)
        place += RECORD_SIZE
        slots[6] = count
        return True

    def run_task(item: Item) -> Any:
        nonlocal count, place
        due, index, payload = item
        slots[19] = index  # Slot.TASK
        begun = start = clock()
        if due:
            record(index, due, start, earlier, queued)
        given = named(item) if names_wanted else item
        recorded = True
        for step, by_number, passed, failed, ending in bound:
            slots[10] = start  # Slot.SINCE_NS
            try:
                waited = step(index if by_number else given)
            except (Exception, SystemExit) as error:
                end = clock()
                recorded = record(index, start, end, -1, failed)
                fail(error, index, failed >> 32 & 0xFFFF, end)
                if not recorded:
                    writer.count_latency(end - (due or begun) + max(earlier, 0), failed=True)
                return payload if handed_on is None else False
            end = clock()
            if by_number:
                waited = None
            if waited is None and count < room:
                count += 1
                pack_start(chunk, place, count, index, start, end, ending)
                place += RECORD_SIZE
                slots[6] = count  # Slot.PUBLISHED
            else:
                recorded = record(index, start, end, -1 if waited is None else waited, passed)
            start = end
        if not recorded and not handed_on:
            writer.count_latency(start - (due or begun) + max(earlier, 0), failed=False)
        return payload if handed_on is None else True

    def run_stage_item(item: Any) -> bool:
        nonlocal earlier
        due, index, payload, begun_ns = item
        earlier = due - begun_ns if due else -1
        passed: bool = run_task((due, index, payload))
        return passed

    def run_only_step(item: Item) -> Any:
        # A fast path of run_task for the most common task: one step, a closed loop, and room for its record.
        nonlocal count, place
        due, index, payload = item
        if due or count >= room:
            return run_task(item)
        slots[19] = index
        slots[10] = start = clock()
        try:
            waited = step(index if by_number else named(item))
        except (Exception, SystemExit) as error:
            end = clock()
            record(index, start, end, -1, failed)
            fail(error, index, failed >> 32 & 0xFFFF, end)
            return payload
        end = clock()
        count += 1
        if by_number or waited is None:
            pack_start(chunk, place, count, index, start, end, ending)
        else:
            pack(chunk, place, count, index, start, end, waited, passed)
        place += RECORD_SIZE
        slots[6] = count
        return payload

    if handed_on is not None:
        return releasing(run_stage_item, calls)
    step, by_number, passed, failed, ending = bound[0]
    return run_only_step if len(bound) == 1 else releasing(run_task, calls)


class LoopLane:
    """The loop file that all coroutines of one thread's event loop share, and the coroutines' numbers in it."""

    def __init__(self, writer: PhaseWriter) -> None:
        self.writer, self.record, self.numbers = writer, writer.recorder(), itertools.count()
        self.created_ns: int = writer.slots[Slot.CREATED_NS]
        writer.slots[Slot.WORKERS] = 1


def tails(call: StepCall, steps: range, *, handed_on: bool = False) -> tuple[int, int]:
    """Return the tail of a call's record for a call that passed, and for one that failed and so ended its task."""
    end = LAST | HANDED_ON if handed_on else LAST
    flags = OK | FOR_LIMIT if call.for_limit else OK | end if call.number == steps[-1] else OK
    return tail(0, call.number, flags), tail(0, call.number, LAST)
