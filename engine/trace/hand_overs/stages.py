"""Finds where a task of a pipeline was handed on from one stage to the next."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engine.record.lane_reader import QUEUED
from engine.trace.hand_overs.hand_over import HandOver
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.search import Found


def stage_hand_overs(store: PhaseStore, found: Found) -> list[HandOver]:
    """Return where a task went on in another lane, in order: only the stages of a pipeline record a task twice."""
    if not store.is_pipeline:
        return []
    number = store.tracks[found.lane].records["task"][found.place]
    parts = []
    for lane, track in enumerate(store.tracks):
        records = track.records
        places = np.flatnonzero((records["task"] == number) & (records["step"] != QUEUED))
        if len(places):
            parts.append((int(track.start[places[0]]), int(track.end[places[-1]]), lane))
    pairs = pairwise(sorted(parts))
    return [HandOver(one[2], one[1], other[2], other[0]) for one, other in pairs if one[1] <= other[0]]
