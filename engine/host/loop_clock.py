"""Records asyncio's own event loop as it runs: when each of its callbacks became ready.

Guarantees. The loop is a subclass of the one that asyncio would have made: callbacks run in the same order, by the same
code. Added are one clock read for each callback that becomes ready, and two for each iteration. A callback made ready
by a timer or by data on a socket counts as ready since the timer was due or the data arrived, also if another callback
passes it on. A timer that expires while the loop sleeps for it is not late.
"""

from __future__ import annotations

import asyncio
import collections
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from engine.record.loop_file import TOGETHER_NS, TURNS, LoopWriter, Record, loop_tail

Wrap = Callable[[Any], Any]
_END_SLEEP: Final = getattr(asyncio.futures, "_set_result_unless_cancelled", None)  # the callback of asyncio.sleep
# A poll for events that took longer than this is taken to have slept until one came. After a long callback the thread
# may only have lost its core, so the limit grows by 1 / 2**_SLEPT_SHARE of the callback's time, up to the largest
# value.
_SLEPT_NS: Final = 20_000
_SLEPT_SHARE: Final = 4
_SLEPT_MOST_NS: Final = 1_000_000
_MOST_GUESSES: Final = 64  # enough, as ready callbacks run within a few iterations


@dataclass(slots=True)
class LoopClock:
    """The state of a recorded loop, for the code that runs on it.

    `queue` holds the callbacks that are ready and wait for the loop. `stamps` has the times at which callbacks became
    ready: first those that have run since the loop last polled for events, then those in the queue; the running one is
    at `len(stamps) - len(queue) - 1`. A negative stamp means that the end of an `asyncio.sleep` made it ready.
    `overdue` counts the timers that are due but not in the queue. `guesses` are the newest stamps that are guesses (of
    events that arrived while the loop was busy), each with the time of the poll before. `record` writes into the loop's
    file; `publish`, called at the end of each iteration, makes it visible to readers. Call `held` for a coroutine that
    keeps the loop for more than `told_ns`.
    """

    writer: LoopWriter
    queue: collections.deque[Any]
    stamps: list[int]
    guesses: dict[int, int]
    overdue: Callable[[], int]
    record: Record
    publish: Callable[[], None]
    now: Callable[[], int] = time.perf_counter_ns
    told_ns: int = 0
    loop: Any = None
    record_waits_so_far: Callable[[], None] | None = None  # those that are not over yet; for the loop's own thread
    held: Callable[[list[int], int], None] | None = None
    settle_wait: Callable[[list[int], int], None] | None = None  # see `wait_recorder`


def clock_of(loop: object) -> LoopClock | None:
    """Return the clock of a loop that `record_loop` made, None for any other."""
    clock = getattr(loop, "gilscope_clock", None)
    return clock if isinstance(clock, LoopClock) else None


def can_record(kind: type) -> bool:
    """Return whether loops of a kind can be recorded: asyncio's own can."""
    return all(hasattr(kind, name) for name in ("_run_once", "_process_events", "close"))


