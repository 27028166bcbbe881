"""Figures of a run's event loops, for `loop` of its result: how busy each was, and who held it longest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.record.lane_table import Lane
from engine.record.loop_file import LoopSlot
from engine.record.loop_reader import LoopReader
from engine.trace.loop_waits import LoopTotals

_MOST: Final = 64  # loops that are listed


@dataclass(frozen=True, slots=True)
class LoopBusiness:
    """Seconds that a loop's thread spent in callbacks, by activity ("computing", "sleep", "network" ...)."""

    seconds: Mapping[str, float]

    @property
    def blocked_s(self) -> float:
        """Return how long it was blocked in some call, or for a lock."""
        return sum(length for what, length in self.seconds.items() if what not in (COMPUTING, GIL))

    @property
    def mostly(self) -> str | None:
        """Return the activity that took most of the time, None if the thread was never looked at."""
        return max(self.seconds, key=lambda what: self.seconds[what], default=None)


COMPUTING: Final = "computing"
GIL: Final = "gil"
# `look(pid, thread, start_ns, end_ns, busy_s)` returns what a loop's thread did in its callbacks between two instants:
# `busy_s` seconds divided by activity, or None where there are no looks.
Look = Callable[[int, int, int, int, float], LoopBusiness | None]


def nobody_looks(pid: int, thread: int, start_ns: int, end_ns: int, busy_s: float) -> None:
    """Return None: a Look for runs without looks."""


def loop_figures(
    loops: Sequence[LoopTotals],
    lanes: Sequence[Lane],
    steps: Mapping[int, str],
    start_ns: int,
    look: Look = nobody_looks,
) -> list[dict[str, object]]:
    """Return the figures of each loop; `start_ns` is the run's start, `steps` maps a step's number to its name."""
    names = {(lane.pid, lane.thread, lane.number): lane for lane in lanes}
    return [_figures(loop.reader, names, steps, start_ns, look) for loop in loops[:_MOST]]


def _figures(
    reader: LoopReader,
    names: Mapping[tuple[int, int, int], Lane],
    steps: Mapping[int, str],
    start_ns: int,
    look: Look,
) -> dict[str, object]:
    slots = reader.slots
    created_ns, end_ns = int(slots[LoopSlot.CREATED_NS]), int(slots[LoopSlot.END_NS])
    busy_s = _seconds(slots[LoopSlot.BUSY_NS])
    seen = look(reader.pid, reader.thread, created_ns, end_ns, busy_s)
    return {
        "pid": reader.pid,
        "tid": reader.thread,
        "busy_s": busy_s,
        "blocked_s": None if seen is None else round(seen.blocked_s, 6),
        "busy_in_s": None if seen is None else {what: round(length, 6) for what, length in seen.seconds.items()},
        "elapsed_s": _seconds(max(0, end_ns - created_ns)),
        "iterations": int(slots[LoopSlot.ITERATIONS]),
        "ready_s": _seconds(slots[LoopSlot.READY_NS]),
        "timers": {
            "rung": int(slots[LoopSlot.TIMERS]),
            "late_s": _seconds(slots[LoopSlot.LATE_NS]),
            "latest_s": _seconds(slots[LoopSlot.LATE_MAX_NS]),
        },
        "longest": _longest_hold(reader, names, steps, start_ns, look),
    }


def _longest_hold(
    reader: LoopReader,
    names: Mapping[tuple[int, int, int], Lane],
    steps: Mapping[int, str],
    start_ns: int,
    look: Look,
) -> dict[str, object] | None:
    """Return the longest stretch in which one coroutine held the loop, or, without worker coroutines, the longest
    iteration.

    `waiting` is how many other coroutines were ready at its end.
    """
    slots = reader.slots
    begun, ended = int(slots[LoopSlot.HOLD_START_NS]), int(slots[LoopSlot.HOLD_END_NS])
    named: dict[str, object] = {"worker": None, "lane": None, "task": None, "step": None}
    waiting = int(slots[LoopSlot.HOLD_WAITING])
    if begun:
        number, step = int(slots[LoopSlot.HOLD_WORKER]), int(slots[LoopSlot.HOLD_STEP])
        lane = names.get((reader.pid, reader.thread, number))
        named = {
            "worker": lane.worker if lane else f"coroutine {number}",
            "lane": lane.lane if lane else None,
            "task": int(slots[LoopSlot.HOLD_TASK]),
            "step": steps.get(step, f"step {step + 1}"),
        }
    else:
        begun, ended = int(slots[LoopSlot.TURN_START_NS]), int(slots[LoopSlot.TURN_END_NS])
        waiting = int(slots[LoopSlot.TURN_READY])
    if not begun:
        return None
    seen = look(reader.pid, reader.thread, begun, ended, (ended - begun) / 1e9)
    return {
        **named,
        "at_s": round((begun - start_ns) / 1e9, 9),
        "held_s": _seconds(ended - begun),
        "in": None if seen is None else seen.mostly,
        "waiting": waiting,
    }


def _seconds(nanoseconds: Any) -> float:
    return round(int(nanoseconds) / 1e9, 6)
