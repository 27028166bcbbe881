"""Adds up from loop files how long each coroutine waited, for what, and how long it was ready but not running."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.loop_file import FOLDER
from engine.record.loop_reader import BETWEEN, LOCK, TURNS, LoopReader
from engine.trace.new_files import NewFiles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BATCH: Final = 262_144  # records of one file that are looked at together
WAITED, LOCKED, READY, BETWEEN_TASKS = range(4)  # the columns of a loop's sums


class LoopTotals:
    """Totals of one loop file.

    `sums`, (coroutines, 4), are the nanoseconds of WAITED, LOCKED (in steps), READY (in steps, while the loop was busy)
    and BETWEEN_TASKS (ready, between its tasks). `made_ns` is when each coroutine was created, if it was ready before
    its first task, else 0; `first_ns` is when it first ran on the loop.
    """

    def __init__(self, reader: LoopReader) -> None:
        self.reader = reader
        self.sums: Floats = np.zeros((16, 4))
        self.made_ns: Ints = np.zeros(16, np.int64)
        self.first_ns: Ints = np.zeros(16, np.int64)

    def take(self) -> bool:
        """Read new records, a batch at most; return whether there were any."""
        records = self.reader.read_new(_BATCH)
        if not len(records):
            return False
        records = records[records["why"] != TURNS]
        worker = records["worker"].astype(np.int64)
        self._make_room(int(worker.max(initial=0)) + 1)
        ready = (records["third_ns"] - records["second_ns"]).astype(np.float64)
        waited = (records["second_ns"] - records["first_ns"]).astype(np.float64)
        between = records["step"] == BETWEEN
        lock = records["why"] == LOCK
        for column, which, length in (
            (WAITED, ~between & ~lock, waited),
            (LOCKED, ~between & lock, waited),
            (READY, ~between, ready),
            (BETWEEN_TASKS, between, ready),
        ):
            self.sums[:, column] += np.bincount(worker[which], length[which], len(self.sums))
        self._take_beginnings(records[between], worker[between])
        return True

    def _take_beginnings(self, records: NDArray[np.void], worker: Ints) -> None:
        """Take out each coroutine's first wait, from its creation to its first task: that is no part of its lane."""
        first = np.unique(worker, return_index=True)[1]
        new = first[self.first_ns[worker[first]] == 0]
        self.made_ns[worker[new]] = records["second_ns"][new]
        self.first_ns[worker[new]] = records["third_ns"][new]
        self.sums[worker[new], BETWEEN_TASKS] -= (records["third_ns"] - records["second_ns"])[new]

    def _make_room(self, count: int) -> None:
        while len(self.sums) < count:
            self.sums = np.concatenate([self.sums, np.zeros_like(self.sums)])
            self.made_ns = np.concatenate([self.made_ns, np.zeros_like(self.made_ns)])
            self.first_ns = np.concatenate([self.first_ns, np.zeros_like(self.first_ns)])


class LoopWaits:
    """The loop files in a run's folder, taken in as they grow."""

    def __init__(self, run_folder: Path) -> None:
        self._new_files = NewFiles(run_folder / FOLDER, ".loop", LoopReader)
        self.loops: list[LoopTotals] = []

    def refresh(self) -> bool:
        """Read a batch of new records from each file; return whether there were any."""
        self.loops += map(LoopTotals, self._new_files.find().values())
        took = [loop.take() for loop in self.loops]
        return any(took)

    def of(self, pid: int, thread: int) -> LoopTotals | None:
        """Return the loop whose coroutines have their lanes on a thread, None where it was not recorded."""
        for loop in self.loops:
            if loop.reader.has_lane and (loop.reader.pid, loop.reader.thread) == (pid, thread):
                return loop
        return None

    def close(self) -> None:
        """Close every file."""
        for loop in self.loops:
            loop.reader.close()
