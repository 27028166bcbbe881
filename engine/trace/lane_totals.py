"""Reads a run's lane files as they grow, and adds them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.lane_reader import QUEUED, RECORD_DTYPE, LaneReader
from engine.record.lane_table import LaneTable
from engine.trace.loop_waits import LoopWaits
from engine.trace.new_files import NewFiles
from engine.trace.phase_totals import Ints, PhaseTotals
from engine.trace.step_kinds import StepKind

_BATCH: Final = 65_536  # records of one file read at a time


@dataclass(slots=True)
class LaneFile:
    """One lane file, and the numbers of the lanes of the workers that share it."""

    name: str
    reader: LaneReader
    lanes: Ints

    @property
    def is_async(self) -> bool:
        """Whether its workers are coroutines."""
        return self.reader.workers > 0


class Lanes:
    """Reads a run's lane files; every call of `refresh` reads new files and new records.

    `table` numbers the lanes: a saved one keeps its numbers.
    """

    def __init__(
        self, run_folder: Path, steps: Sequence[StepKind], *, open_loop: bool, table: LaneTable | None = None
    ) -> None:
        self._new_files = NewFiles(run_folder / "lanes", ".lane", LaneReader)
        self.open_loop = open_loop
        self.table = table or LaneTable()
        self.totals = PhaseTotals(steps)
        self.totals.add_lanes(len(self.table.lanes))
        self.files: list[LaneFile] = []
        self.loops = LoopWaits(run_folder)

    def refresh(self, batch: int = _BATCH) -> Ints | None:
        """Take in new files, headers and at most `batch` new records of each file.

        Returns the latencies of the tasks that ended in the new records, None if there were no new records. A torn
        record is not counted as new: it may stay torn (its writer was killed, or is a fork that writes elsewhere).
        """
        self._find_files()
        self.loops.refresh()
        files, firsts, pieces = [], [], []
        for file in self.files:
            # Headers are read before records: a phase under way may then be seen twice, but is never missed.
            file.reader.refresh()
            if file.reader.workers > len(file.lanes):
                self._number(file)
            first, data = file.reader.take_bytes(batch)
            if data:
                files.append(file)
                firsts.append(first)
                pieces.append(data)
        if not pieces:
            return None
        counts = np.array([len(data) // RECORD_DTYPE.itemsize for data in pieces], np.int64)
        records = np.frombuffer(b"".join(pieces), RECORD_DTYPE)
        whole = _whole(records, np.array(firsts, np.int64), counts, len(self.totals.steps))
        lanes = np.repeat(np.array([file.lanes[0] for file in files], np.int64), counts)
        end = 0
        for file, count, read in zip(files, counts.tolist(), whole.tolist(), strict=True):
            if file.is_async:
                theirs = np.minimum(records["worker"][end : end + count], len(file.lanes) - 1)
                lanes[end : end + count] = file.lanes[theirs]
            file.reader.put_back(count - read)
            end += count
        if not whole.any():
            return None
        if whole.sum() < len(records):
            kept = np.arange(len(records)) - np.repeat(np.cumsum(counts) - counts, counts) < np.repeat(whole, counts)
            lanes, records = lanes[kept], records[kept]
        return self.totals.feed(lanes, records)

    @property
    def has_sleepers(self) -> bool:
        """Whether some step's thread sleeps for a known time."""
        return any(kind.wakes_late for kind in self.totals.steps)

    @property
    def done(self) -> int:
        """Tasks that ended well."""
        return self.totals.passed + sum(file.reader.unrecorded_done for file in self.files)

    @property
    def failed(self) -> int:
        """Tasks that ended because a step failed."""
        return self.totals.failed + sum(file.reader.unrecorded_failed for file in self.files)

    @property
    def dropped(self) -> int:
        """Phases that were not recorded."""
        return sum(file.reader.dropped for file in self.files)

    def close(self) -> None:
        """Close every file."""
        self.loops.close()
        for file in self.files:
            file.reader.close()

    def _find_files(self) -> None:
        found = self._new_files.find()
        if not found:
            return
        for name, reader in sorted(found.items(), key=lambda each: (each[1].created_ns, each[0])):
            self.files.append(LaneFile(name, reader, np.empty(0, np.int64)))
        self.table.see(found)
        for file in self.files[len(self.files) - len(found) :]:
            self._number(file)

    def _number(self, file: LaneFile) -> None:
        self.table.see({file.name: file.reader})
        self.totals.add_lanes(len(self.table.lanes) - self.totals.count)
        lanes = (self.table.of(file.name, number) for number in range(max(1, file.reader.workers)))
        file.lanes = np.array([lane.lane for lane in lanes if lane is not None], np.int64)


def _whole(records: NDArray[np.void], firsts: Ints, counts: Ints, steps: int) -> Ints:
    """Return how many of each file's records come before the first damaged one; `records` holds one file after the
    other.

    A record is whole if it carries its right place in its file (the first of each file has the one in `firsts`), and if
    its step is below `steps`, or is QUEUED.
    """
    starts = np.cumsum(counts) - counts
    place = np.arange(len(records)) - np.repeat(starts, counts)
    wrong = records["sequence"].astype(np.int64) - place != np.repeat(firsts, counts)
    wrong |= (records["step"] >= steps) & (records["step"] != QUEUED)
    if not wrong.any():
        return counts
    first_wrong = np.where(wrong, place, np.repeat(counts, counts))
    return np.asarray(np.minimum.reduceat(first_wrong, starts), np.int64)
