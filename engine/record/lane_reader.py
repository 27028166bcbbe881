"""Reads lane files as numpy arrays: mapped read-only, while they are being written or long after."""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.record import lane_file
from engine.record.lane_file import Slot

RECORD_DTYPE = np.dtype(lane_file.RECORD_FIELDS)
# For readers of records that know nothing else of the host.
OK, LAST, SAMPLED, QUEUED = lane_file.OK, lane_file.LAST, lane_file.SAMPLED, lane_file.QUEUED
FOR_LIMIT = lane_file.FOR_LIMIT
_ONE_RECORD = struct.Struct("<QQqqqIHH")  # the same; reading one record with numpy takes twenty times as long
_NO_RECORDS = np.empty(0, RECORD_DTYPE)


MAX_WORKERS = 100_000  # coroutines that share a file: as many as any model takes


class LaneFileError(Exception):
    """A file is not a lane file of this version; the message names it."""


class LaneReader:
    """One lane file. The header's figures are those of the last `refresh`; all times are nanoseconds.

    Raises LaneFileError if the file is not (yet) a lane file, OSError if it cannot be read.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            self._map_header()
        except BaseException:
            os.close(self._file)
            raise
        slots = self._slots
        self.pid = int(slots[Slot.PID])
        self.thread = int(slots[Slot.THREAD])
        self.created_ns = int(slots[Slot.CREATED_NS])
        self.identifier = int(slots[Slot.IDENTIFIER])
        self.capacity = int(slots[Slot.CAPACITY])
        self.first_step = int(slots[Slot.FIRST_STEP])
        self.thread_name, self.process_name = self._text(0), self._text(1)
        self._head: list[int] = []
        self._room = 0  # how many records the file had room for when its size was last read
        self._read = self._recorded_done = self._recorded_failed = 0
        self.state = 0  # 1 + the step that is running, 0 between tasks and where coroutines share the lane
        self.has_turn = False  # for a step with a limit: whether it has its turn
        self.state_since_ns = 0
        self.last_end_ns = 0
        self.refresh()

    def refresh(self) -> None:
        """Read the header's figures again."""
        head: list[int] = self._slots[: len(Slot)].tolist()
        if head == self._head:
            return
        self._head = head
        self.published = self._there(head[Slot.PUBLISHED])
        self.task = head[Slot.TASK]
        self.unrecorded_done = head[Slot.TASKS_DONE]
        self.unrecorded_failed = head[Slot.TASKS_FAILED]
        self.dropped = head[Slot.DROPPED]
        self.workers = min(max(0, head[Slot.WORKERS]), MAX_WORKERS)
        self.histogram_count = head[Slot.HISTOGRAM_COUNT]
        self.histogram_ns = head[Slot.HISTOGRAM_NS]
        self.histogram_max_ns = head[Slot.HISTOGRAM_MAX_NS]
        self.unrecorded_ns = head[Slot.TASKS_NS]
        self.unrecorded_limit_ns = head[Slot.LIMIT_NS]
        self.sampled = head[Slot.SAMPLED_TASKS : Slot.SAMPLED_QUEUE_NS + 1]
        self._find_state(head[Slot.SINCE_NS], head[Slot.LAST_END_NS], head[Slot.LAST_TAIL])

    @property
    def tasks_done(self) -> int:
        """Tasks that ended without an error: those read by `read_new`, and those that were not recorded."""
        return self._recorded_done + self.unrecorded_done

    @property
    def tasks_failed(self) -> int:
        """Tasks that ended with an error: those read by `read_new`, and those that were not recorded."""
        return self._recorded_failed + self.unrecorded_failed

    @property
    def is_short(self) -> bool:
        """Whether phases were dropped before the file reached its capacity, because it could not grow."""
        return self.dropped > 0 and self.published < self.capacity - self.capacity // 5

    @property
    def grow_error(self) -> int:
        """The system's number of the error that kept the file from growing; 0: none did, or it was not noted."""
        return int(self._slots[Slot.GROW_ERROR])

    @property
    def damage(self) -> str | None:
        """After all records were read: a sentence about the unreadable ones, None if nothing is damaged."""
        if self._slots[Slot.PUBLISHED] > self.published:
            return f"{self.path}: is damaged: it is shorter than it says, so phases may be missing"
        left = self.published - self._read
        return f"{self.path}: is damaged: {left:,} of its phases are left out" if left > 0 else None

    def read_new(self, most: int | None = None) -> NDArray[np.void]:
        """Return the records published since the last call, at most `most`; a copy, of dtype RECORD_DTYPE."""
        if self._slots[Slot.PUBLISHED] == self._read:
            return _NO_RECORDS
        records = self._records(self._read, most)
        self._read += len(records)
        flags = records["flags"]
        ended = (flags & lane_file.LAST) != 0
        whole = ended & ((flags & lane_file.HANDED_ON) == 0)
        passed = int(np.count_nonzero(whole & ((flags & lane_file.OK) != 0)))
        self._recorded_done += passed
        self._recorded_failed += int(np.count_nonzero(whole)) - passed
        return records

    def take_bytes(self, most: int) -> tuple[int, bytes]:
        """Return at most `most` records published since the last read as they stand in the file, unchecked.

        The first value is the expected sequence number of the first record. This is for readers of hundreds of files
        that check and count all records at once, and `put_back` torn ones. The tasks in them are not counted here.
        """
        first = self._read + 1
        count = min(self._there(int(self._slots[Slot.PUBLISHED])) - self._read, most)
        if count <= 0:
            return first, b""
        start = lane_file.HEADER_SIZE + self._read * lane_file.RECORD_SIZE
        data = read_at(self._file, start, count * lane_file.RECORD_SIZE)
        whole = len(data) // lane_file.RECORD_SIZE
        self._read += whole
        return first, data[: whole * lane_file.RECORD_SIZE]

    def put_back(self, count: int) -> None:
        """Un-read the last `count` records: the next read returns them again."""
        self._read -= count

    def read_all(self) -> NDArray[np.void]:
        """Return every published record; a copy, of dtype RECORD_DTYPE."""
        return self._records(0, None)

    def histogram(self) -> NDArray[np.int64]:
        """Return how many latencies of unrecorded tasks fell in each bucket of `lane_file.bucket_of`."""
        start = lane_file.HISTOGRAM_SLOTS
        return self._slots[start : start + lane_file.HISTOGRAM_BUCKETS].copy()

    def step_sums(self) -> NDArray[np.int64]:
        """Return the sums over unrecorded phases, a row a step: phases, ns, ns truly waited, failed phases."""
        start = lane_file.STEP_SLOTS
        slots = self._slots[start : start + lane_file.MAX_STEPS * lane_file.STEP_SUMS]
        return slots.reshape(lane_file.MAX_STEPS, lane_file.STEP_SUMS).copy()

    def close(self) -> None:
        """Close the file; the reader cannot be used afterwards."""
        if self._file >= 0:
            del self._slots
            self._header.close()
            os.close(self._file)
            self._file = -1

    def _map_header(self) -> None:
        if os.fstat(self._file).st_size < lane_file.HEADER_SIZE:
            raise LaneFileError(f"{self.path}: is shorter than a lane file's header")
        self._header = mmap.mmap(self._file, lane_file.HEADER_SIZE, access=mmap.ACCESS_READ)
        self._slots: NDArray[np.int64] = np.frombuffer(self._header, np.int64)
        if self._slots[Slot.MAGIC] != lane_file.MAGIC or self._slots[Slot.RECORD_SIZE] != lane_file.RECORD_SIZE:
            del self._slots
            self._header.close()
            raise LaneFileError(f"{self.path}: is not a lane file of this version")

    def _find_state(self, since_ns: int, unrecorded_end_ns: int, unrecorded_tail: int) -> None:
        # The writer stores only when its last phase began. If a record starts at that time, the phase has ended;
        # otherwise it still runs, and the phase before it tells which step it is.
        start_ns = end_ns = -1
        step, flags = lane_file.QUEUED, 0
        if self.published:
            place = lane_file.HEADER_SIZE + (self.published - 1) * lane_file.RECORD_SIZE
            data = read_at(self._file, place, lane_file.RECORD_SIZE)
            if int.from_bytes(data[:8], "little") != self.published:  # torn: it is whole at the next look
                self._head = []
                return
            _, _, start_ns, end_ns, _, _, step, flags = _ONE_RECORD.unpack(data)
        if unrecorded_end_ns >= end_ns and self.dropped:
            start_ns, end_ns, tail = -1, unrecorded_end_ns, unrecorded_tail
            step, flags = tail >> 32 & 0xFFFF, tail >> 48
        self.state_since_ns, self.last_end_ns, self.has_turn = since_ns, max(0, end_ns), False
        if not since_ns or self.workers or since_ns < end_ns:
            self.state = 0
        elif flags & lane_file.LAST or step == lane_file.QUEUED:
            self.state = 0 if start_ns == since_ns else self.first_step + 1
        elif flags & lane_file.FOR_LIMIT:
            self.state, self.has_turn = step + 1, True
        else:
            self.state = step + 2

    def _there(self, published: int) -> int:
        """Return `published`, limited to the file's size: a damaged header may contain any number."""
        if published <= self._room:
            return max(0, published)
        self._room = max(0, os.fstat(self._file).st_size - lane_file.HEADER_SIZE) // lane_file.RECORD_SIZE
        return min(published, self._room)

    def _text(self, place: int) -> str:
        start = lane_file.LABEL_OFFSET + place * lane_file.LABEL_SIZE
        return self._header[start : start + lane_file.LABEL_SIZE].rstrip(b"\0").decode("utf-8", "replace")

    def _records(self, first: int, most: int | None) -> NDArray[np.void]:
        count = self._there(int(self._slots[Slot.PUBLISHED])) - first
        if most is not None:
            count = min(count, most)
        if count <= 0:
            return np.empty(0, RECORD_DTYPE)
        start = lane_file.HEADER_SIZE + first * lane_file.RECORD_SIZE
        data = read_at(self._file, start, count * lane_file.RECORD_SIZE)
        records = np.frombuffer(data, RECORD_DTYPE, len(data) // lane_file.RECORD_SIZE)
        # Each record holds its sequence number: stop before the first that is torn or not written yet.
        wrong = records["sequence"] != np.arange(first + 1, first + 1 + len(records), dtype=np.uint64)
        return records[: int(np.argmax(wrong))] if wrong.any() else records


def read_at(file: int, start: int, size: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(file, size, start)
    os.lseek(file, start, os.SEEK_SET)
    return os.read(file, size)
