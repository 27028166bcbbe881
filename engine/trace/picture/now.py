"""Tells what each worker is doing at one instant, for the lanes' labels at the playhead, and when that next changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from engine.trace.phase_store import PhaseStore
from engine.trace.phase_track import PieceKind
from engine.trace.picture.lane_shares import Floats, LaneShares
from engine.trace.picture.thread_store import ThreadStore
from engine.wire.protocol import LEDGER_STATES
from engine.wording.state_names import SHOWN_TITLES, STARTING, STATE_TITLES, counted_state

_STATES: Final = {
    PieceKind.IO: "io_wait",
    PieceKind.LOCK: "lock_wait",
    PieceKind.LOOP: "loop_wait",
    PieceKind.AWAITED: "loop_wait",
}
_COMPUTING: Final = ("cpu", "cpu_wait", "gil_wait")


class Doing(NamedTuple):
    """A worker at an instant: its step, "" between tasks, and its state, None where it has none.

    STARTING is the state of a worker that has not begun, while others have.
    """

    step: str
    state: str | None


def doing(store: PhaseStore, shares: LaneShares | None, lane: int, time_ns: int) -> Doing:
    """Return what a lane's worker does at a time.

    The state is the one seen by a look. Without a look, a computing phase gets the state in which it mostly was around
    that time.
    """
    if isinstance(store, ThreadStore):
        state = seen_state(store, shares, lane, time_ns)
        return Doing(
            "" if state is None else STATE_TITLES[state].lower().replace("gil", "GIL").replace("i/o", "I/O"), state
        )
    track = store.tracks[lane]
    place = track.at(time_ns)
    if place is None:
        return Doing("", None if store.has_begun(lane, time_ns) else STARTING)
    wait, rest = track.kinds(place)
    step = store.name_of(track.records[place])
    kind = wait if time_ns < int(track.start[place]) + int(track.waited[place]) else rest
    seen = seen_state(store, shares, lane, time_ns)
    if seen is not None:
        return Doing(step, seen)
    if kind in _STATES:
        return Doing(step, _STATES[kind])
    spent = _computed(store, shares, lane, time_ns)
    return Doing(step, "cpu" if spent is None else _COMPUTING[int(np.argmax(spent))])


def mark(store: PhaseStore, shares: LaneShares | None, lane: int, time_ns: int) -> list[tuple[str, float]]:
    """Return the states that a lane's mark shows at a time, with their shares; a single one where it is known.

    For a computing phase without a look at that time, only the shares around that time are known.
    """
    state = doing(store, shares, lane, time_ns).state
    if state is None:
        return []
    seen = seen_state(store, shares, lane, time_ns) is not None
    spent = _computed(store, shares, lane, time_ns) if state in _COMPUTING and not seen else None
    if spent is None or not spent.sum():
        return [(state, 1.0)]
    return [(each, float(part)) for each, part in zip(_COMPUTING, spent / spent.sum(), strict=True) if part >= 0.01]


def states_words(store: PhaseStore, shares: LaneShares | None, time_ns: int) -> str:
    """Return how many workers are in each state at a time: `1 running, 3 waiting for the GIL`.

    Computing workers are counted by the shares of their time around then: each may have mostly waited, and yet one ran.
    """
    counts: Counter[str | None] = Counter()
    together = np.zeros(len(_COMPUTING))
    watched = isinstance(store, ThreadStore)
    for lane in range(len(store.lanes) if watched else len(store.tracks)):
        state = doing(store, shares, lane, time_ns).state
        seen = seen_state(store, shares, lane, time_ns) is not None
        spent = _computed(store, shares, lane, time_ns) if state in _COMPUTING and not seen else None
        if spent is None or not spent.sum():
            counts[state] += 1
        else:
            together += spent / spent.sum()
    counts.update(dict(zip(_COMPUTING, _whole(together), strict=True)))
    parts = [counted_state(counts[state], state) for state in SHOWN_TITLES if counts[state]]
    return ", ".join([*parts, *([f"{counts[None]} between tasks"] if counts[None] and not watched else [])])


def seen_state(store: PhaseStore, shares: LaneShares | None, lane: int, time_ns: int) -> str | None:
    """Return the state in which a lane's thread was seen around a time, None where nobody looked then."""
    own = shares.seen(store, lane) if shares is not None else None
    found = -1 if own is None else int(own.near(np.array([time_ns], np.int64))[0])
    return None if found < 0 else LEDGER_STATES[found]


def _computed(store: PhaseStore, shares: LaneShares | None, lane: int, time_ns: int) -> Floats | None:
    """Return a worker's seconds in each computing state around a time; None for a coroutine or where not measured."""
    if shares is None or store.owners[store.lanes[lane].file].is_async:
        return None
    mixed = shares.of(lane, shares.places(np.array([time_ns], np.int64)))
    return None if mixed is None else mixed.spent[0, [LEDGER_STATES.index(state) for state in _COMPUTING]]


def _whole(parts: Floats) -> list[int]:
    """Round `parts` to whole numbers with the same sum, by the largest-remainder method."""
    whole = np.floor(parts)
    short = round(float(parts.sum() - whole.sum()))
    whole[np.argsort(whole - parts, kind="stable")[:short]] += 1
    return [int(each) for each in whole]


def next_change(store: PhaseStore, lanes: Iterable[int], time_ns: int, *, back: bool = False) -> int | None:
    """Return the next time, or the one before, at which a phase of some lanes begins or ends."""
    found = []
    for lane in lanes:
        if isinstance(store, ThreadStore):
            found += store.next_change(lane, time_ns, back=back)
            continue
        for times in (store.tracks[lane].start, store.tracks[lane].end):
            place = int(np.searchsorted(times, time_ns, side="left" if back else "right")) - back
            if 0 <= place < len(times):
                found.append(int(times[place]))
    return (max if back else min)(found, default=None)
