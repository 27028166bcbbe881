"""Records asyncio's own event loop as it runs: when each of its callbacks became ready.

Guarantees. The loop is a subclass of the one that asyncio would have made. Callbacks run in the same order: its
iteration follows asyncio's `_run_once`, which has been the same since Python 3.10, line by line (the subclass could not
see each callback otherwise, without a call for each). Added are one clock read for each callback that another one makes
ready, and two for each iteration. A callback made ready by a timer or by data on a socket counts as ready since the
timer was due or the data arrived, also if another callback passes it on. A timer that expires while the loop sleeps for
it is not late.
"""

from __future__ import annotations

import asyncio
import collections
import contextvars
import heapq
import math
import time
from asyncio import base_events
from asyncio.log import logger
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from engine.record.loop_file import TOGETHER_NS, TURNS, LoopWriter, Record, loop_tail

Creator = Callable[..., Any]  # of the loop's tasks, in place of `create_task`
_END_SLEEP: Final = getattr(asyncio.futures, "_set_result_unless_cancelled", None)  # the callback of asyncio.sleep
# A poll for events that took longer than this is taken to have slept until one came. After a long callback the thread
# may only have lost its core, so the limit grows by 1 / 2**_SLEPT_SHARE of the callback's time, up to the largest
# value.
_SLEPT_NS: Final = 20_000
_SLEPT_SHARE: Final = 4
_SLEPT_MOST_NS: Final = 1_000_000
_MOST_GUESSES: Final = 64  # enough, as ready callbacks run within a few iterations


# As asyncio: cancelled timers are removed when they are more than half of so many; no poll waits longer than a day.
_FEW_TIMERS: Final = getattr(base_events, "_MIN_SCHEDULED_TIMER_HANDLES", 100)
_MOST_CANCELLED: Final = getattr(base_events, "_MIN_CANCELLED_TIMER_HANDLES_FRACTION", 0.5)
_LONGEST_POLL_S: Final = getattr(base_events, "MAXIMUM_SELECT_TIMEOUT", 24 * 3600)


@dataclass(slots=True)
class LoopClock:
    """The state of a recorded loop, for the code that runs on it.

    `queue` holds the callbacks that are ready and wait for the loop. `running` holds two numbers: when the callback
    that runs now became ready, negative if the end of an `asyncio.sleep` made it ready, and how many iterations there
    have been. `guesses` are the newest times of this kind that are guesses (of events that arrived while the loop was
    busy), each with the time of the poll before. `record` writes into the loop's file; `publish`, called at the end of
    each iteration, makes it visible to readers. Call `held` for a coroutine that keeps the loop for more than
    `told_ns`. `new_timer` sets a timer as `asyncio.sleep` does, in fewer steps; its first argument is the future.
    """

    writer: LoopWriter
    loop: Any
    queue: collections.deque[Any]
    running: list[int]
    guesses: dict[int, int]
    record: Record
    publish: Callable[[], None]
    now: Callable[[], int] = time.perf_counter_ns
    told_ns: int = 0
    new_timer: Callable[[float], Any] | None = None
    coroutines: Any = None  # a CoroutineWaits, if the waits of coroutines are recorded
    held: Callable[[list[int], int], None] | None = None


Recorder = Callable[[LoopClock, Creator], Creator]


def clock_of(loop: object) -> LoopClock | None:
    """Return the clock of a loop that `record_loop` made, None for any other."""
    clock = getattr(loop, "gilscope_clock", None)
    return clock if isinstance(clock, LoopClock) else None


def can_record(kind: type) -> bool:
    """Return whether loops of a kind can be recorded: asyncio's own can."""
    iteration = getattr(asyncio.BaseEventLoop, "_run_once", None)
    return iteration is not None and getattr(kind, "_run_once", None) is iteration


