"""Which core each worker's thread was seen on, as a run's folder keeps it: written as it goes, read while it grows.

`placements.bin` holds a record for every change: a thread was seen on another core, began or ceased to run, or ended.
`placements.json` says which thread each number in it is, how often it moved between cores, and when the looking began
and ended. Times are nanoseconds since the run's start.
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
_HELD: Final = -2  # as before


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
        self.until_ns = 0  # up to when threads were looked at
        self.version = 0
        self._occupants = _Occupants()

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
            return  # the run keeps none, or it is being written
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
            *(figure for each in threads for figure in (each.pid, each.thread, each.moves or 0)),
        ]
        if not all(type(each) is int and abs(each) <= LARGEST for each in whole):
            raise ValueError("is damaged")
        self.threads, self.until_ns = threads, about["until_ns"] - self._zero_ns
        self.version += 1

    def occupants(self, cores: int) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
        """Return the times of all looks that saw a change, and who was seen running on each core from then on.

        Shapes (looks,) and (looks, cores); NOBODY where no worker's thread was. Of several that were runnable on one
        core, the latest number is named. What was worked out before is kept: only new records take time.
        """
        self._occupants.take(self.records[self._occupants.taken :])
        return self._occupants.until_now(cores)

    def seen_moves(self, thread: int) -> int:
        """Return how often a thread was seen on another core than before: at least so often it moved."""
        cores = self.records["core"][(self.records["thread"] == thread) & (self.records["core"] >= 0)]
        return int(np.count_nonzero(np.diff(cores)))


class _Occupants:
    """Who is on which core, look by look, as records come."""

    def __init__(self) -> None:
        self.taken = 0
        self._core_of: dict[int, int] = {}
        self._on: dict[int, set[int]] = {}
        self._times: list[int] = []
        self._changes: list[tuple[int, int, int]] = []  # look, core, who is there from then on
        self._seen = np.full((0, 1), NOBODY, np.int16)
        self._drawn = 0  # changes that are in `_seen`

    def take(self, records: NDArray[np.void]) -> None:
        """Take in the next records."""
        for time_ns, thread, core, running in records.tolist():
            if not self._times or time_ns != self._times[-1]:
                self._times.append(time_ns)
            before, now = self._core_of.get(thread, NOBODY), core if running and core >= 0 else NOBODY
            if before == now:
                continue
            self._core_of[thread] = now
            if before != NOBODY:
                self._on[before].discard(thread)
                self._note(before)
            if now != NOBODY:
                self._on.setdefault(now, set()).add(thread)
                self._note(now)
        self.taken += len(records)

    def until_now(self, cores: int) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
        """Return times and who was where."""
        known = self._seen[:, :cores] if self._seen.shape[1] >= cores else np.full((0, cores), NOBODY, np.int16)
        if len(known) < len(self._seen):  # a core was seen for the first time: begin again
            self._drawn = 0
        first = max(0, len(known) - 1)  # the last look may not have been read to its end
        new = np.full((len(self._times) - first, cores), _HELD, np.int16)
        if len(new):
            new[0] = known[first] if len(known) else NOBODY
        changes = np.array(self._changes[self._drawn :], np.int64).reshape(-1, 3)
        changes = changes[changes[:, 1] < cores]
        new[changes[:, 0] - first, changes[:, 1]] = changes[:, 2]
        # What was seen last holds until the next change.
        last = np.maximum.accumulate(np.where(new != _HELD, np.arange(len(new))[:, None], 0), axis=0)
        seen = np.concatenate([known[:first], np.take_along_axis(new, last, axis=0)])
        self._seen, self._drawn = seen, len(self._changes)
        return np.array(self._times, np.int64), seen

    def _note(self, core: int) -> None:
        self._changes.append((len(self._times) - 1, core, max(self._on[core], default=NOBODY)))
