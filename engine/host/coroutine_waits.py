"""Records when coroutines of a recorded loop yielded, became ready and continued, by standing between them and the
loop.

Guarantees. What a coroutine yields to the loop, and what the loop sends to it, is passed on unchanged. All waits in its
steps are recorded; of its waits between tasks, the part for which it was ready. asyncio tasks created by the user's own
functions are left alone.
"""

from __future__ import annotations

import asyncio
import contextvars
import types
from collections.abc import Callable, Generator, Iterator
from typing import Any, Final

from engine.host.awaits import is_lock
from engine.host.loop_clock import LoopClock
from engine.host.loop_holds import (
    GUESSED,
    IO_TAIL,
    LOCK_TAIL,
    READY_TAIL,
    SINCE_NS,
    STATE_SIZE,
    TASK,
    TOLD_NS,
    WAITED_NS,
    WORKER,
    hold_watch,
)
from engine.record.loop_file import BETWEEN, READY, RECORD, RECORD_SIZE, loop_tail

coroutine_state: contextvars.ContextVar[list[int] | None] = contextvars.ContextVar("coroutine_state", default=None)

AT_ONCE_NS: Final = 1_500  # what is ready within this time counts as no wait
_BETWEEN: Final = loop_tail(0, BETWEEN, READY)


def waiting_coroutines(loop: LoopClock) -> Iterator[tuple[list[int], Any, Any, int]]:
    """Yield for each suspended coroutine with a lane: its state, itself, what it yielded to the loop, and when.

    Call it only in the loop's own thread.
    """
    for task in asyncio.all_tasks(loop.loop):
        drive = getattr(getattr(task.get_coro(), "cr_await", None), "gi_frame", None)
        known = {} if drive is None else drive.f_locals
        state = known.get("state")
        if state and state[WORKER] >= 0 and "gone" in known:
            yield state, known["coroutine"], known["awaits"], known["gone"]


def wait_recorder(loop: LoopClock) -> Callable[[Any], Any]:  # noqa: C901
    """Return a function that wraps a coroutine for a task of the loop, so that its waits are recorded."""
    at_once_ns, between, clock, length = AT_ONCE_NS, _BETWEEN, loop.now, len
    stamps, queue, slots, guesses = loop.stamps, loop.queue, loop.writer.slots, loop.guesses
    pack, make_room = RECORD.pack_into, loop.writer.make_room
    chunk: Any = None
    count = place = room = 0
    held = loop.held = hold_watch(loop)

    def record(task: int, first_ns: int, second_ns: int, third_ns: int, tail: int) -> None:
        nonlocal chunk, count, place, room
        if count >= room:
            free = make_room(count)
            if free is None:
                loop.writer.count_unrecorded(first_ns, second_ns, third_ns, tail)
                return
            chunk, place, room = free
        count += 1
        pack(chunk, place, count, task, first_ns, second_ns, third_ns, tail)
        place += RECORD_SIZE

    def publish() -> None:
        slots[6] = count  # LoopSlot.PUBLISHED

    loop.record, loop.publish = record, publish

    @types.coroutine
    def drive(coroutine: Any) -> Generator[Any, Any, Any]:  # noqa: C901
        nonlocal count, place
        since = clock()
        made = abs(stamps[length(stamps) - length(queue) - 1]) if stamps else since
        state = [-1, 0, 0, 0, 0, 0, 0, since, made, since, 0, 0, 0]
        coroutine_state.set(state)
        send = coroutine.send
        try:
            awaits = send(None)
            while True:
                gone = clock()
                if gone - since > loop.told_ns and state[READY_TAIL]:
                    held(state, gone)
                try:
                    yield awaits
                except BaseException as thrown:
                    since = state[SINCE_NS] = clock()
                    if state[READY_TAIL]:
                        record(state[TASK], gone, since, since, state[IO_TAIL])
                    awaits = coroutine.throw(thrown)
                    continue
                since = state[SINCE_NS] = slots[27] = clock()  # LoopSlot.RUNS_SINCE_NS
                slots[26], slots[28] = state[WORKER], state[TASK]
                ready = stamps[length(stamps) - length(queue) - 1]
                tail = 0
                if state[TOLD_NS]:
                    gone, state[TOLD_NS] = state[TOLD_NS], 0
                if awaits is None:  # a bare yield, such as `asyncio.sleep(0)`
                    ready = gone
                elif ready < 0:  # a sleep that is over
                    ready, tail = -ready, state[IO_TAIL]
                if ready > since:
                    ready = since
                if not state[READY_TAIL]:
                    if since - ready > at_once_ns and state[WORKER] >= 0:
                        record(state[TASK], ready, ready, since, between | state[WORKER])
                    awaits = send(None)
                    continue
                if ready - gone > at_once_ns:
                    state[WAITED_NS] += ready - gone
                    if ready in guesses:
                        if not state[GUESSED]:
                            del state[STATE_SIZE:]
                        state[GUESSED] += 1
                        state += (count + 1, guesses[ready])
                    tail = tail or state[LOCK_TAIL if is_lock(coroutine, awaits) else IO_TAIL]
                else:
                    tail = state[READY_TAIL]
                    if ready < gone:
                        ready = gone
                if count < room:  # as `record` does it, without a call
                    count += 1
                    pack(chunk, place, count, state[TASK], gone, ready, since, tail)
                    place += 48
                else:
                    record(state[TASK], gone, ready, since, tail)
                awaits = send(None)
        except StopIteration as stop:
            return stop.value

    def record_waits_so_far() -> None:
        if slots[14]:  # LoopSlot.SINCE_NS: the loop has woken up, and may be about to record a wait itself
            return
        now = clock()
        for state, coroutine, awaits, gone in waiting_coroutines(loop):
            if state[READY_TAIL] and awaits is not None:
                tail = state[LOCK_TAIL if is_lock(coroutine, awaits) else IO_TAIL]
                record(state[TASK], state[TOLD_NS] or gone, now, now, tail)
                state[TOLD_NS] = now
        publish()

    loop.record_waits_so_far = record_waits_so_far

    def settle_wait(state: list[int], known_ns: int) -> None:
        """Correct the guessed ends of a step's waits, so that together its waits took as long as the step knows.

        A record is changed in place, in one number: a reader that has read it already keeps the guess.
        """
        for place_of in range(STATE_SIZE + 2 * (state[GUESSED] - 1), STATE_SIZE - 1, -2):
            settle_one(state, known_ns, *state[place_of : place_of + 2])
        state[GUESSED] = 0

    def settle_one(state: list[int], known_ns: int, number: int, earliest_ns: int) -> None:
        behind = (count - number) * RECORD_SIZE
        at = place - behind - RECORD_SIZE
        if at < 0:  # the record is in an earlier chunk
            return
        _, task, first_ns, second_ns, third_ns, tail = RECORD.unpack_from(chunk, at)
        since_ns = max(first_ns, earliest_ns)
        end_ns = min(max(second_ns - (state[WAITED_NS] - known_ns), since_ns), third_ns)
        state[WAITED_NS] += end_ns - second_ns
        pack(chunk, at, number, task, first_ns, end_ns, third_ns, tail)

    loop.settle_wait = settle_wait

    async def recorded(coroutine: Any) -> Any:
        return await drive(coroutine)

    def recorded_task(coroutine: Any) -> Any:
        state = coroutine_state.get()
        if not isinstance(coroutine, types.CoroutineType) or (state is not None and state[READY_TAIL]):
            return coroutine  # a step created this task
        driven: Any = recorded(coroutine)
        driven.__name__, driven.__qualname__ = coroutine.__name__, coroutine.__qualname__
        return driven

    return recorded_task
