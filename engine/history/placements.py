"""Which core each worker's thread was seen on, as a run's folder keeps it: written as it goes, read while it grows.

`placements.bin` holds a record for every change: a thread was seen on another core, began or ceased to run, or ended.
`placements.json` says which thread each number in it is, how often it moved between cores, and when the looking began
and ended. Times are nanoseconds since the run's start.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RECORDS: Final = "placements.bin"
THREADS: Final = "placements.json"
PLACEMENT: Final = np.dtype([("time_ns", "<i8"), ("thread", "<u4"), ("core", "<i2"), ("running", "<i2")])
ENDED: Final = -1  # the core of a thread that is gone
NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class PlacedThread:
    """A thread that was looked at, whose lane file is `file`. `moves` is the system's count, None where it has none."""

    number: int
    file: str
    pid: int
    thread: int
    moves: int | None


class PlacementReader:
    """Reads a run's placements; `refresh` takes in what is new. A run that has none stays empty."""

    def __init__(self, folder: Path, zero_ns: int = 0) -> None:
        self._folder, self._zero_ns = folder, zero_ns  # what times count from, after the run's start
        self._offset = 0
        self._threads_at = 0
        self.records: NDArray[np.void] = np.empty(0, PLACEMENT)
        self.threads: list[PlacedThread] = []
        self._numbers: dict[str, int] = {}
        self.until_ns = 0  # up to when threads were looked at
        self.version = 0

    def refresh(self) -> None:
        """Take in what was written since the last call."""
        try:
            with open(self._folder / RECORDS, "rb") as file:
                file.seek(self._offset)
                data = file.read()
            about = self._folder / THREADS
            changed = about.stat().st_mtime_ns
            if changed != self._threads_at:
                self._take_threads(json.loads(about.read_text(encoding="utf-8")))
                self._threads_at = changed
        except (OSError, ValueError, KeyError, TypeError):
            return  # the run keeps none, or it is being written
        whole = len(data) // PLACEMENT.itemsize
        if whole:
            self._offset += whole * PLACEMENT.itemsize
            records = np.frombuffer(data, PLACEMENT, whole).copy()
            records["time_ns"] -= self._zero_ns
            self.records = np.concatenate([self.records, records])
            self.version += 1

    def _take_threads(self, about: dict[str, Any]) -> None:
        self.threads = [PlacedThread(number, **each) for number, each in enumerate(about["threads"])]
        self._numbers = {each.file: each.number for each in self.threads}
        self.until_ns = int(about["until_ns"]) - self._zero_ns
        self.version += 1

    def number_of(self, file: str) -> int | None:
        """Return the number of a lane file's thread, None if it was not looked at."""
        return self._numbers.get(file)

    def occupants(self, cores: int) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
        """Return the times of all looks that saw a change, and who was seen running on each core from then on.

        Shapes (looks,) and (looks, cores); NOBODY where no worker's thread was. Of two that were runnable on one core,
        the later number is named.
        """
        times, look = np.unique(self.records["time_ns"], return_inverse=True)
        seen = np.full((len(times), cores), NOBODY, np.int16)
        where = np.full(len(times), NOBODY, np.int16)
        for thread in range(len(self.threads)):
            mine = self.records["thread"] == thread
            if not mine.any():
                continue
            at, records = look[mine], self.records[mine]
            where[:] = NOBODY
            where[at] = np.where(records["running"] > 0, records["core"], NOBODY)
            # What was seen last holds until the next change.
            last = np.maximum.accumulate(np.where(np.isin(np.arange(len(times)), at), np.arange(len(times)), -1))
            held = np.where(last >= 0, where[last], NOBODY)
            rows = np.flatnonzero((held >= 0) & (held < cores))
            seen[rows, held[rows]] = thread
        return times, seen

    def seen_moves(self, thread: int) -> int:
        """Return how often a thread was seen on another core than before: at least so often it moved."""
        cores = self.records["core"][(self.records["thread"] == thread) & (self.records["core"] >= 0)]
        return int(np.count_nonzero(np.diff(cores)))
