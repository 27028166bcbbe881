"""Works out which thread held a process's GIL at each time, from the looks at its threads.
The GIL's row on the timeline and `gil` in a run's result are made from this.

`holder_segments(looks, threads, pid)` takes looks as `engine.record.look_reader` returns them (dtype LOOK_DTYPE, sorted
by time; looks at other processes are ignored) and the table of threads. It returns a HolderSegments of three arrays of
the same length: `start_ns`, `end_ns` and `holder`, which is an index into the table of threads, or NOBODY, or UNKNOWN.
Segments are in order, do not overlap, and leave no hole from the first look to the last; adjacent segments have
different holders. Times are on the clock of `time.perf_counter_ns`.

A segment changes in the middle between the two looks that differ, so its edges are known to half a look's interval.
Where looks are further apart than LONGEST_GAP_NS nobody is said to hold it in between: UNKNOWN. Where older looks were
thinned, one that stands for several rounds may be as many times as far from the next.

How the holder is found. Where the interpreter's own record of the holder was read (GIL_READ), that decides. Otherwise
each round of looks at a process is judged by which threads were running:

- exactly one: it is the holder (on a busy machine it may be about to be: woken to take the GIL, it waits for a core);
- several: the holder is the one whose processor time grew by at least half of the time since the previous round.
Failing that, it is the thread that held the GIL both before and after, if at most three rounds lie between and it
was running in all of them. Failing that, UNKNOWN;
- none: NOBODY if no thread waits for the GIL, else UNKNOWN.

Threads of a native library run beside the holder and are left out. A thread is taken to be one if it was often seen
running beside another while somebody waited, and was never seen to wait for the GIL or hold it, unless it is in
`python`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import GIL_READ, HOLDS_GIL, NO_CPU, LookState
from engine.record.look_reader import rounds_of

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NOBODY: Final = -1
UNKNOWN: Final = -2
LONGEST_GAP_NS: Final = 50_000_000
_OFTEN: Final = 20  # looks
_LOOKS_APART: Final = 1.5  # looks between handovers; a median below this shows only the looks' own pace
_LOOKS_ENOUGH: Final = 6.0  # two threads are not found in turn by chance for so many looks, in the median
_EVEN: Final = 2.0  # times the median: the longest tenth of stretches that were all seen, by a thread's interval
_GOES_ON: Final = 3  # rounds


class SeenThread(Protocol):
    """The fields used here of a row in the table of threads: see `engine.record.look_file.LookThread`."""

    @property
    def pid(self) -> int: ...
    @property
    def tid(self) -> int: ...


@dataclass(frozen=True, slots=True)
class HolderSegments:
    """Stretches of time in order: see the module's docstring.

    `look_ns` is the median time between two looks: anything shorter is missed. 0 where it is not known.
    """

    start_ns: Ints
    end_ns: Ints
    holder: Ints
    look_ns: float = 0.0

    def clipped(self, start_ns: int, end_ns: int) -> HolderSegments:
        """Return the segments between two instants, cut off at both ends."""
        inside = (self.end_ns > start_ns) & (self.start_ns < end_ns)
        return HolderSegments(
            np.maximum(self.start_ns[inside], start_ns),
            np.minimum(self.end_ns[inside], end_ns),
            self.holder[inside],
            self.look_ns,
        )


@dataclass(frozen=True, slots=True)
class GilFigures:
    """Totals of the segments. `held_ns` is by thread (its index in the table).

    The lengths of stretches are None where no stretch was seen from its beginning to its end, and where stretches are
    too short to be seen: then `shorter_than_ns` is an upper bound, and there were more handovers than were seen.
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
    looks: NDArray[np.void],
    threads: Sequence[SeenThread],
    pid: int,
    python: Collection[int] = (),
    since_ns: int = 0,
) -> HolderSegments:
    """Return who held the GIL of process `pid`; `python` are ids of threads known to run Python.

    `since_ns` is when its GIL was turned on; 0: it was on from the start.
    """
    own = np.array([each.pid == pid for each in threads], np.bool_)
    if not len(looks) or not own.any():
        return _no_segments()
    inside = looks["thread"] < len(own)
    inside[inside] = own[looks["thread"][inside]]
    looks = looks[inside]
    if not len(looks):
        return _no_segments()
    rounds = _Rounds(looks)
    found = _segments(*rounds.holders(_runs_python(rounds, threads, python)), rounds.stands_for)
    return found.clipped(since_ns, int(found.end_ns[-1])) if since_ns and len(found.holder) else found


