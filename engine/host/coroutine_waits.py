"""Records when coroutines of a recorded loop yielded in their steps, became ready and continued.

Guarantees. What a step yields to the loop, and what the loop sends to it, is passed on unchanged. All waits in steps
are recorded; of a coroutine's waits between two tasks, the parts for which it was ready: of the last wait, or of all
where tasks reach the coroutines over queues and pipes (`between`). asyncio tasks created by the user's own functions
are left alone.
"""

from __future__ import annotations

import asyncio
import contextvars
import types
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Final

from engine.host.awaits import is_lock
from engine.host.loop_clock import Creator, LoopClock
from engine.host.loop_holds import (
    BEGUN_NS,
    GONE_NS,
    GUESSED,
    IO_TAIL,
    ITERATION,
    LOCK_TAIL,
    MADE_NS,
    READY_TAIL,
    SINCE_NS,
    STATE_SIZE,
    TASK,
    WAITED_NS,
    WORKER,
    hold_watch,
)
from engine.record.loop_file import BETWEEN, READY, RECORD, RECORD_SIZE, loop_tail

coroutine_state: contextvars.ContextVar[list[int] | None] = contextvars.ContextVar("coroutine_state", default=None)

AT_ONCE_NS: Final = 1_500  # what is ready within this time counts as no wait
_BETWEEN: Final = loop_tail(0, BETWEEN, READY)
_LANES: Final = "engine.host.async_lane"  # whose coroutines run steps, and have the state in a variable of that name


@dataclass(frozen=True, slots=True)
class CoroutineWaits:
    """Records the waits of a loop's coroutines into the loop's file; see `coroutine_waits`.

    `watched(state, coroutine)` returns what a step awaits instead of its coroutine. `waited_once(state, now_ns)`
    records the only wait of a step without `watched`, which began at state[GONE_NS] and is over now, and returns how
    long it has waited since the task began; `interrupted(state)` records one that ended with an exception.
    `begin(state, task, now_ns)` is called when a coroutine begins a task that has waited since its last step.
    `settle(state, known_ns)` corrects the guessed ends of a step's waits, so that together its waits took as long as
    the step knows. `between(state, coroutine)` returns what also records each wait of a coroutine between two tasks, as
    far as it was ready.
    """

    watched: Callable[[list[int], Any], Any]
    waited_once: Callable[[list[int], int], int]
    interrupted: Callable[[list[int]], None]
    begin: Callable[[list[int], int, int], None]
    settle: Callable[[list[int], int], None]
    record_so_far: Callable[[], None]
    between: Callable[[list[int], Any], Any]


def new_state(made_ns: int) -> list[int]:
    """Return the state of a coroutine without a task yet, created at that time (0: not known)."""
    state = [0] * STATE_SIZE
    state[WORKER] = state[READY_TAIL] = state[ITERATION] = -1
    state[MADE_NS] = made_ns
    return state


def state_recorder(loop: LoopClock, create: Creator, *, between: bool = False) -> Creator:
    """Return a function that creates the loop's tasks by `create`, each with a state of its own in its context.

    `between`: record every wait between two tasks, not only the last.
    """
    loop.coroutines = waits = coroutine_waits(loop)
    clock = loop.now

    async def recorded(state: list[int], coroutine: Any) -> Any:
        return await waits.between(state, coroutine)

    def create_task(self: Any, coroutine: Any, **options: Any) -> Any:
        state = coroutine_state.get()
        if (state is not None and state[READY_TAIL] > 0) or options.get("context") is not None:
            return create(self, coroutine, **options)  # a step created this task, or it has a context of its own
        state = new_state(0)
        if between and isinstance(coroutine, types.CoroutineType):
            name, qualname = coroutine.__name__, coroutine.__qualname__
            coroutine = recorded(state, coroutine)
            coroutine.__name__, coroutine.__qualname__ = name, qualname
        before = coroutine_state.set(state)  # the new task copies this context
        try:
            return create(self, coroutine, **options)
        finally:
            coroutine_state.reset(before)
            state[MADE_NS] = clock()

    return create_task


