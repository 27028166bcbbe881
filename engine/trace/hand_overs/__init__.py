"""Finds who released what a task waited for, and who went on with it: only where the run's records show both."""

from __future__ import annotations

from engine.trace.hand_overs.hand_over import HandOver, Released
from engine.trace.hand_overs.locks import lock_hand_overs
from engine.trace.hand_overs.loops import loop_hand_overs
from engine.trace.hand_overs.pools import pool_hand_overs
from engine.trace.hand_overs.seen_locks import seen_lock_hand_overs
from engine.trace.hand_overs.stages import stage_hand_overs
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.search import Found

__all__ = ["HandOver", "Released", "hand_overs"]


def hand_overs(store: PhaseStore, found: Found) -> tuple[HandOver, ...]:
    """Return the hand-overs in which a task took part, to it and from it, in the order in which they ended."""
    every = [
        *stage_hand_overs(store, found),
        *pool_hand_overs(store, found),
        *lock_hand_overs(store, found),
        *seen_lock_hand_overs(store, found),
        *loop_hand_overs(store, found),
    ]
    return tuple(sorted(every, key=lambda each: (each.begun_ns, each.released_ns)))
