"""Builds a task's whole path, part by part, only from what its run recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.record.hand_over.carried_file import CarriedTask
from engine.record.lane_reader import LAST, OK
from engine.trace.loop_lag import LoopLag
from engine.trace.phase_store import PhaseStore
from engine.trace.phase_track import PieceKind
from engine.trace.picture.carried_path import way_back, way_there
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.path_parts import Part, PathPiece, instant, stretch
from engine.trace.picture.raster import fill
from engine.trace.picture.search import Found
from engine.wire.protocol import LEDGER_STATES
from engine.wording import figure_text as figures

NOT_RECORDED = "not recorded"
_DOING = {
    "cpu": "ran",
    "cpu_wait": "waited for a core",
    "gil_wait": "waited for the GIL",
    "io_wait": "waited for I/O",
    "lock_wait": "waited for a lock",
    "loop_wait": "waited for the loop, or ran on it,",
    "transport": "was carried",
    "idle": "waited for a worker",
}


@dataclass(frozen=True, slots=True)
class TaskPath:
    """Everything that is known of a task, in the order in which it happened."""

    title: str
    parts: tuple[Part, ...] = field(default=())

    @property
    def span_ns(self) -> tuple[int, int]:
        """From the first thing that was recorded to the last."""
        times = [time for part in self.parts for time in (part.begin_ns, part.end_ns) if time is not None]
        return min(times, default=0), max(times, default=1)


def path_of(store: PhaseStore, shares: LaneShares | None, found: Found, lag: LoopLag | None = None) -> TaskPath:
    """Return a task's path; `lag` tells who held its event loop."""
    track = store.tracks[found.lane]
    task = int(track.records["task"][found.place])
    first = found.place
    while first > 0 and track.records["task"][first - 1] == task:
        first -= 1
    worker = store.lanes[found.lane].worker
    due = store.due_ns(task, found.lane)
    begun = found.begin_ns if due is None else due
    carried = store.carried(task)
    before = (
        _before(store, found, first, due)
        if carried is None
        else way_there(carried, due, found.begin_ns, shares_memory=store.shares_memory)
    )
    parts = [*before, instant("Started", found.begin_ns, f"on {worker}")]
    parts += [_phase(store, shares, lag, found.lane, place) for place in range(first, found.place + 1)]
    ended = bool(track.records["flags"][found.place] & LAST)
    if not ended:
        parts.append(Part("Going on", None, None, "its last phase is not recorded yet"))
    elif carried is None:
        parts += _after(store, found)
    else:
        parts += way_back(carried, found.end_ns, shares_memory=store.shares_memory)
    took = figures.seconds((found.end_ns - begun) / 1e9)
    since = " since it arrived" if due is not None else ""
    way = _whole(carried, due, found.end_ns) if ended and carried is not None else ""
    return TaskPath(f"Task {task:,} on {worker}: {took}{since}{way}", tuple(parts))


def _whole(carried: CarriedTask, due: int | None, end_ns: int) -> str:
    """Return how long a task took with its way to the worker and back."""
    arrived_ns = carried.handed_ns if due is None else due
    if not carried.result_unpickled_ns:
        return "" if due is not None else f"; {figures.seconds((end_ns - arrived_ns) / 1e9)} since it arrived"
    whole = figures.seconds((max(carried.result_unpickled_ns, end_ns) - arrived_ns) / 1e9)
    return f"; {whole} until its result was back"


def _before(store: PhaseStore, found: Found, first: int, due: int | None) -> list[Part]:
    carried = not store.shares_memory
    if due is not None:
        words = "until a worker took it" + (", with pickling and carrying: these alone are not recorded" * carried)
        queued = stretch("Queued", due, found.begin_ns, words, "idle")
        return [instant("Arrived", due, _why_then(store, found, first)), queued]
    arrived = Part("Arrived", None, None, "closed loop: a free worker takes the next")
    what = "pickled, carried, taken: each alone is not recorded" if carried else "taken, after its worker's last task"
    if first == 0:
        return [arrived, Part("Handed over", None, None, f"{NOT_RECORDED}: its worker's first task")]
    end = int(store.tracks[found.lane].end[first - 1])
    return [arrived, stretch("Handed over", end, found.begin_ns, what, "transport")]