def coroutine_waits(loop: LoopClock) -> CoroutineWaits:  # noqa: C901
    """Return what records the waits of a loop's coroutines."""
    at_once_ns, clock = AT_ONCE_NS, loop.now
    running, slots, guesses = loop.running, loop.writer.slots, loop.guesses
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
    def watched(state: list[int], coroutine: Any) -> Generator[Any, Any, Any]:
        # Thousands of these are suspended at a time, and the garbage collector visits everything that each refers to:
        # so it has as few variables as possible.
        try:
            awaits = coroutine.send(None)
            while True:
                yielded(state)
                try:
                    yield awaits
                except BaseException as thrown:
                    interrupted(state)
                    awaits = coroutine.throw(thrown)
                    continue
                resumed(state, coroutine, awaits)
                awaits = coroutine.send(None)
        except StopIteration as stop:
            return stop.value

    @types.coroutine
    def between(state: list[int], coroutine: Any) -> Generator[Any, Any, Any]:
        try:
            awaits = coroutine.send(None)
            while True:
                in_step = state[READY_TAIL] > 0
                try:
                    yield awaits
                except BaseException as thrown:
                    awaits = coroutine.throw(thrown)
                    continue
                if not in_step and state[WORKER] >= 0:
                    begin(state, state[TASK], clock())
                awaits = coroutine.send(None)
        except StopIteration as stop:
            return stop.value

    def yielded(state: list[int]) -> None:
        state[GONE_NS] = now = clock()
        if now - state[SINCE_NS] > loop.told_ns:
            held(state, now)

    def runs_again(state: list[int], now: int) -> None:
        state[SINCE_NS] = slots[27] = now  # LoopSlot.RUNS_SINCE_NS
        slots[26], slots[28] = state[WORKER], state[TASK]
        state[ITERATION] = running[1]

    def interrupted(state: list[int]) -> None:
        now = clock()
        runs_again(state, now)
        record(state[TASK], state[GONE_NS], now, now, state[IO_TAIL])

    def resumed(state: list[int], coroutine: Any, awaits: Any) -> None:
        nonlocal count, place
        now = clock()
        runs_again(state, now)
        gone, ready, tail = state[GONE_NS], running[0], 0
        if awaits is None:  # a bare yield, such as `asyncio.sleep(0)`
            ready = gone
        elif ready < 0:  # a sleep that is over
            ready, tail = -ready, state[IO_TAIL]
        if ready > now:
            ready = now
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
            pack(chunk, place, count, state[TASK], gone, ready, now, tail)
            place += 48
        else:
            record(state[TASK], gone, ready, now, tail)

    def waited_once(state: list[int], now: int) -> int:
        nonlocal count, place
        gone, ready = state[GONE_NS], running[0]
        if ready < 0:
            ready = -ready
        if ready > now:
            ready = now
        elif ready < gone:
            ready = gone
        if count < room:  # as `record` does it, without a call
            count += 1
            pack(chunk, place, count, state[TASK], gone, ready, now, state[IO_TAIL])
            place += 48
        else:
            record(state[TASK], gone, ready, now, state[IO_TAIL])
        state[SINCE_NS] = slots[27] = now  # as `runs_again` does it
        slots[26], state[ITERATION] = state[WORKER], running[1]
        return ready - state[BEGUN_NS]

    def begin(state: list[int], task: int, now: int) -> None:
        ready = min(abs(running[0]), now)
        first = state[ITERATION] < 0
        runs_again(state, now)
        if first:
            if not 0 < ready <= state[MADE_NS]:  # it has waited since it was created
                return
        elif now - ready <= at_once_ns:
            return
        record(task, ready, ready, now, _BETWEEN | state[WORKER])

    def record_so_far() -> None:
        if slots[14]:  # LoopSlot.SINCE_NS: the loop has woken up, and may be about to record a wait itself
            return
        now = clock()
        for state, _, coroutine, awaits in waiting_coroutines(loop):
            if awaits is not None:
                tail = state[LOCK_TAIL if is_lock(coroutine, awaits) else IO_TAIL]
                record(state[TASK], state[GONE_NS], now, now, tail)
                state[WAITED_NS] += now - state[GONE_NS]
                state[GONE_NS] = now
        publish()

    def settle(state: list[int], known_ns: int) -> None:
        """Correct the guesses. A record is changed in place, in one number: a reader that has read it already keeps
        the guess.
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

    return CoroutineWaits(watched, waited_once, interrupted, begin, settle, record_so_far, between)


def waiting_coroutines(loop: LoopClock) -> Iterator[tuple[list[int], Any, Any, Any]]:
    """Yield for each coroutine suspended in a step: its state, itself, the step's coroutine, and what that yielded.

    Call it only in the loop's own thread.
    """
    for task in asyncio.all_tasks(loop.loop):
        coroutine = task.get_coro()
        while coroutine is not None:
            inner = awaited_by(coroutine)
            state = None if inner is None else _state_in(getattr(coroutine, "cr_frame", None))
            if state is not None:
                yield state, task.get_coro(), inner, getattr(task, "_fut_waiter", None)
                break
            coroutine = inner


def awaited_by(coroutine: Any) -> Any:
    """Return what a suspended coroutine or generator awaits: of a step, its coroutine, not what records its waits."""
    awaited = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    frame = getattr(awaited, "gi_frame", None)
    return awaited if frame is None or frame.f_globals is not globals() else frame.f_locals["coroutine"]


def _state_in(frame: Any) -> list[int] | None:
    if frame is None or frame.f_globals.get("__name__") != _LANES:
        return None
    state: list[int] | None = frame.f_locals.get("state")
    return state if state is not None and state[READY_TAIL] > 0 else None
