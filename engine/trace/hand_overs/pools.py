"""Finds when a task was submitted to a pool's worker: recorded where tasks carry a payload."""

from __future__ import annotations

from engine.trace.hand_overs.hand_over import HandOver, Released
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.search import Found


def pool_hand_overs(store: PhaseStore, found: Found) -> list[HandOver]:
    """Return the way of a task from the thread that submitted it to the worker that ran it, if it is recorded."""
    task = int(store.tracks[found.lane].records["task"][found.place])
    carried = store.carried(task)
    if carried is None or store.is_pipeline or not 0 < carried.handed_ns <= found.begin_ns:
        return []
    return [HandOver(None, carried.handed_ns, found.lane, found.begin_ns, Released.POOL)]
