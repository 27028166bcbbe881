"""Lanes: a run's folder of lane files, read as it grows, and added up."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.conductor.tally import Ints, StepKind, Tally
from engine.history.lane_reader import LaneFileError, LaneReader
from engine.history.lanes import LaneTable

_BATCH: Final = 65_536  # records of one file read at a time


@dataclass(slots=True)
class LaneFile:
    """One lane file, and the lanes of the workers that share it, by their numbers."""

    name: str
    reader: LaneReader
    lanes: Ints

    @property
    def is_async(self) -> bool:
        """Whether its workers are coroutines."""
        return self.reader.workers > 0


class Lanes:
    """Reads a run's lane files; every call of `refresh` takes in what is new.

    `table` numbers the lanes: a saved one keeps its numbers.
    """

    def __init__(
        self, run_folder: Path, steps: Sequence[StepKind], *, open_loop: bool, table: LaneTable | None = None
    ) -> None:
        self._folder = run_folder / "lanes"
        self._seen: set[str] = set()
        self._changed_ns = -1
        self.open_loop = open_loop
        self.table = table or LaneTable()
        self.tally = Tally(steps)
        self.tally.add_lanes(len(self.table.lanes))
        self.files: list[LaneFile] = []

    def refresh(self, batch: int = _BATCH) -> Ints | None:
        """Take in new files, headers and at most `batch` new records of each file.

        Returns the latencies of the tasks that ended in them, None if there were no new records.
        """
        self._find_files()
        lanes, records = [], []
        for file in self.files:
            # Before the records: then a phase that is under way here may also be among them, but never goes missing.
            file.reader.refresh()
            if file.reader.workers > len(file.lanes) or (file.is_async and not file.lanes.size):
                self._number(file)
            new = file.reader.read_new(batch)
            if len(new):
                lanes.append(file.lanes[np.minimum(new["worker"], len(file.lanes) - 1)])
                records.append(new)
        if not records:
            return None
        return self.tally.feed(np.concatenate(lanes), np.concatenate(records))

    @property
    def done(self) -> int:
        """Tasks that ended well."""
        return sum(file.reader.tasks_done for file in self.files)

    @property
    def failed(self) -> int:
        """Tasks that a step's failure ended."""
        return sum(file.reader.tasks_failed for file in self.files)

    @property
    def dropped(self) -> int:
        """Phases that were not recorded."""
        return sum(file.reader.dropped for file in self.files)

    def close(self) -> None:
        """Close every file."""
        for file in self.files:
            file.reader.close()

    def _find_files(self) -> None:
        try:
            changed_ns = os.stat(self._folder).st_mtime_ns
        except FileNotFoundError:
            return
        if changed_ns == self._changed_ns:
            return
        complete = True
        found: dict[str, LaneReader] = {}
        for name in os.listdir(self._folder):
            if name.endswith(".lane") and name not in self._seen:
                try:
                    found[name] = LaneReader(self._folder / name)
                except (LaneFileError, FileNotFoundError):
                    complete = False  # it is being made: look again at the next call
        for name, reader in sorted(found.items(), key=lambda each: (each[1].created_ns, each[0])):
            self._seen.add(name)
            self.files.append(LaneFile(name, reader, np.empty(0, np.int64)))
        self.table.see(found)
        for file in self.files[len(self.files) - len(found) :]:
            self._number(file)
        # Files made within the clock's grain of this look would not change the folder's time again.
        self._changed_ns = changed_ns if complete and not found else -1

    def _number(self, file: LaneFile) -> None:
        self.table.see({file.name: file.reader})
        self.tally.add_lanes(len(self.table.lanes) - self.tally.count)
        lanes = (self.table.of(file.name, number) for number in range(max(1, file.reader.workers)))
        file.lanes = np.array([lane.lane for lane in lanes if lane is not None], np.int64)
