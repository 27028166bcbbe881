"""Searches the timeline: parses what a person types, and finds the next matching phase.

A phase matches if all of the words apply to it: `parse > 5 ms`, `GIL`, `task 120`, `failed`. A number with a
unit after `>` or `<` is how long a phase took, a number alone or after `task` is a task, the name of a state is where
most of a phase's time went, and anything else is a part of a step's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.record.lane_reader import OK
from engine.record.phases import places_of
from engine.trace.phase_store import PhaseStore
from engine.trace.phase_track import PhaseTrack
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.raster import fill
from engine.trace.picture.search import Found, task_of
from engine.wire.protocol import LEDGER_STATES

_UNITS: Final = {"ns": 1.0, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9}
_DURATION: Final = re.compile(r"([<>])=?\s*([\d.,]+)\s*(ns|us|µs|ms|s)(?!\w)")
_TASK: Final = re.compile(r"(?:\btask\s+)?(?<![\w.#])(\d[\d,]*)(?![\w.])", re.IGNORECASE)
_STATES: Final = {
    "running": "cpu", "core": "cpu_wait", "gil": "gil_wait", "i/o": "io_wait", "io": "io_wait", "lock": "lock_wait",
    "loop": "loop_wait",
}  # fmt: skip
_BLOCK: Final = 4_096  # phases whose states are worked out at once


@dataclass(frozen=True, slots=True)
class Query:
    """The parsed conditions; None and False mean that a condition is not set. `step` is in lower case."""

    step: str = ""
    task: int | None = None
    state: str = ""
    failed: bool = False
    longer_ns: float | None = None
    shorter_ns: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no condition is set."""
        return self == Query()


def query_of(text: str) -> Query:
    """Parse a search text."""
    found = Query()
    for sign, number, unit in _DURATION.findall(text):
        length_ns = float(number.replace(",", "")) * _UNITS[unit]
        found = replace(found, longer_ns=length_ns) if sign == ">" else replace(found, shorter_ns=length_ns)
    text = _DURATION.sub(" ", text)
    task = _TASK.search(text)
    if task is not None:
        found = replace(found, task=int(task[1].replace(",", "")))
        text = _TASK.sub(" ", text, count=1)
    words = []
    for word in text.lower().split():
        if word in _STATES:
            found = replace(found, state=_STATES[word])
        elif word in ("failed", "error", "errors"):
            found = replace(found, failed=True)
        elif word not in ("waiting", "for", "the", "a"):
            words.append(word)
    return replace(found, step=" ".join(words))


def next_match(
    store: PhaseStore, shares: LaneShares | None, query: Query, after_ns: int, *, back: bool = False
) -> Found | None:
    """Return the first match after a time (`back`: before it), wrapping round at the end of the run."""
    if query.is_empty:
        return None
    there = [each for lane in range(len(store.tracks)) for each in _nearest(store, shares, query, lane, after_ns, back)]
    beyond = [each for each in there if (each[0] < after_ns if back else each[0] > after_ns)]
    if not there:
        return None
    _, lane, place = (max if back else min)(beyond or there)
    whole, track = task_of(store, lane, place), store.tracks[lane]
    return Found(int(track.start[place]), int(track.end[place]), lane, min(place, whole.place))


def _nearest(
    store: PhaseStore, shares: LaneShares | None, query: Query, lane: int, after_ns: int, back: bool
) -> Iterator[tuple[int, int, int]]:
    """Yield (begin, lane, index) of a lane's next match; if there is none, search from the lane's other end."""
    track = store.tracks[lane]
    places = np.flatnonzero(_simple(store, track, query))
    cut = int(np.searchsorted(track.start[places], after_ns, side="left" if back else "right"))
    near, rest = (places[:cut][::-1], places[cut:][::-1]) if back else (places[cut:], places[:cut])
    for part in (near, rest):
        place = _first_in_state(track, shares, lane, query.state, part)
        if place is not None:
            yield int(track.start[place]), lane, place
            return


def _simple(store: PhaseStore, track: PhaseTrack, query: Query) -> npt.NDArray[np.bool_]:
    """Return for each phase of a lane whether it matches all conditions but the one on its state."""
    records, took = track.records, track.end - track.start
    sought = np.ones(track.count, bool)
    if query.step:
        places = places_of(records)
        known = np.unique(places).tolist()
        sought &= np.isin(places, [place for place in known if query.step in store.steps.get(place, "").lower()])
    if query.task is not None:
        sought &= records["task"] == query.task
    if query.failed:
        sought &= (records["flags"] & OK) == 0
    if query.longer_ns is not None:
        sought &= took > query.longer_ns
    if query.shorter_ns is not None:
        sought &= took < query.shorter_ns
    return sought


def _first_in_state(
    track: PhaseTrack, shares: LaneShares | None, lane: int, state: str, places: npt.NDArray[np.intp]
) -> int | None:
    """Return the first of some phases that spent most of its time in `state`; simply the first if `state` is empty."""
    if not state:
        return int(places[0]) if len(places) else None
    wanted = LEDGER_STATES.index(state)
    for first in range(0, len(places), _BLOCK):
        block = np.sort(places[first : first + _BLOCK])
        edges = np.column_stack([track.start[block], np.maximum(track.end[block], track.start[block] + 1)]).ravel()
        edges = np.maximum.accumulate(edges)
        filled = fill(track, edges, None if shares is None else shares.between(lane, edges))[::2]
        most = filled.argmax(axis=1) == wanted
        found = block[most & (filled.max(axis=1) > 0)]
        if len(found):
            return int(found[0] if block[0] == places[first] else found[-1])
    return None
