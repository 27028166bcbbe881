"""Which task stands beside the selected one: before or after it on its lane, or at its time on the next lane."""

from __future__ import annotations

import numpy as np

from engine.trace.search import Found, task_of
from gui.timeline.scene import TimelineScene


def beside(scene: TimelineScene, rows: int, tasks: int) -> Found | None:
    """Return the task so many rows below and so many tasks later; without a selection the first that is seen."""
    store, selected = scene.store, scene.selected
    if store is None:
        return None
    if selected is None:
        lanes = [each.row.lane for each in scene.seen if each.row.lane is not None]
        found = [_nearest(scene, lane, scene.range.begin_ns) for lane in lanes]
        return next((each for each in found if each is not None), None)
    if not rows:
        track, task = store.tracks[selected.lane], selected.place
        step = np.sign(tasks)
        own = track.records["task"][task]
        while 0 <= task < track.count and track.records["task"][task] == own:
            task += step
        return task_of(store, selected.lane, int(task)) if 0 <= task < track.count else None
    order = [row.lane for row in scene.rows.shown if row.lane is not None]
    if selected.lane not in order:
        return None
    place = order.index(selected.lane) + rows
    return _nearest(scene, order[place], selected.begin_ns) if 0 <= place < len(order) else None


def _nearest(scene: TimelineScene, lane: int, time_ns: int) -> Found | None:
    store = scene.store
    if store is None or lane >= len(store.tracks) or not store.tracks[lane].count:
        return None
    track = store.tracks[lane]
    place = int(np.searchsorted(track.end, time_ns, side="right"))
    return task_of(store, lane, min(place, track.count - 1))
