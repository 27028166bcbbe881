"""Builds the timeline of a watched program: one lane per thread, from the table of threads and the looks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.record.lane_table import Lane, LaneTable
from engine.record.look_file import LookTables
from engine.record.run_folder import RunFolderError
from engine.trace.phase_store import MOST_LANES, PhaseStore
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.rows import Owner
from engine.trace.picture.run_looks import RunLooks
from engine.trace.picture.thread_looks import ThreadLooks
from engine.wire.protocol import LEDGER_STATES
from engine.wire.tick import Tick

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_LONGEST_NS = 250_000_000  # the longest time that a look stands for, unless looks are always further apart
_NO_EXPERIMENT = {"workload": {"steps": []}, "model": {"kind": "watch"}}


class ThreadStore(PhaseStore):
    """A watch's threads in the order in which they were first seen. It has lanes, and no phases.

    A lane's number is its thread's index in the table of threads, so a thread id that the system reuses gets another
    lane.
    """

    def __init__(self, folder: Path, looks: RunLooks, zero_ns: int = 0) -> None:
        super().__init__(folder, _NO_EXPERIMENT, is_async=False, zero_ns=zero_ns)
        self.looks = looks
        self._tables: LookTables | None = None
        self._spans: list[tuple[int, int | None]] = []  # first and last instant; None: still alive

    def refresh(self, *, final: bool = False) -> bool:
        """Add new threads from `looks`; return False, as there is never more to read at once."""
        if self._start_ns is None:
            try:
                self._start_ns = self._folder.run_start_ns() + self._zero_ns
            except RunFolderError:
                return False
        tables = self.looks.tables
        if tables is not self._tables:
            self._tables = tables
            self._take_threads(tables, self._start_ns)
            self.version += 1
        self.end_ns = max(self.end_ns, self.looks.until_ns)
        return False

    def span_ns(self, lane: int) -> tuple[int, int]:
        """Return when a thread was first and last seen."""
        first_ns, last_ns = self._spans[lane]
        return first_ns, self.end_ns if last_ns is None else last_ns

    @property
    def first_ns(self) -> int:
        """When the first thread was seen."""
        return min((first for first, _ in self._spans), default=0)

    def fill(self, lanes: Sequence[tuple[int, ...]], edges: Ints) -> Floats:
        """Return what part of each column between `edges` each state fills: shape (strips, columns, states).

        A strip of several lanes shows the mean over those that were alive.
        """
        filled = np.zeros((len(lanes), len(edges) - 1, len(LEDGER_STATES)))
        for number, strip in enumerate(lanes):
            there = np.zeros(len(edges) - 1)
            for lane in strip:
                seen = self.looks.at(lane)
                if seen is not None:
                    own = _filled(seen, edges, self.span_ns(lane), self.looks)
                    filled[number] += own
                    there = np.maximum(there, 0) + (own.sum(axis=1) > 0)
            filled[number] /= np.maximum(there, 1)[:, np.newaxis]
        return filled

    def next_change(self, lane: int, time_ns: int, *, back: bool) -> list[int]:
        """Return the next instant, or the one before, at which a thread was seen in another state than before."""
        seen = self.looks.at(lane)
        if seen is None:
            return []
        times = seen.times_ns[1:][seen.states[1:] != seen.states[:-1]]
        place = int(np.searchsorted(times, time_ns, side="left" if back else "right")) - back
        return [int(times[place])] if 0 <= place < len(times) else []

    def _take_threads(self, tables: LookTables, start_ns: int) -> None:
        mains = {each.pid: each.name for each in tables.threads if each.pid == each.tid}
        lanes = []
        self._spans = []
        for place, each in enumerate(tables.threads[:MOST_LANES]):
            name = "MainThread" if each.pid == each.tid else each.name if each.name != mains.get(each.pid) else ""
            file = f"{each.pid}-{each.tid}-{place}"
            lanes.append(Lane(place, name, each.pid, each.tid, file, 0))
            self.owners[file] = Owner(name, "", False)
            ended_ns = None if each.ended_ns is None else each.ended_ns - start_ns
            self._spans.append((each.first_ns - start_ns, ended_ns))
        self.table = LaneTable(lanes)
        self.phase_count = len(lanes)  # not 0, so that the timeline is shown


def _filled(seen: ThreadLooks, edges: Ints, span: tuple[int, int], looks: RunLooks) -> Floats:
    """Return what part of each column a thread was seen in each state: (columns, states).

    A state changes halfway between two looks. Gaps between looks that are too long stay unfilled: not known.
    """
    times, states = seen.times_ns, seen.states
    first, last = np.searchsorted(times, [edges[0], edges[-1]])
    first, last = max(int(first) - 1, 0), min(int(last) + 1, len(times))
    times, states = times[first:last], states[first:last]
    if not len(times):
        return np.zeros((len(edges) - 1, len(LEDGER_STATES)))
    gaps = np.diff(times)
    usual = max(_LONGEST_NS, 4 * int(np.median(gaps))) if len(gaps) else _LONGEST_NS
    longest = np.maximum(usual, _LONGEST_NS * looks.rounds_at(times))
    half = np.minimum(gaps, longest[:-1]) // 2
    begin = times - np.concatenate([[min(max(int(times[0]) - span[0], 0), int(longest[0]))], gaps - half])
    begin[1:] = np.maximum(begin[1:], times[1:] - longest[:-1] // 2)
    end = times + np.concatenate([half, [min(max(span[1] - int(times[-1]), 0), usual)]])
    spent = np.zeros((len(times) + 1, len(LEDGER_STATES)))
    spent[np.arange(1, len(times) + 1), states] = end - begin
    until = np.cumsum(spent, axis=0)
    place = np.maximum(np.searchsorted(begin, edges, side="right") - 1, 0)
    inside = np.clip(edges - begin[place], 0, end[place] - begin[place])
    covered = until[place]
    covered[np.arange(len(edges)), states[place]] += inside
    return np.asarray(np.diff(covered, axis=0) / np.maximum(np.diff(edges), 1)[:, np.newaxis])


class WatchShares(LaneShares):
    """The names of processes and threads, which a watch's folder holds beside the looks."""

    def __init__(self, folder: Path, zero_ns: int = 0) -> None:
        super().__init__(folder, zero_ns)
        self.names: dict[tuple[int, int], str] = {}

    def _take(self, tick: Tick) -> None:
        self.names.update({(lane.pid, lane.tid): lane.worker for lane in tick.lanes if lane.worker})
        for process in tick.processes:
            self.processes[process.pid] = process.name


def thread_title(lane: Lane, name: str = "") -> str:
    """Return the title of a thread's lane, with the thread's name if it has one of its own."""
    own = name.removesuffix(f" {lane.thread}") or lane.worker
    return own if own and own != "thread" else "Thread"
