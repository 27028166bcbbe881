"""Finds the task next to the selected one: before or after it on its lane, or at its time on another lane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.trace.phase_store import PhaseStore
from engine.trace.picture.search import Found, task_of


def first_task(store: PhaseStore, lanes: Sequence[int], time_ns: int) -> Found | None:
    """Return the task at a time, or the next one after it, of the first of some lanes that has any."""
    found = (_nearest(store, lane, time_ns) for lane in lanes)
    return next((each for each in found if each is not None), None)


def later_task(store: PhaseStore, task: Found, step: int) -> Found | None:
    """Return the next task (`step` 1) or the one before (-1) on a task's lane; None at either end."""
    numbers, place = store.tracks[task.lane].records["task"], task.place
    while 0 <= place < len(numbers) and numbers[place] == numbers[task.place]:
        place += step
    return task_of(store, task.lane, place) if 0 <= place < len(numbers) else None


def task_on_lane_beside(store: PhaseStore, task: Found, order: Sequence[int], step: int) -> Found | None:
    """Return the task at a task's time on the lane that stands `step` rows below its own in `order`."""
    if task.lane not in order:
        return None
    place = order.index(task.lane) + step
    return _nearest(store, order[place], task.begin_ns) if 0 <= place < len(order) else None


def _nearest(store: PhaseStore, lane: int, time_ns: int) -> Found | None:
    if lane >= len(store.tracks) or not store.tracks[lane].count:
        return None
    track = store.tracks[lane]
    place = int(np.searchsorted(track.end, time_ns, side="right"))
    return task_of(store, lane, min(place, track.count - 1))
