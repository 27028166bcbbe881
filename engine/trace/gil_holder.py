"""Who held a process's GIL, when, from the looks at its threads: the GIL's lane and the result's `gil` are made of it.

`holder_segments(looks, threads, pid)` takes looks as `engine.record.look_reader` returns them (dtype LOOK_DTYPE, in
the order of time; those of other processes are left out here) and the table of threads, and returns a HolderSegments
of three arrays of the same length: `start_ns`, `end_ns` and `holder`, which is a place in the table of threads, or
NOBODY, or UNKNOWN. Segments are in order, do not overlap, and leave no hole from the first look to the last; two that
touch have different holders. Times are on the clock of `time.perf_counter_ns`.

A segment changes in the middle between the two looks that differ, so its edges are known to half a look's interval.
Where looks are further apart than LONGEST_GAP_NS nobody is said to hold it in between: UNKNOWN.

How the holder is known. Where the interpreter's own word was read (GIL_READ), that decides. Else, in one round of looks
at a process whose threads wait for the GIL only one thread that is running can have it: exactly one running thread is
the holder (or, on a busy machine, about to be: it was woken to take it, and waits for a core). If several read as
running, the one whose processor time went on for at least half of the time since the round before, else who held it
both before and after, if that is three rounds at the most and it reads as running in all, else UNKNOWN. If none runs,
nobody has it where nobody waits, else UNKNOWN. A native library's threads run beside the holder and do not count: those
that were seen to run beside another while somebody waited, often, and never to wait for the GIL or to hold it, unless
they are in `python`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import GIL_READ, HOLDS_GIL, NO_CPU, LookState

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NOBODY: Final = -1
UNKNOWN: Final = -2
LONGEST_GAP_NS: Final = 50_000_000
_OFTEN: Final = 20  # looks
_LOOKS_APART: Final = 1.5  # a stretch that is seen in its length is longer
_GOES_ON: Final = 3  # rounds


class SeenThread(Protocol):
    """What is needed of a row of the table of threads: see `engine.record.look_file.LookThread`."""

    @property
    def pid(self) -> int: ...
    @property
    def tid(self) -> int: ...


@dataclass(frozen=True, slots=True)
class HolderSegments:
    """Stretches of time in order: see the module's docstring. `look_ns` is the time between two looks, in the median:
    what is shorter is missed; 0 where it is not known.
    """

    start_ns: Ints
    end_ns: Ints
    holder: Ints
    look_ns: float = 0.0

    def clipped(self, start_ns: int, end_ns: int) -> HolderSegments:
        """Return what lies between two instants."""
        inside = (self.end_ns > start_ns) & (self.start_ns < end_ns)
        return HolderSegments(
            np.maximum(self.start_ns[inside], start_ns),
            np.minimum(self.end_ns[inside], end_ns),
            self.holder[inside],
            self.look_ns,
        )


@dataclass(frozen=True, slots=True)
class GilFigures:
    """What the segments add up to. `held_ns` by thread (its place in the table); stretches are None where none is
    known from its beginning to its end, and where they are too short to be seen: then `shorter_than_ns` is what they
    are shorter than, and there were more handovers than were seen.
    """

    held_ns: dict[int, int]
    nobody_ns: int
    unknown_ns: int
    handovers: int
    span_ns: int
    stretch_p50_ns: float | None
    stretch_p90_ns: float | None
    shorter_than_ns: float | None = None


def holder_segments(
    looks: NDArray[np.void], threads: Sequence[SeenThread], pid: int, python: Collection[int] = ()
) -> HolderSegments:
    """Return who held the GIL of process `pid`; `python` are ids of threads known to run Python."""
    own = np.array([each.pid == pid for each in threads], np.bool_)
    if not len(looks) or not own.any():
        return _no_segments()
    inside = looks["thread"] < len(own)
    inside[inside] = own[looks["thread"][inside]]
    looks = looks[inside]
    if not len(looks):
        return _no_segments()
    rounds = _Rounds(looks)
    return _segments(*rounds.holders(_runs_python(rounds, threads, python)))


def gil_figures(segments: HolderSegments) -> GilFigures:
    """Add up segments of one process."""
    length = segments.end_ns - segments.start_ns
    holder = segments.holder
    held = {int(each): int(length[holder == each].sum()) for each in np.unique(holder[holder >= 0])}
    # Nobody in between, or not known who: the next holder may be the same as before, and nothing was handed over.
    known = holder[holder >= 0]
    handovers = int(np.count_nonzero(known[1:] != known[:-1]))
    p50, p90, shorter = stretch_figures(stretches_ns(segments), segments.look_ns)
    span = int(segments.end_ns[-1] - segments.start_ns[0]) if len(holder) else 0
    return GilFigures(
        held,
        int(length[holder == NOBODY].sum()),
        int(length[holder == UNKNOWN].sum()),
        handovers,
        span,
        p50,
        p90,
        shorter,
    )


def stretch_figures(stretches: Ints, look_ns: float) -> tuple[float | None, float | None, float | None]:
    """Return for how long the GIL was held at a time, p50 and p90, or what that is shorter than; see GilFigures.

    Where it changes hands between any two looks, what was seen is the looks' own pace.
    """
    if not len(stretches):
        return None, None, None
    p50, p90 = (float(each) for each in np.quantile(stretches, (0.5, 0.9)))
    return (p50, p90, None) if p50 >= _LOOKS_APART * look_ns else (None, None, _LOOKS_APART * look_ns)


def stretches_ns(segments: HolderSegments) -> Ints:
    """Return how long the GIL was held at a time, where that is known from the beginning to the end."""
    holder = segments.holder
    whole = np.zeros(len(holder), np.bool_)
    if len(holder) > 2:
        whole[1:-1] = (holder[1:-1] >= 0) & (holder[:-2] != UNKNOWN) & (holder[2:] != UNKNOWN)
    return np.asarray((segments.end_ns - segments.start_ns)[whole], np.int64)


def _no_segments() -> HolderSegments:
    nothing = np.empty(0, np.int64)
    return HolderSegments(nothing, nothing, nothing)


def _runs_python(rounds: _Rounds, threads: Sequence[SeenThread], python: Collection[int]) -> Flags:
    """Return which threads count: see the module's docstring."""
    runs = np.array([each.tid in python for each in threads], np.bool_)
    runs[rounds.thread[rounds.waits | rounds.named]] = True
    together = rounds.runs & ((rounds.of_round(rounds.runs) > 1) & (rounds.of_round(rounds.waits) > 0))[rounds.number]
    seen = np.bincount(rounds.thread[together], minlength=len(threads))
    return runs | (seen < _OFTEN)


