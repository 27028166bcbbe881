"""Makes the slow motion of a run from its folder: of a few parts, the one that the witness saw best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.lessons.motion import LOOP, MOST_ROWS, NOBODY, NOT_KNOWN, OTHER, Motion, MotionRow, Piece, Span, what_at
from engine.record.run_folder import RunFolder
from engine.trace import gil_holder
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.gil_facts import GilFacts
from engine.trace.picture.gil_rows import lane_of
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.loop_turns import LoopTurns
from engine.trace.picture.now import doing
from engine.trace.picture.run_looks import RunLooks
from engine.wire.protocol import LEDGER_STATES
from engine.wording.state_names import STARTING
from engine.wording.worker_names import worker_title

_ONLY_SEEN: Final = ("cpu", "cpu_wait", "gil_wait")  # only looks can distinguish these
_INSTANTS: Final = 400  # at which each worker's state is determined
_MOST_REFRESHES: Final = 12  # of at most 100,000 phases each: a longer run has no slow motion
_LEAST_S: Final = 0.06  # a dozen switch intervals
_MOST_S: Final = 2.0
_WHERE: Final = (0.5, 0.35, 0.65, 0.2, 0.8)  # centres of the candidates, as shares of the run
_JUDGED: Final = 100  # instants of each
_TASKS: Final = 3  # of each worker, if they are long
_MOST_TASKS: Final = 60  # of each worker, if they are short

Ints = npt.NDArray[np.int64]


def motion_of(folder: RunFolder, worker_kind: str, *, is_async: bool) -> Motion | None:
    """Return part of a run that has ended; None if nothing was recorded, or too much.

    Raises RunFolderError for a folder that is damaged.
    """
    store = PhaseStore(folder.path, folder.experiment(), is_async=is_async)
    shares = LaneShares(folder.path)
    shares.looks, shares.turns = RunLooks(folder.path), LoopTurns(folder.path)
    try:
        for _ in range(_MOST_REFRESHES):
            more = store.refresh(final=True)
            more |= shares.refresh()
            more |= shares.refresh_seen(final=True)
            if not more:
                return _motion(store, shares, worker_kind)
    finally:
        store.close()
        shares.close_seen()
    return None


def _motion(store: PhaseStore, shares: LaneShares, worker_kind: str) -> Motion | None:
    store.settle_some(store.phase_count + 1)
    lanes = [lane for lane, track in enumerate(store.tracks) if track.count][:MOST_ROWS]
    if not lanes:
        return None
    names = {lane: worker_title(lane, worker_kind, store.lanes[lane].worker) for lane in lanes}
    found = [_motion_between(store, shares, worker_kind, names, *each) for each in _stretches(store, lanes)]
    return max(found, key=_clearness)  # of equally clear ones the first: the one in the middle of the run


def _motion_between(
    store: PhaseStore, shares: LaneShares, worker_kind: str, names: Mapping[int, str], begin_ns: int, end_ns: int
) -> Motion:
    times = np.linspace(begin_ns, end_ns, _INSTANTS, endpoint=False).astype(np.int64)
    rows = tuple(
        MotionRow(name, _states(store, shares, lane, times, end_ns), _tasks(store, lane, begin_ns, end_ns))
        for lane, name in names.items()
    )
    gil, why = _gil(store, shares, names, worker_kind, times, end_ns)
    return Motion(begin_ns / 1e9, end_ns / 1e9, rows, gil, why)


def _clearness(motion: Motion) -> float:
    """Return the share of its time for which the looks at the workers agree with those at the GIL."""
    rows = {row.name for row in motion.rows}
    instants = np.linspace(motion.begin_s, motion.end_s, _JUDGED, endpoint=False).tolist()
    clear = 0
    for time_s in instants:
        holder = what_at(motion.gil, time_s)
        states = {row.name: row.state_at(time_s) for row in motion.rows}
        running = {name for name, state in states.items() if state == "cpu"}
        agree = holder != NOT_KNOWN and (holder not in rows or running <= {holder})
        clear += agree and all(states.values())
    return clear / len(instants)


def _stretches(store: PhaseStore, lanes: Sequence[int]) -> list[tuple[int, int]]:
    """Return stretches of what all lanes share, the middle first: some tasks long, and long enough to see turns."""
    spans = [store.span_ns(lane) for lane in lanes]
    first, last = max(begin for begin, _ in spans), min(end for _, end in spans)
    if last <= first:
        first, last = min(begin for begin, _ in spans), max(end for _, end in spans)
    track = store.tracks[lanes[0]]
    task_ns = float(np.median(track.end - track.start)) or 1.0
    wanted = max(_TASKS * task_ns, min(_LEAST_S * 1e9, _MOST_TASKS * task_ns))
    length = int(min(wanted, _MOST_S * 1e9, last - first))
    begins = [first + int((last - first - length) * where) for where in _WHERE]
    return [(begin, begin + max(length, 1)) for begin in begins]


def _states(store: PhaseStore, shares: LaneShares, lane: int, times: Ints, end_ns: int) -> tuple[Piece, ...]:
    own = shares.seen(store, lane)
    seen = own.near(times).tolist() if own is not None else [-1] * len(times)
    found = []
    for state, time_ns in zip(seen, times.tolist(), strict=True):
        found.append(LEDGER_STATES[state] if state >= 0 else _told(store, shares, lane, time_ns))
    return _pieces(found, times, end_ns)


def _told(store: PhaseStore, shares: LaneShares, lane: int, time_ns: int) -> str:
    """Return a worker's state at a time without looks: its step's wait; "" while it computed, or had no task."""
    state = doing(store, shares, lane, time_ns).state
    return state if state is not None and state not in (*_ONLY_SEEN, STARTING) else ""


def _tasks(store: PhaseStore, lane: int, begin_ns: int, end_ns: int) -> tuple[Span, ...]:
    track = store.tracks[lane]
    first = int(np.searchsorted(track.end, begin_ns, side="right"))
    last = int(np.searchsorted(track.start, end_ns, side="left"))
    tasks = track.records["task"][first:last].tolist()
    spans = zip(tasks, track.start[first:last].tolist(), track.end[first:last].tolist(), strict=True)
    found = []
    for _, steps in groupby(spans, key=lambda each: each[0]):  # the steps of a task are one task
        own = list(steps)
        found.append(Span(max(own[0][1], begin_ns) / 1e9, min(own[-1][2], end_ns) / 1e9))
    return tuple(found)


def _gil(
    store: PhaseStore, shares: LaneShares, names: Mapping[int, str], worker_kind: str, times: Ints, end_ns: int
) -> tuple[tuple[Piece, ...], str]:
    """Return the holders of the GIL if one process has one, or the reason why there is no GIL lane."""
    looks, facts = shares.looks, GilFacts.read(store.folder)
    pids = {store.lanes[lane].pid for lane in names}
    if all(facts.enabled_in(looks, pid) is False for pid in pids):
        return (), "There is no GIL: threads run at the same time"
    if worker_kind == "interpreter" or len(pids) > 1:
        owner = "interpreter" if worker_kind == "interpreter" else "process"
        return (), f"Each {owner} has a GIL of its own"
    held = looks.held(next(iter(pids))) if looks is not None else None
    if looks is None or held is None:
        return (), facts.words(looks, next(iter(pids)))
    workers = {(store.lanes[lane].pid, store.lanes[lane].thread): lane for lane in range(len(store.lanes))}

    def name(holder: int) -> str:
        lane = lane_of(looks, workers, holder)
        if lane is not None and worker_kind == "coroutine":
            return LOOP  # the loop's thread, which runs all coroutines
        return names.get(lane, OTHER) if lane is not None else OTHER

    return _pieces([_holder(each, name) for each in held.at(times).tolist()], times, end_ns), ""


def _holder(holder: int, name: Callable[[int], str]) -> str:
    if holder == gil_holder.NOBODY:
        return NOBODY
    return NOT_KNOWN if holder == gil_holder.UNKNOWN else name(holder)


def _pieces(values: Sequence[str], times: Ints, end_ns: int) -> tuple[Piece, ...]:
    """Return pieces from the values at some times; equal neighbours are one piece."""
    edges: list[Any] = [*times.tolist(), end_ns]
    found, place = [], 0
    for what, same in groupby(values):
        count = len(list(same))
        found.append(Piece(what, edges[place] / 1e9, edges[place + count] / 1e9))
        place += count
    return tuple(found)