def recorded_loop(kind: Any, writer: LoopWriter, recorder: Callable[[LoopClock], Wrap] | None) -> Any:  # noqa: C901
    """Return a new loop of `kind`, recorded by `writer`; its `gilscope_clock` is a LoopClock.

    `recorder` returns a function that is called with each coroutine that becomes a task of the loop, and returns its
    replacement.
    """
    # One closure for everything: attribute look-ups would cost more than writing the records.
    clock, length, end_sleep = time.perf_counter_ns, len, _END_SLEEP
    timer: Any = asyncio.TimerHandle
    push = collections.deque.append
    slots = writer.slots
    # The first `left` stamps belong to callbacks queued before this iteration polled for events. Those after them,
    # which also run in this iteration, belong to events: timers, sockets, other threads.
    stamps: list[int] = []
    stamp = stamps.append
    left = 0
    asked = looked = 0  # when this iteration's poll for events began, and when it returned
    event_ns = 0  # when the sockets' events count as having arrived; 0: none are being processed
    outside_ns = 0  # when another thread made the running callback ready; 0: none did
    guesses: dict[int, int] = {}
    timers = late = late_max = longest = 0
    group_start = group_busy = group_turns = group_ran = group_end = 0

    def due(handle: Any) -> int:
        """Return since when a handle that no callback made ready has been ready."""
        nonlocal timers, late, late_max
        if type(handle) is not timer:
            return event_ns or clock()
        timers += 1
        when = int(handle._when * 1e9) + offset_ns
        if when >= asked:  # the loop slept until now, for this
            when = looked
        else:
            late += looked - when
            if looked - when > late_max:
                late_max = looked - when
        return -when if handle._callback is end_sleep else when

    class ReadyQueue(collections.deque):  # type: ignore[type-arg]
        __slots__ = ()

        def append(self, handle: Any) -> None:
            ran = length(stamps) - length(self)
            # A callback made ready by an event's callback counts as ready since the event.
            stamp(stamps[ran - 1] if ran > left else (outside_ns or clock()) if ran else due(handle))
            push(self, handle)

    queue = ReadyQueue()

    def keep_group() -> None:
        nonlocal group_turns
        ran = min(group_ran, 0xFFFFFFFF)
        known.record(group_turns, group_start, group_busy, group_end, loop_tail(ran, 0, TURNS))
        group_turns = 0

    def run_once(self: Any) -> None:
        nonlocal left, asked, longest
        nonlocal group_start, group_busy, group_turns, group_ran, group_end
        left = length(queue)
        del stamps[: length(stamps) - left]
        asked = clock()
        kind._run_once(self)
        end = clock()
        busy, still = end - looked, length(queue)
        ran = length(stamps) - still
        slots[8] += 1
        slots[9] += busy
        slots[10] += (ran + still) * busy >> 1
        known.publish()
        slots[11], slots[12], slots[13], slots[15] = timers, late, late_max, end
        if busy > longest:
            longest = busy
            slots[22], slots[23], slots[24] = looked, end, still
        if group_turns and end - group_start > TOGETHER_NS:
            keep_group()
        if not group_turns:
            group_start, group_busy, group_ran = asked, 0, 0
        group_turns += 1
        group_busy += busy
        group_ran += ran
        group_end = end
        slots[14] = 0  # LoopSlot.SINCE_NS; set last, as records may be written until here

    def process_events(self: Any, events: Any) -> None:
        nonlocal looked, event_ns
        now = clock()
        if events:
            # An event that arrived while the loop was busy came at some time since the last poll: halfway is the guess,
            # until a step knows better (see `settle_wait`).
            took = now - asked
            if not left and took > _SLEPT_NS and took > min((asked - looked) >> _SLEPT_SHARE, _SLEPT_MOST_NS):
                event_ns = now
            else:
                event_ns = (now + looked) >> 1
                if length(guesses) > _MOST_GUESSES:
                    guesses.clear()
                guesses[event_ns] = looked
            kind._process_events(self, events)
            event_ns = 0
        slots[14] = looked = now

    def close(self: Any) -> None:
        if group_turns:
            keep_group()
        kind.close(self)

    def call_soon_threadsafe(self: Any, callback: Any, *arguments: Any, **options: Any) -> Any:
        return kind.call_soon_threadsafe(self, from_outside, clock(), callback, *arguments, **options)

    def from_outside(made_ns: int, callback: Any, *arguments: Any) -> None:
        nonlocal outside_ns
        outside_ns = made_ns
        try:
            callback(*arguments)
        finally:
            outside_ns = 0

    def create_task(self: Any, coroutine: Any, **options: Any) -> Any:
        return kind.create_task(self, wrap(coroutine), **options)

    methods = {
        "_run_once": run_once,
        "_process_events": process_events,
        "call_soon_threadsafe": call_soon_threadsafe,
        "close": close,
    }
    if recorder is not None:
        methods["create_task"] = create_task
    loop = type(kind.__name__, (kind,), methods)()
    loop._ready = queue
    offset_ns = clock() - int(loop.time() * 1e9)
    looked = clock()
    known = LoopClock(
        writer,
        queue,
        stamps,
        guesses,
        overdue=lambda: _overdue(loop._scheduled, loop.time()),
        record=writer.recorder(),
        publish=lambda: None,
    )
    known.loop = loop
    wrap: Any = recorder(known) if recorder is not None else None
    loop.gilscope_clock = known
    return loop


def _overdue(scheduled: list[Any], now: float) -> int:
    """Return how many timers of a heap are due; no timer below one that is not due can be due."""
    count, places = 0, [0]
    while places:
        place = places.pop()
        if place < len(scheduled) and scheduled[place]._when <= now:
            count += not scheduled[place]._cancelled
            places += [2 * place + 1, 2 * place + 2]
    return count
