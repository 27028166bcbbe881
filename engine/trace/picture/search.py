"""Finds phases worth looking at: failures, slow tasks, a task by its number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.record.lane_reader import LAST
from engine.trace.phase_store import PhaseStore

_SLOW = 0.99  # a slow task takes longer than this share of the tasks


@dataclass(frozen=True, order=True)
class Found:
    """A task's stretch on a lane, and the index of its last phase there."""

    begin_ns: int
    end_ns: int
    lane: int
    place: int


def task_of(store: PhaseStore, lane: int, place: int) -> Found:
    """Return the task that a phase belongs to."""
    track = store.tracks[lane]
    task = track.records["task"]
    first = last = place
    while first > 0 and task[first - 1] == task[place]:
        first -= 1
    while last + 1 < track.count and task[last + 1] == task[place]:
        last += 1
    return Found(int(track.start[first]), int(track.end[last]), lane, last)


def next_failure(store: PhaseStore, after_ns: int) -> Found | None:
    """Return the first failed task that begins after a time, from the start again if there is none."""
    failed = []
    for lane, track in enumerate(store.tracks):
        places = track.failed
        failed += [task_of(store, lane, place) for place in _nearest(track.start[places], places, after_ns)]
    return _next(failed, after_ns)


def next_slow(store: PhaseStore, after_ns: int) -> Found | None:
    """Return the next task after a time that took longer than p99, from the start again if there is none."""
    limit = _slow_limit(store)
    slow = []
    for lane in range(len(store.tracks)):
        begins, ends, places = _tasks(store, lane)
        long = ends - begins > limit
        slow += [
            Found(int(begins[place]), int(ends[place]), lane, int(places[place]))
            for place in _nearest(begins[long], np.flatnonzero(long), after_ns)
        ]
    return _next(slow, after_ns)


def find_task(store: PhaseStore, task: int) -> Found | None:
    """Return where a task ran; None if it has not yet, or was not recorded."""
    for lane, track in enumerate(store.tracks):
        places = np.flatnonzero(track.records["task"] == task)
        if len(places):
            return task_of(store, lane, int(places[-1]))
    return None


def _tasks(store: PhaseStore, lane: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return begin and end of each task that ended on a lane, and the index of its last phase."""
    track = store.tracks[lane]
    last = np.flatnonzero((track.records["flags"] & LAST) != 0)
    task = track.records["task"]
    first = np.ones(track.count, bool)
    first[1:] = task[1:] != task[:-1]
    begins = (
        track.start[np.maximum.accumulate(np.where(first, np.arange(track.count), 0))] if track.count else track.start
    )
    return begins[last], track.end[last], last


def _slow_limit(store: PhaseStore) -> float:
    lengths = [ends - begins for begins, ends, _ in (_tasks(store, lane) for lane in range(len(store.tracks)))]
    every = np.concatenate(lengths) if lengths else np.empty(0)
    return float(np.quantile(every, _SLOW)) if len(every) else np.inf


def _nearest(begins: np.ndarray, places: np.ndarray, after_ns: int) -> list[int]:
    """Return the first of a lane's candidates, and the first that begins after a time."""
    later = int(np.searchsorted(begins, after_ns, side="right"))
    wanted = [0, later] if later < len(places) else [0]
    return [int(places[index]) for index in wanted] if len(places) else []


def _next(found: list[Found], after_ns: int) -> Found | None:
    later = [each for each in found if each.begin_ns > after_ns]
    return min(later or found, default=None)
