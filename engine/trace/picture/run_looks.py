"""Reads the looks of a growing run: each thread's states and each process's GIL holder, on the run's own clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.record.look_file import NO_CPU, LookProcess, LookState, LookTables, LookThread
from engine.record.look_reader import LOOK_DTYPE, LookReader, rounds_of
from engine.record.run_folder import RunFolder, RunFolderError
from engine.trace.gil_holder import holder_segments
from engine.trace.picture.held import Held
from engine.trace.picture.thread_looks import Ints, States, ThreadLooks
from engine.wire.protocol import LEDGER_STATES

Flags = npt.NDArray[np.bool_]
_CPU, _CPU_WAIT, _GIL, _IO, _LOCK = range(5)  # of LEDGER_STATES
_IDLE: Final = LEDGER_STATES.index("idle")
_AT_ONCE: Final = 50_000  # looks that are read at one refresh
_ROUNDS_BEFORE: Final = 12  # earlier rounds kept to judge the next ones, which depend on who held it before
_USUAL_NS: Final = 1_000_000
_LONGEST_WANT_NS: Final = 30_000_000  # the longest time that a thread waits for a core only to ask for the GIL
_STATE_OF: Final = {
    LookState.RUNNING: _CPU,
    LookState.GIL: _GIL,
    LookState.LOCK: _LOCK,
    LookState.LIBRARY: _LOCK,
    LookState.STOPPED: _IDLE,
}
_STATES: Final = np.array([_STATE_OF.get(state, _IO) for state in LookState], np.uint8)
# In a watched program it is not known what an event loop waits for: a loop with nothing to do counts as idle.
_WATCHED: Final = np.array([_IDLE if state == LookState.LOOP else _STATES[state] for state in LookState], np.uint8)
assert LEDGER_STATES[:5] == ("cpu", "cpu_wait", "gil_wait", "io_wait", "lock_wait")


class ThinnedStretch(NamedTuple):
    """A stretch whose looks were thinned: one round in so many was kept."""

    begin_ns: int
    end_ns: int
    rounds: int


class RunLooks:
    """Reads a run's looks; `refresh` reads new ones. A run without looks stays empty.

    Where older looks are thinned while they are read, all is read again, and shown once that is done: what is kept here
    is as bounded as the file.

    `threads`: what each thread was seen to do is wanted too, not only who held the GIL; `watched`: it is a program that
    is watched, and what each waited on is wanted as well. `python` are the ids of threads
    that are known to run Python, as workers do. Times are nanoseconds since the run's start, or `zero_ns` after it.
    """

    def __init__(self, folder: Path, zero_ns: int = 0, *, threads: bool = True, watched: bool = False) -> None:
        self._folder, self._zero_ns, self._keeps_threads = folder, zero_ns, threads
        self._watched, self._state_of = watched, _WATCHED if watched else _STATES
        self._reader = LookReader(folder)
        self._start_ns: int | None = None
        self.tables = LookTables()
        self.python: set[int] = set()
        self.version = 0
        self.until_ns = 0  # the newest look
        self._threads: dict[int, ThreadLooks] = {}  # by index in the table of threads
        self._places: dict[tuple[int, int], int] = {}  # the newest index, if the system reused a thread id
        self._before: dict[int, npt.NDArray[np.void]] = {}  # of each process, the looks of its last rounds
        self._held: dict[int, Held] = {}
        self._last: dict[int, tuple[int, int]] = {}  # of each thread: when and what was seen last
        self._gaps: list[float] = []
        self._waiting: npt.NDArray[np.void] = np.empty(0, LOOK_DTYPE)
        self._turns: list[tuple[int, int]] = []  # from when on one look stands for how many rounds
        self._again: RunLooks | None = None

    def refresh(self, *, final: bool = False) -> bool:
        """Read looks written since the last call, up to a bound; return whether there may be more at once.

        A new thread enters the table of threads a moment after the first look at it. `final`: the table is not written
        any more.
        """
        if self._again is not None:
            return self._read_again(self._again, final)
        if self._start_ns is None:
            try:
                self._start_ns = RunFolder(self._folder).run_start_ns() + self._zero_ns
            except RunFolderError:
                return False
        looks = self._reader.read_new(_AT_ONCE)
        if self._reader.replaced:
            self._again = RunLooks(self._folder, self._zero_ns, threads=self._keeps_threads, watched=self._watched)
            return self._read_again(self._again, final)
        more = len(looks) == _AT_ONCE
        tables = self._reader.tables()
        if tables is not self.tables:
            self.tables = tables
            self._places = {(each.pid, each.tid): place for place, each in enumerate(tables.threads)}
            self.version += 1
        if len(looks) or (len(self._waiting) and final):
            looks = looks.copy()
            looks["time_ns"] -= self._start_ns
            self._take(np.concatenate([self._waiting, looks]), final)
        return more

    def close(self) -> None:
        """Close the file; what was read stays."""
        self._reader.close()
        if self._again is not None:
            self._again.close()

    @property
    def start_ns(self) -> int | None:
        """The zero of all times, on the machine's clock; None before that is known."""
        return self._start_ns

    @property
    def interval_ns(self) -> int:
        """The usual time between two looks at one thread."""
        return int(np.median(self._gaps)) if self._gaps else _USUAL_NS

    @property
    def thinned(self) -> list[ThinnedStretch]:
        """The stretches whose looks were thinned, in their order: the older, the fewer are left."""
        if not self._turns:
            return []
        ends = [*(begin for begin, _ in self._turns[1:]), self.until_ns]
        pairs = zip(self._turns, ends, strict=True)
        return [ThinnedStretch(begin, end, rounds) for (begin, rounds), end in pairs if rounds > 1]

    def rounds_at(self, times_ns: Ints) -> Ints:
        """Return how many rounds a look at each time stands for."""
        if not self._turns:
            return np.ones(len(times_ns), np.int64)
        begins, rounds = (np.array(each, np.int64) for each in zip(*self._turns, strict=True))
        return np.asarray(rounds[np.maximum(np.searchsorted(begins, times_ns, side="right") - 1, 0)])

    def of(self, pid: int, tid: int) -> ThreadLooks | None:
        """Return the looks at a thread, None where it was not looked at."""
        place = self._places.get((pid, tid))
        return None if place is None else self._threads.get(place)

    def at(self, place: int) -> ThreadLooks | None:
        """Return the looks at the thread with this index in the table, None where there are none."""
        return self._threads.get(place)

    def held(self, pid: int) -> Held | None:
        """Return who held a process's GIL, None where that was not seen."""
        return self._held.get(pid)

    def thread(self, place: int) -> LookThread | None:
        """Return a thread by its index, as used in `held`."""
        return self.tables.threads[place] if 0 <= place < len(self.tables.threads) else None

    def process(self, pid: int) -> LookProcess | None:
        """Return what was found of a process, None where it was not looked at."""
        return next((each for each in self.tables.processes if each.pid == pid), None)

    def _take(self, looks: npt.NDArray[np.void], final: bool) -> None:
        threads = self.tables.threads
        new = np.flatnonzero(looks["thread"] >= len(threads))
        first = int(new[0]) if len(new) else len(looks)
        self._waiting = looks[:0] if final else looks[first:]
        looks = looks[:first]
        if not len(looks):
            return
        self._take_density(looks)
        pids = np.array([each.pid for each in threads], np.int64)
        pid_of = pids[looks["thread"]]
        for pid in np.unique(pid_of).tolist():
            self._take_process(int(pid), looks[pid_of == pid], threads)
        self.until_ns = int(looks["time_ns"][-1])
        self.version += 1

    def _take_density(self, looks: npt.NDArray[np.void]) -> None:
        rounds = rounds_of(looks)
        before = self._turns[-1][1] if self._turns else 0
        for place in np.flatnonzero(np.diff(rounds, prepend=before)).tolist():
            self._turns.append((int(looks["time_ns"][place]), int(rounds[place])))

    def _read_again(self, again: RunLooks, final: bool) -> bool:
        """Read on in what is to take this one's place; return whether there may be more at once."""
        again.python = self.python
        if again.refresh(final=final) or again._again is not None:
            return True
        self._reader.close()
        version = max(self.version, again.version) + 1
        self.__dict__.update(again.__dict__)
        self.version = version
        return False

    def _take_process(self, pid: int, looks: npt.NDArray[np.void], threads: Collection[LookThread]) -> None:
        before = self._before.get(pid, looks[:0])
        together = np.concatenate([before, looks])
        held = self._held.get(pid)
        process = self.process(pid)
        if process is not None and process.gil is not None:
            since_ns = process.gil_since_ns and process.gil_since_ns - (self._start_ns or 0)
            segments = holder_segments(together, tuple(threads), pid, self.python, since_ns)
            held = self._held.setdefault(pid, Held())
            held.add(segments.clipped(held.until_ns, int(together["time_ns"][-1])) if held.count else segments)
        times = np.unique(together["time_ns"][-_ROUNDS_BEFORE * 64 :])
        self._before[pid] = together[together["time_ns"] >= times[-min(len(times), _ROUNDS_BEFORE)]]
        if self._keeps_threads:
            self._take_threads(looks, held)

    def _take_threads(self, looks: npt.NDArray[np.void], held: Held | None) -> None:
        order = np.argsort(looks["thread"], kind="stable")
        for place, own in _by_thread(looks[order]):
            times = own["time_ns"].astype(np.int64)
            kinds = own["state"].astype(np.int64)
            last_ns, last = self._last.get(place, (int(times[0]), int(LookState.RUNNING)))
            since = np.diff(times, prepend=last_ns)
            previous = np.concatenate([[last], kinds[:-1]])
            states = self._state_of[np.minimum(kinds, len(_STATES) - 1)]
            states = _running(states, own["cpu_us"], since, previous, held.at(times) if held else None, place)
            seen = self._threads.setdefault(place, ThreadLooks())
            seen.add(times, states)
            if self._watched:
                seen.add_details(own["state"], own["detail"])
            self._last[place] = int(times[-1]), int(kinds[-1])
            if len(since) > 3:
                self._gaps = [*self._gaps[-30:], float(np.median(since))]


