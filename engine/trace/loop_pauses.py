"""When an event loop's thread was away from its loop for long, from looks at it: nothing else in the loop went on then.

A loop with nothing to do waits in epoll. A thread that is blocked in anything else for long holds up its loop. One that
runs for long may be in one long call, or in many short ones without a pause between: looks do not tell these apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import LookState
from engine.trace.state_stretches import Ints, state_stretches

LONG_NS: Final = 50_000_000
_LEAST_LOOKS: Final = 5  # in epoll, for a thread to have a loop
_BUSY: Final = (LookState.RUNNING, LookState.GIL)


@dataclass(frozen=True, slots=True)
class LoopPauses:
    """The long stretches for which a loop was held up in one way; `state` is RUNNING where its thread was busy."""

    state: LookState
    count: int
    total_ns: int
    longest_ns: int


def loop_pauses(times_ns: Ints, states: NDArray[Any], rounds: Ints) -> list[LoopPauses] | None:
    """Return what held up the loop of one thread, longest in all first; None where it has no loop.

    What it did before it was in its loop first, and after it was there last, does not count.
    """
    in_loop = np.flatnonzero(states == LookState.LOOP)
    if len(in_loop) < _LEAST_LOOKS:
        return None
    inside = slice(int(in_loop[0]), int(in_loop[-1]) + 1)
    kinds = np.where(np.isin(states[inside], _BUSY), int(LookState.RUNNING), states[inside])
    long: dict[int, list[int]] = {}
    for begin_ns, end_ns, state in state_stretches(times_ns[inside], kinds, rounds[inside]):
        length_ns = end_ns - begin_ns
        if state != LookState.LOOP and length_ns >= LONG_NS:
            long.setdefault(state, []).append(length_ns)
    found = [LoopPauses(LookState(state), len(each), sum(each), max(each)) for state, each in long.items()]
    return sorted(found, key=lambda each: -each.total_ns)
