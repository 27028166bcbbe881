"""On which core each worker's thread was seen, as files in a run's folder that can be read while they grow.

`placements.bin` holds a record for every time that a thread was seen running, and for every change: the thread was on
another core, started or stopped running, or ended. `placements.json` says which thread each number is, how often it
moved between cores, how many looks there were and until when. Times are nanoseconds since the run's start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.record.shape import LARGEST

RECORDS: Final = "placements.bin"
THREADS: Final = "placements.json"
PLACEMENT: Final = np.dtype([("time_ns", "<i8"), ("thread", "<u4"), ("core", "<i2"), ("running", "<i2")])
ENDED: Final = -1  # the core of a thread that is gone
NOBODY: Final = -1
_PERIOD_NS: Final = 45_000_000  # assumed between looks if fewer than two are known


@dataclass(frozen=True, slots=True)
class PlacedThread:
    """A thread that was looked at; `file` is its lane file, `moves` the system's count of moves, None without one."""

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
        self.until_ns = 0  # up to when threads were looked at
        self.looks = 0  # how often; 0 where a record of an earlier version does not say
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
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return  # the run has no placements, or the file is being written
        whole = len(data) // PLACEMENT.itemsize
        if whole:
            self._offset += whole * PLACEMENT.itemsize
            records = np.frombuffer(data, PLACEMENT, whole).copy()
            records["time_ns"] -= self._zero_ns
            self.records = np.concatenate([self.records, records])
            self.version += 1

    def _take_threads(self, about: Mapping[str, Any]) -> None:
        threads = [PlacedThread(number, **each) for number, each in enumerate(about["threads"])]
        whole = [
            about["until_ns"],
            about.get("looks", 0),
            *(figure for each in threads for figure in (each.pid, each.thread, each.moves or 0)),
        ]
        if not all(type(each) is int and abs(each) <= LARGEST for each in whole):
            raise ValueError("is damaged")
        self.threads, self.until_ns = threads, about["until_ns"] - self._zero_ns
        self.looks = about.get("looks", 0)
        self.version += 1

    @property
    def period_ns(self) -> int:
        """Return the mean time between two looks."""
        times = np.unique(self.records["time_ns"])
        if self.looks > 1 and len(times):
            return max(1, int((self.until_ns - times[0]) / (self.looks - 1)))
        return int(np.median(np.diff(times))) if len(times) > 1 else _PERIOD_NS

    def sightings(self) -> NDArray[np.void]:
        """Return the records of threads that were seen running, in the order of time."""
        running = (self.records["running"] != 0) & (self.records["core"] >= 0)
        return np.asarray(self.records[running])

    def seen_moves(self, thread: int) -> int:
        """Return how often a thread was seen on another core than before, a lower bound of its moves."""
        cores = self.records["core"][(self.records["thread"] == thread) & (self.records["core"] >= 0)]
        return int(np.count_nonzero(np.diff(cores)))