def gil_figures(segments: HolderSegments) -> GilFigures:
    """Add up segments of one process."""
    length = segments.end_ns - segments.start_ns
    holder = segments.holder
    held = {int(each): int(length[holder == each].sum()) for each in np.unique(holder[holder >= 0])}
    # After a stretch without a known holder the next holder may be the same as before: that is no handover.
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
    """Return how long the GIL was held at a time (p50 and p90), or an upper bound of that; see GilFigures.

    Where it changes hands between any two looks, the lengths seen are only the interval between looks, or several
    intervals, in which each look happened to find the same of few threads: most of these are short, some many times as
    long. Where looks are dense enough, most stretches are about as long as each other.
    """
    if not len(stretches):
        return None, None, None
    p50, p90 = (float(each) for each in np.quantile(stretches, (0.5, 0.9)))
    looks = p50 / look_ns if look_ns else math.inf
    if looks >= _LOOKS_ENOUGH or (looks >= _LOOKS_APART and p90 <= _EVEN * p50):
        return p50, p90, None
    return None, None, max(p50, _LOOKS_APART * look_ns)


def stretches_ns(segments: HolderSegments) -> Ints:
    """Return the length of each stretch for which the GIL was held, if both its ends were seen."""
    holder = segments.holder
    whole = np.zeros(len(holder), np.bool_)
    if len(holder) > 2:
        whole[1:-1] = (holder[1:-1] >= 0) & (holder[:-2] != UNKNOWN) & (holder[2:] != UNKNOWN)
    return np.asarray((segments.end_ns - segments.start_ns)[whole], np.int64)


def _no_segments() -> HolderSegments:
    nothing = np.empty(0, np.int64)
    return HolderSegments(nothing, nothing, nothing)


def _runs_python(rounds: _Rounds, threads: Sequence[SeenThread], python: Collection[int]) -> Flags:
    """Return which threads may hold the GIL, which excludes a native library's: see the module's docstring."""
    runs = np.array([each.tid in python for each in threads], np.bool_)
    runs[rounds.thread[rounds.waits | rounds.named]] = True
    together = rounds.runs & ((rounds.of_round(rounds.runs) > 1) & (rounds.of_round(rounds.waits) > 0))[rounds.number]
    seen = np.bincount(rounds.thread[together], minlength=len(threads))
    return runs | (seen < _OFTEN)


class _Rounds:
    """The looks at one process, and the round to which each belongs."""

    def __init__(self, looks: NDArray[np.void]) -> None:
        time_ns = looks["time_ns"].astype(np.int64)
        first = np.ones(len(looks), np.bool_)
        np.not_equal(time_ns[1:], time_ns[:-1], out=first[1:])
        self.number = np.cumsum(first) - 1
        self.at_ns = time_ns[first]
        self.stands_for = rounds_of(looks)[first]
        self.thread = looks["thread"].astype(np.int64)
        self.cpu_us = looks["cpu_us"]
        self.runs = looks["state"] == LookState.RUNNING
        self.waits = looks["state"] == LookState.GIL
        self.read = (looks["flags"] & GIL_READ) != 0
        self.named = (looks["flags"] & HOLDS_GIL) != 0

    def of_round(self, looks: Flags) -> Ints:
        """Return how many of the looks marked in `looks` are in each round."""
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
    """Where several threads run and none stands out, take the thread that held the GIL both before and after.

    A thread that held it only before may have released it: on a busy machine it then stands in the run queue, and reads
    as running too.
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


def _segments(at_ns: Ints, holder: Ints, stands_for: Ints) -> HolderSegments:
    if len(at_ns) < 2:
        return _no_segments()
    gap = np.diff(at_ns)
    middle = at_ns[:-1] + gap // 2
    too_long = gap > LONGEST_GAP_NS * np.maximum(stands_for[1:], stands_for[:-1])
    # Each round has the time around it; a gap that is too long is a piece of its own, of which nothing is known.
    start = np.concatenate([at_ns[:1], np.where(too_long, at_ns[1:], middle)])
    end = np.concatenate([np.where(too_long, at_ns[:-1], middle), at_ns[-1:]])
    holes = np.flatnonzero(too_long)
    if len(holes):
        start = np.insert(start, holes + 1, at_ns[holes])
        end = np.insert(end, holes + 1, at_ns[holes + 1])
        holder = np.insert(holder, holes + 1, UNKNOWN)
    begins = np.ones(len(holder), np.bool_)
    np.not_equal(holder[1:], holder[:-1], out=begins[1:])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(holder)) - 1
    return HolderSegments(start[first], end[last], holder[first], float(np.median(gap)))
