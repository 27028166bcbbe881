"""The carried file: what was carried for each task, and when it was pickled and unpickled; written by the run's host.

Guarantees. One process writes (its threads take turns), any number read, without a lock between them. The totals in the
header are exact however many tasks there are. A task has a record up to a bound, and as long as the disk has room; a
record is written first, then counted. Times are nanoseconds of `time.perf_counter_ns`, 0 where they are not known.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from engine.record.growing_file import HEADER_SIZE, GrowingFile

NAME: Final = "carried"
MAGIC: Final = int.from_bytes(b"GILCARR1", "little")
_HEADER: Final = struct.Struct("=7q")  # MAGIC, how many records there are, then CarriedTotals
_RECORD: Final = struct.Struct("=12q")  # as long as two of a growing file's own records, so each lies in one chunk
_RECORDS_READ: Final = 8_192  # at once


class CarriedTask(NamedTuple):
    """What was carried for one task: bytes each way, and the instants of the way there and back."""

    task: int
    to_bytes: int
    back_bytes: int
    handed_ns: int  # when the model took the task
    pickle_ns: int = 0  # the payload was pickled from here to the next one, then unpickled in its worker
    pickled_ns: int = 0
    unpickle_ns: int = 0
    unpickled_ns: int = 0
    result_pickle_ns: int = 0  # the result likewise, unpickled in the host
    result_pickled_ns: int = 0
    result_unpickle_ns: int = 0
    result_unpickled_ns: int = 0


_FIELDS: Final = len(CarriedTask._fields)
# The instants' names, in the order in which they come.
INSTANTS: Final = tuple(name.removesuffix("_ns") for name in CarriedTask._fields if name.endswith("_ns"))


@dataclass(frozen=True, slots=True)
class CarriedTotals:
    """What all tasks carried: those whose result came back, or, where nothing is pickled, those handed over."""

    tasks: int
    to_bytes: int
    back_bytes: int
    pickle_ns: int
    unpickle_ns: int


class CarriedWriter:
    """Makes a run's carried file, readable only by its owner. Raises OSError if that fails."""

    def __init__(self, run_folder: str, most: int) -> None:
        self._file = GrowingFile(os.path.join(run_folder, NAME))
        self._slots = memoryview(self._file.header).cast("q")
        self._slots[0] = MAGIC
        self._left, self._lock = most, threading.Lock()
        self._chunk: Any = None
        self._place = self._end = 0  # in the chunk

    def add(self, record: tuple[int, ...], pickle_ns: int = 0, unpickle_ns: int = 0) -> None:
        """Count a task, and record it (as CarriedTask) if there is room. Any thread may call."""
        slots = self._slots
        with self._lock:
            if self._left:
                if self._place == self._end:
                    self._grow()
                if self._left:
                    self._left -= 1
                    _RECORD.pack_into(self._chunk, self._place, *record)
                    self._place += _RECORD.size
                    slots[1] += 1
            slots[2] += 1
            slots[3] += record[1]
            slots[4] += record[2]
            slots[5] += pickle_ns
            slots[6] += unpickle_ns

    def _grow(self) -> None:
        self._chunk = self._file.grow()
        if self._chunk is None:  # the disk is full
            self._left = 0
            return
        self._place, self._end = 0, len(self._chunk)


def read_totals(run_folder: str) -> CarriedTotals | None:
    """Return what a run's tasks carried; None if the run has no such file."""
    header = _header(run_folder)
    return None if header is None else CarriedTotals(*header[1:])


def read_tasks(run_folder: str) -> Iterator[CarriedTask]:
    """Yield every record, in the order in which the results came back."""
    for numbers in _pieces(run_folder):
        for at in range(0, len(numbers), _FIELDS):
            yield CarriedTask(*numbers[at : at + _FIELDS])


def read_task(run_folder: str, task: int) -> CarriedTask | None:
    """Return what is recorded of a task; None if nothing is."""
    for numbers in _pieces(run_folder):
        tasks = numbers[::_FIELDS].tolist()
        if task in tasks:
            at = tasks.index(task) * _FIELDS
            return CarriedTask(*numbers[at : at + _FIELDS])
    return None


def _pieces(run_folder: str) -> Iterator[memoryview[int]]:
    """Yield the numbers of all records that were counted when this began, some thousand records at a time."""
    header = _header(run_folder)
    left = 0 if header is None else header[0] * _RECORD.size
    if not left:
        return
    with open(os.path.join(run_folder, NAME), "rb") as file:
        file.seek(HEADER_SIZE)
        while data := file.read(min(left, _RECORDS_READ * _RECORD.size)):
            left -= len(data)
            yield memoryview(data[: len(data) // _RECORD.size * _RECORD.size]).cast("q")


def _header(run_folder: str) -> tuple[int, ...] | None:
    try:
        with open(os.path.join(run_folder, NAME), "rb") as file:
            magic, *numbers = _HEADER.unpack(file.read(_HEADER.size))
    except (OSError, struct.error):
        return None
    return tuple(numbers) if magic == MAGIC else None
