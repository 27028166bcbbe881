"""Placements: on which core each worker's thread is, sampled some thirty times a second into bounded files."""

from __future__ import annotations

import json
import os
import random
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from engine.record.atomic_file import write_atomically
from engine.record.lane_reader import LaneReader
from engine.record.placements import ENDED, PLACEMENT, RECORDS, THREADS
from engine.record.private_file import private

_MOST_THREADS: Final = 64
_MOST_RECORDS: Final = 500_000  # 8 MB
_PERIOD_NS: Final = 45_000_000
_UNEVEN: Final = (0.5, 1.1)  # of the period
_MOVES_NS: Final = 1_000_000_000  # the count of moves takes ten times as long to read
_RECORD: Final = struct.Struct("<qIhh")
assert _RECORD.size == PLACEMENT.itemsize


class Place(NamedTuple):
    """The core a thread is on, or was on last, and whether it runs there now or is about to."""

    core: int
    running: bool


class _LaneFile(Protocol):
    name: str
    reader: LaneReader


class Places(Protocol):
    """An operating system's information on threads and cores."""

    def place(self, pid: int, thread: int) -> Place | None:
        """Return where a thread is; None if it is gone or may not be read."""

    def moves(self, pid: int, thread: int) -> int | None:
        """Return how often a thread has moved between cores since it began; None where that is not counted."""

    def forget(self) -> None:
        """Close the files that are kept open."""


class LinuxPlaces:
    """Linux's /proc. `proc` is where that is mounted."""

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._files: dict[tuple[int, int], int] = {}

    def place(self, pid: int, thread: int) -> Place | None:
        """Read `state` and `processor` of the thread's stat."""
        key = (pid, thread)
        try:
            if key not in self._files:
                self._files[key] = os.open(f"{self._proc}/{pid}/task/{thread}/stat", os.O_RDONLY)
            fields = os.pread(self._files[key], 1024, 0).rpartition(b")")[2].split()
            return Place(int(fields[36]), fields[0] == b"R")
        except (OSError, ValueError, IndexError):
            if key in self._files:
                os.close(self._files.pop(key))
            return None

    def moves(self, pid: int, thread: int) -> int | None:
        """Read the scheduler's count, which not every kernel keeps."""
        try:
            with open(f"{self._proc}/{pid}/task/{thread}/sched", "rb") as file:
                found = file.read().partition(b"nr_migrations")[2].partition(b"\n")[0]
            return int(found.rpartition(b":")[2])
        except (OSError, ValueError):
            return None

    def forget(self) -> None:
        """Close every file."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()


def this_systems_places() -> Places | None:
    """Return this system's `Places`; None where there is no such information."""
    return LinuxPlaces() if sys.platform == "linux" else None


class Placements:
    """Looks at the first lane files' threads, and records the changes and the running threads.

    It looks at random intervals, so that periodic work is not always or never met. The files are bounded: whenever half
    of the remaining room is used, it looks half as often.
    """

    def __init__(self, folder: Path, places: Places | None, start_ns: int, *, most: int = _MOST_RECORDS) -> None:
        self._folder, self._places, self._start_ns = folder, places, start_ns
        self._most, self._next_halving = most, most // 2
        self._period_ns = self._interval_ns = _PERIOD_NS
        self._random = random.Random(1)
        self._looks = 0
        self._looked_ns = self._moved_ns = 0
        self._written = 0
        self._threads: list[dict[str, Any]] = []
        self._last: list[Place | None] = []
        self._base: list[int | None] = []

    def look(self, files: Sequence[_LaneFile], now_ns: int) -> None:
        """Look at the threads if it is time to."""
        if self._places is None or now_ns - self._looked_ns < self._interval_ns:
            return
        self._looked_ns = now_ns
        self._looks += 1
        self._interval_ns = round(self._period_ns * self._random.uniform(*_UNEVEN))
        for file in files[len(self._threads) : _MOST_THREADS]:
            reader = file.reader
            moves = self._places.moves(reader.pid, reader.thread)
            about = {"file": file.name, "pid": reader.pid, "thread": reader.thread}
            self._threads.append({**about, "moves": None if moves is None else 0})
            self._last.append(None)
            self._base.append(moves)
        if now_ns - self._moved_ns >= _MOVES_NS:
            self._moved_ns = now_ns
            self._count_moves(self._places)
        self._write(self._changes(self._places, now_ns - self._start_ns))

    def save(self) -> None:
        """Write which threads there are, and how often each has moved."""
        if not self._threads:
            return
        if self._places is not None:
            self._count_moves(self._places)
        about = {"threads": self._threads, "until_ns": max(0, self._looked_ns - self._start_ns), "looks": self._looks}
        write_atomically(self._folder / THREADS, json.dumps(about))

    def close(self) -> None:
        """Close everything that is open."""
        if self._places is not None:
            self._places.forget()

    def _count_moves(self, places: Places) -> None:
        for about, base, last in zip(self._threads, self._base, self._last, strict=True):
            if base is not None and (last is None or last.core != ENDED):
                moves = places.moves(about["pid"], about["thread"])
                if moves is not None:  # an ended thread keeps its last count
                    about["moves"] = moves - base

    def _changes(self, places: Places, time_ns: int) -> list[bytes]:
        changes = []
        for number, about in enumerate(self._threads):
            before = self._last[number]
            if before is not None and before.core == ENDED:
                continue
            place = places.place(about["pid"], about["thread"]) or Place(ENDED, False)
            if place != before or place.running:
                self._last[number] = place
                changes.append(_RECORD.pack(time_ns, number, place.core, place.running))
        return changes

    def _write(self, changes: list[bytes]) -> None:
        if not changes or self._written + len(changes) > self._most:
            return
        self._written += len(changes)
        if self._written >= self._next_halving:
            self._period_ns *= 2
            self._next_halving = self._written + max(1, (self._most - self._written) // 2)
        try:
            with open(self._folder / RECORDS, "ab", opener=private) as file:
                file.write(b"".join(changes))
        except OSError:  # the disk is full: half a record may have been written, so no other may follow
            self._written = self._most