class _Rounds:
    """The looks at one process, and which round each is of."""

    def __init__(self, looks: NDArray[np.void]) -> None:
        time_ns = looks["time_ns"].astype(np.int64)
        first = np.ones(len(looks), np.bool_)
        np.not_equal(time_ns[1:], time_ns[:-1], out=first[1:])
        self.number = np.cumsum(first) - 1
        self.at_ns = time_ns[first]
        self.thread = looks["thread"].astype(np.int64)
        self.cpu_us = looks["cpu_us"]
        self.runs = looks["state"] == LookState.RUNNING
        self.waits = looks["state"] == LookState.GIL
        self.read = (looks["flags"] & GIL_READ) != 0
        self.named = (looks["flags"] & HOLDS_GIL) != 0

    def of_round(self, looks: Flags) -> Ints:
        """Return how many of these looks are in each round."""
        return np.bincount(self.number[looks], minlength=len(self.at_ns))

    def holders(self, runs_python: Flags) -> tuple[Ints, Ints]:
        """Return each round's instant and holder."""
        number, thread = self.number, self.thread
        running = self.runs & runs_python[thread]
        waiting, runners = self.of_round(self.waits), self.of_round(running)
        holder = np.full(len(self.at_ns), UNKNOWN, np.int64)
        holder[(runners == 0) & (waiting == 0)] = NOBODY
        _set_sole(holder, number[running], thread[running], runners)
        since_us = (np.diff(self.at_ns, prepend=self.at_ns[:1]) / 1e3)[number]
        went_on = running & (self.cpu_us != NO_CPU) & (2.0 * self.cpu_us >= since_us) & (since_us > 0)
        unclear = (runners > 1) & (waiting > 0)
        _set_sole(holder, number[went_on], thread[went_on], np.where(unclear, self.of_round(went_on), 0))
        read = self.of_round(self.read) > 0
        _go_on(holder, unclear & (holder == UNKNOWN) & ~read, number[running], thread[running])
        holder[read] = NOBODY
        holder[number[self.named]] = thread[self.named]
        return self.at_ns, holder


def _set_sole(holder: Ints, number: Ints, thread: Ints, count: Ints) -> None:
    sole = count[number] == 1
    holder[number[sole]] = thread[sole]


def _go_on(holder: Ints, unclear: Flags, number: Ints, thread: Ints) -> None:
    """Where several run and none stands out, who held it before and after held it in between.

    Who held it only before may have given it up: on a busy machine it then stands in the run queue, and runs too.
    """
    places = np.flatnonzero(unclear)
    if not len(places):
        return
    edges = np.searchsorted(number, np.arange(len(holder) + 1))
    starts = np.flatnonzero(np.diff(places, prepend=places[0] - 2) > 1)
    for first, last in zip(
        places[starts].tolist(), places[np.append(starts[1:], len(places)) - 1].tolist(), strict=True
    ):
        if last - first >= _GOES_ON or first == 0 or last + 1 == len(holder):
            continue
        before = int(holder[first - 1])
        runs = [thread[edges[place] : edges[place + 1]] for place in range(first, last + 1)]
        if before >= 0 and before == holder[last + 1] and all(before in each for each in runs):
            holder[first : last + 1] = before


def _segments(at_ns: Ints, holder: Ints) -> HolderSegments:
    if len(at_ns) < 2:
        return _no_segments()
    gap = np.diff(at_ns)
    middle = at_ns[:-1] + gap // 2
    # Each round has the time around it; a gap that is too long is a piece of its own, of which nothing is known.
    start = np.concatenate([at_ns[:1], np.where(gap > LONGEST_GAP_NS, at_ns[1:], middle)])
    end = np.concatenate([np.where(gap > LONGEST_GAP_NS, at_ns[:-1], middle), at_ns[-1:]])
    holes = np.flatnonzero(gap > LONGEST_GAP_NS)
    if len(holes):
        start = np.insert(start, holes + 1, at_ns[holes])
        end = np.insert(end, holes + 1, at_ns[holes + 1])
        holder = np.insert(holder, holes + 1, UNKNOWN)
    begins = np.ones(len(holder), np.bool_)
    np.not_equal(holder[1:], holder[:-1], out=begins[1:])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(holder)) - 1
    return HolderSegments(start[first], end[last], holder[first], float(np.median(gap)))