def _by_thread(looks: npt.NDArray[np.void]) -> Iterator[tuple[int, npt.NDArray[np.void]]]:
    """Yield each thread's index and its looks, from looks sorted by thread."""
    cuts = np.flatnonzero(np.diff(looks["thread"].astype(np.int64))) + 1
    for own in np.split(looks, cuts):
        yield int(own["thread"][0]), own


def _running(
    states: States, cpu_us: npt.NDArray[np.uint16], since_ns: Ints, previous: Ints, holder: Ints | None, place: int
) -> States:
    """Correct the looks that read as running while the thread was not: see `_wanting`.

    `since_ns` is the time since the previous look, `previous` the state seen at it; `holder` is who held the GIL.
    """
    runs = states == _CPU
    known = cpu_us != NO_CPU  # it read as running at the look before too, and its time was read
    on_core = known & (2_000 * cpu_us.astype(np.int64) >= since_ns)
    states = np.where(runs & known & ~on_core, np.uint8(_CPU_WAIT), states)
    return states if holder is None else _wanting(states, runs & ~on_core, since_ns, previous, holder, place)


def _wanting(states: States, runs: Flags, since_ns: Ints, previous: Ints, holder: Ints, place: int) -> States:
    """Correct the state of a thread that reads as running while another holds the GIL.

    Once every switch interval a waiting thread wakes to ask for the GIL, and reads as running meanwhile. Seen so once,
    it waits for the GIL. Seen so several times in a row, it waits for a core in order to ask. If that lasts longer, it
    is native code that released the GIL and runs beside its holder.
    """
    wants = runs & (holder >= 0) & (holder != place)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wants, [False]])))
    firsts, ends = edges[::2], edges[1::2]
    at_ns = np.cumsum(since_ns)
    for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
        length_ns = at_ns[end - 1] - at_ns[first]
        if end - first == 1 and previous[first] == LookState.GIL:
            states[first] = _GIL
        elif length_ns < _LONGEST_WANT_NS:
            states[first:end] = _CPU_WAIT
    return states