def recorded_loop(kind: Any, writer: LoopWriter, recorder: Recorder | None) -> Any:  # noqa: C901
    """Return a new loop of `kind`, recorded by `writer`; its `gilscope_clock` is a LoopClock.

    `recorder` returns the function that creates the loop's tasks instead of its `create_task`, which it is given.
    """
    # One closure for everything: attribute look-ups would cost more than writing the records.
    clock, length, end_sleep = time.perf_counter_ns, len, _END_SLEEP
    push, push_timer, pop_timer, now_s = collections.deque.append, heapq.heappush, heapq.heappop, time.monotonic
    timer_context = contextvars.copy_context()
    slots = writer.slots
    # When each callback in the queue became ready. Other threads add to both, so they may briefly differ.
    stamps: collections.deque[int] = collections.deque()
    stamp, next_stamp = stamps.append, stamps.popleft
    running = [0, 0]
    asked = looked = 0  # when this iteration's poll for events began, and when it returned
    # Since when the callbacks count as ready that become so now: since an event, if one of its callbacks runs or it is
    # being processed; since another thread called. 0: only now.
    event_ns = outside_ns = 0
    guesses: dict[int, int] = {}
    timers = late = late_max = longest = 0
    group_start = group_busy = group_turns = group_ran = group_end = 0

    class ReadyQueue(collections.deque):  # type: ignore[type-arg]
        __slots__ = ()

        def append(self, handle: Any) -> None:
            stamp(event_ns or outside_ns or clock())
            push(self, handle)

    queue = ReadyQueue()
    take = queue.popleft

    def keep_group() -> None:
        nonlocal group_turns
        ran = min(group_ran, 0xFFFFFFFF)
        known.record(group_turns, group_start, group_busy, group_end, loop_tail(ran, 0, TURNS))
        group_turns = 0

    def find_ready(self: Any) -> None:
        """Poll for events and put what has become ready into the queue: the first half of asyncio's `_run_once`."""
        nonlocal timers, late, late_max
        scheduled = self._scheduled
        if length(scheduled) > _FEW_TIMERS and self._timer_cancelled_count / length(scheduled) > _MOST_CANCELLED:
            scheduled = _without_cancelled(self)
        while scheduled and scheduled[0]._cancelled:
            self._timer_cancelled_count -= 1
            pop_timer(scheduled)._scheduled = False
        timeout = None
        if queue or self._stopping:
            timeout = 0
        elif scheduled:
            timeout = min(max(0, scheduled[0]._when - self.time()), _LONGEST_POLL_S)
        self._process_events(self._selector.select(timeout))
        now = self.time()
        end_time = now + max(self._clock_resolution, math.ulp(now))
        while scheduled and scheduled[0]._when < end_time:
            handle = pop_timer(scheduled)
            handle._scheduled = False
            when = int(handle._when * 1e9) + offset_ns
            timers += 1
            if when >= asked:  # the loop slept until now, for this
                when = looked
            else:
                late += looked - when
                if looked - when > late_max:
                    late_max = looked - when
            stamp(-when if handle._callback is end_sleep else when)
            push(queue, handle)

    def run_once(self: Any) -> None:
        nonlocal asked, longest, event_ns
        nonlocal group_start, group_busy, group_turns, group_ran, group_end
        event_ns = 0
        before = length(queue)
        if not before:
            stamps.clear()
        asked = clock()
        find_ready(self)
        ran, debug = length(queue), self._debug
        # The first ones were queued before this iteration polled for events; those after them belong to events:
        # timers, sockets, other threads.
        for left in range(ran, 0, -1):
            handle = take()
            running[0] = ready_ns = next_stamp() if stamps else clock()
            if handle._cancelled:
                continue
            if left <= ran - before:
                event_ns = ready_ns
            if debug:
                _run_in_debug_mode(self, handle)
            else:
                handle._run()
        handle = None  # as asyncio does, to break reference cycles
        event_ns = 0
        end = clock()
        busy, still = end - looked, length(queue)
        running[1] += 1
        slots[8] = running[1]
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
            # until a step knows better (see `CoroutineWaits.settle`).
            took = now - asked
            if not queue and took > _SLEPT_NS and took > min((asked - looked) >> _SLEPT_SHARE, _SLEPT_MOST_NS):
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
        return create(self, coroutine, **options)

    def new_timer(duration_s: float) -> Any:
        handle = _SleepTimer(now_s() + duration_s, loop.create_future(), loop, timer_context)
        push_timer(loop._scheduled, handle)
        return handle

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
    offset_ns = max(clock() - int(loop.time() * 1e9) for _ in range(10))  # the thread may lose its core in between
    looked = clock()
    known = LoopClock(writer, loop, queue, running, guesses, writer.recorder(), publish=lambda: None)
    if end_sleep is not None and kind.time is asyncio.BaseEventLoop.time:
        known.new_timer = new_timer
    create: Any = recorder(known, kind.create_task) if recorder is not None else None
    loop.gilscope_clock = known
    return loop


class _SleepTimer(asyncio.TimerHandle):
    """The timer of an `asyncio.sleep`, made and compared in fewer steps than its base class."""

    __slots__ = ()

    def __init__(self, when: float, future: Any, loop: Any, context: contextvars.Context) -> None:
        self._when, self._callback, self._args = when, _END_SLEEP, (future, None)
        self._loop, self._context = loop, context
        self._scheduled, self._cancelled = True, False
        self._repr = self._source_traceback = None

    def __lt__(self, other: Any) -> bool:
        return self._when < other._when  # type: ignore[no-any-return]


def _without_cancelled(loop: Any) -> list[Any]:
    kept = []
    for handle in loop._scheduled:
        if handle._cancelled:
            handle._scheduled = False
        else:
            kept.append(handle)
    heapq.heapify(kept)
    loop._scheduled, loop._timer_cancelled_count = kept, 0
    return kept


def _run_in_debug_mode(loop: Any, handle: Any) -> None:
    """Run a callback as asyncio does in debug mode: it warns of one that took long."""
    loop._current_handle = handle
    try:
        began_s = loop.time()
        handle._run()
        took_s = loop.time() - began_s
        if took_s >= loop.slow_callback_duration:
            named = getattr(base_events, "_format_handle", str)(handle)
            logger.warning("Executing %s took %.3f seconds", named, took_s)
    finally:
        loop._current_handle = None
