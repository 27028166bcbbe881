"""Reads loop files as numpy arrays, while they are being written or long after."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.record import loop_file
from engine.record.lane_file import MAX_STEPS
from engine.record.lane_reader import LaneFileError, read_at
from engine.record.loop_file import LoopSlot

LOOP_DTYPE = np.dtype(loop_file.RECORD_FIELDS)
TURNS, IO, LOCK, READY, BETWEEN = (
    loop_file.TURNS,
    loop_file.IO,
    loop_file.LOCK,
    loop_file.READY,
    loop_file.BETWEEN,
)


class LoopReader:
    """One loop file; `slots` is its current header, see LoopSlot. Times are nanoseconds.

    Raises LaneFileError if the file is not (yet) a loop file, OSError if it cannot be read.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            if os.fstat(self._file).st_size < loop_file.HEADER_SIZE:
                raise LaneFileError(f"{self.path}: is shorter than a loop file's header")
            self._header = mmap.mmap(self._file, loop_file.HEADER_SIZE, access=mmap.ACCESS_READ)
        except BaseException:
            os.close(self._file)
            raise
        self.slots: NDArray[np.int64] = np.frombuffer(self._header, np.int64)
        if self.slots[LoopSlot.MAGIC] != loop_file.MAGIC or self.slots[LoopSlot.RECORD_SIZE] != loop_file.RECORD_SIZE:
            self.close()
            raise LaneFileError(f"{self.path}: is not a loop file of this version")
        self.pid = int(self.slots[LoopSlot.PID])
        self.thread = int(self.slots[LoopSlot.THREAD])
        self.has_lane = False
        self._read = 0

    def read_new(self, most: int | None = None) -> NDArray[np.void]:
        """Return the records published since the last call, at most `most`; a copy, of dtype LOOP_DTYPE."""
        self.has_lane = self.slots[LoopSlot.LANE] != 0
        count = int(self.slots[LoopSlot.PUBLISHED]) - self._read
        if most is not None:
            count = min(count, most)
        if count <= 0:
            return np.empty(0, LOOP_DTYPE)
        size = loop_file.RECORD_SIZE
        data = read_at(self._file, loop_file.HEADER_SIZE + self._read * size, count * size)
        records = np.frombuffer(data, LOOP_DTYPE, len(data) // size)
        wrong = records["sequence"] != np.arange(self._read + 1, self._read + 1 + len(records), dtype=np.uint64)
        if wrong.any():
            records = records[: int(np.argmax(wrong))]
        self._read += len(records)
        return records

    def unrecorded(self) -> NDArray[np.int64]:
        """Return the sums of unrecorded waits: count, ns of io, lock, loop; one row for each step, then BETWEEN's."""
        start = loop_file.SUM_SLOTS
        rows = MAX_STEPS + 1
        slots = self.slots[start : start + rows * loop_file.WAIT_SUMS]
        return slots.reshape(rows, loop_file.WAIT_SUMS).copy()

    @property
    def busy_since_ns(self) -> int:
        """Since when the loop has been running one iteration's callbacks; 0: it waits for events."""
        return int(self.slots[LoopSlot.SINCE_NS])

    def holder(self) -> tuple[int, int] | None:
        """Return which coroutine runs now, and since when; None while the loop waits for events."""
        since_ns, worker = int(self.slots[LoopSlot.RUNS_SINCE_NS]), int(self.slots[LoopSlot.RUNS])
        busy_since_ns = self.busy_since_ns
        return (worker, since_ns) if busy_since_ns and since_ns >= busy_since_ns and worker >= 0 else None

    @property
    def task(self) -> int:
        """The task of the coroutine that ran last."""
        return int(self.slots[LoopSlot.RUNS_TASK])

    def close(self) -> None:
        """Close the file; the reader cannot be used afterwards."""
        if self._file >= 0:
            del self.slots
            self._header.close()
            os.close(self._file)
            self._file = -1
