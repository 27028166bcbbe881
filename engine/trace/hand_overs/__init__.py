"""Finds who released what a task waited for, and who went on with it: only where the run's records show both."""

from __future__ import annotations

from typing import Final

from engine.trace.hand_overs.hand_over import HandOver, Released
from engine.trace.hand_overs.locks import lock_hand_overs
from engine.trace.hand_overs.loops import loop_hand_overs
from engine.trace.hand_overs.pools import pool_hand_overs
from engine.trace.hand_overs.seen_locks import seen_lock_hand_overs
from engine.trace.hand_overs.stages import stage_hand_overs
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.search import Found

_SAME_NS: Final = 200_000
__all__ = ["HandOver", "Released", "hand_overs"]


def hand_overs(store: PhaseStore, found: Found) -> tuple[HandOver, ...]:
    """Return the hand-overs in which a task took part, to it and from it, in the order in which they ended."""
    every = [
        *stage_hand_overs(store, found),
        *pool_hand_overs(store, found),
        *lock_hand_overs(store, found),
        *seen_lock_hand_overs(store, found),
    ]
    every += [each for each in loop_hand_overs(store, found) if not _is_known(each, every)]
    return tuple(sorted(every, key=lambda each: (each.begun_ns, each.released_ns)))


def _is_known(one: HandOver, every: list[HandOver]) -> bool:
    """Whether an asyncio lock's hand-over is one that the phases of its step show too."""
    same = [each for each in every if (each.from_lane, each.to_lane) == (one.from_lane, one.to_lane)]
    return one.released is Released.LOCK and any(abs(each.begun_ns - one.begun_ns) < _SAME_NS for each in same)