def _why_then(store: PhaseStore, found: Found, first: int) -> str:
    """Return why a task arrived when it did."""
    if store.is_pipeline and int(store.tracks[found.lane].records["step"][first]) > 0:  # numbered over all stages
        return "handed on by the stage before"
    return "on its own time: an open loop" if store.has_rate else "put into the first stage's queue"


def _after(store: PhaseStore, found: Found) -> list[Part]:
    returned = instant("Returned", found.end_ns, "its last step ended")
    if store.shares_memory:
        return [returned]
    return [returned, Part("Carried back", None, None, f"{NOT_RECORDED}: the result's way back to the host")]


def spent_words(store: PhaseStore, shares: LaneShares, lane: int, place: int) -> str:
    """Return a phase's time state by state, as far as that is known."""
    return _phase(store, shares, None, lane, place).words


def _phase(store: PhaseStore, shares: LaneShares | None, lag: LoopLag | None, lane: int, place: int) -> Part:
    track = store.tracks[lane]
    record = track.records[place]
    begin, end = int(record["start_ns"]), int(record["end_ns"])
    turn = begin + int(track.waited[place])
    edges = np.array([begin, turn, end], np.int64)
    mixed = None if shares is None else shares.between(lane, edges)
    pieces = _seen(store, shares, lane, begin, end)
    in_order = bool(pieces)
    if not pieces:
        filled = fill(track, edges, mixed)
        pieces = [*_pieces(filled[0], begin, turn), *_pieces(filled[1], turn, end)]
    failed = not record["flags"] & OK
    name = store.name_of(record)
    rest = PieceKind.COMPUTE if in_order else track.kinds(place)[1]
    spent = [f"{_doing(piece, rest)} {_length(piece)}" for piece in _together(pieces)]
    several = mixed is not None and not in_order and len(pieces) > 1 + (turn > begin)
    divided = " (in this time's proportions)" if several else ""
    words = ", ".join((["failed"] if failed else []) + spent) + divided
    held = lag.words(lane, place) if lag is not None else []
    return Part(name, begin, end, "; ".join([*held, words]), tuple(pieces), failed)


def _seen(store: PhaseStore, shares: LaneShares | None, lane: int, begin_ns: int, end_ns: int) -> list[PathPiece]:
    """Return a worker's states in a stretch, in order; empty where they are not known."""
    own = shares.seen(store, lane) if shares is not None else None
    if own is None:
        return []
    return [PathPiece(LEDGER_STATES[state], begin, end) for state, begin, end in own.pieces(begin_ns, end_ns)]


def _together(pieces: list[PathPiece]) -> list[PathPiece]:
    """Merge pieces so that each state has one, with its total length, in the order of first appearance."""
    length: dict[str, int] = {}
    for piece in pieces:
        length[piece.state] = length.get(piece.state, 0) + piece.end_ns - piece.begin_ns
    return [PathPiece(state, 0, length_ns) for state, length_ns in length.items()]


def _doing(piece: PathPiece, rest: PieceKind) -> str:
    if piece.state == "cpu" and rest is PieceKind.OPEN:
        return "ran, or waited for something of its own,"
    return _DOING[piece.state]


def _length(piece: PathPiece) -> str:
    return figures.seconds((piece.end_ns - piece.begin_ns) / 1e9)


def _pieces(shares: np.ndarray, begin_ns: int, end_ns: int) -> list[PathPiece]:
    """Return a stretch cut in proportion to the states in it, each at least a hundredth of it."""
    states = [place for place in range(len(LEDGER_STATES)) if shares[place] >= 0.01]
    total, at, pieces = float(sum(shares[place] for place in states)), float(begin_ns), []
    if end_ns <= begin_ns or total <= 0:
        return []
    for place in states:
        until = at + (end_ns - begin_ns) * float(shares[place]) / total
        pieces.append(PathPiece(LEDGER_STATES[place], round(at), round(until)))
        at = until
    return pieces
