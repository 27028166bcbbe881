"""The control page: a mapped file through which the conductor steers a run without a thread or a message in the host.

Guarantees. Each value has one writer and any number of readers (the host, its children). The writer is the conductor,
except that the host writes the run's duration, and the worker that begins the first task writes the run's beginning
(two that begin at once write nearly the same time). Each value is one aligned 64-bit slot, so a reader sees the old or
the new value. `revision` grows after each change, so that readers on the hot path compare one number. Slot CHANGED is 1
from a stop or a change until the host has noticed it, for a reader that only tests for 0 (`_Stretches` in `items`).
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import time
from typing import Final

from engine.record.private_file import private

FILE_NAME: Final = "control.bin"
_SIZE: Final = 4096
_STOP, _REVISION, _ARRIVAL, _SWITCH, CHANGED, _TIMED, _DURATION, BEGUN = range(8)
_FLOAT: Final = struct.Struct("=d")


class Control:
    """The control page at `path`. Raises OSError if it cannot be opened."""

    def __init__(self, path: str, *, create: bool = False) -> None:
        if create:
            with open(path, "xb", opener=private) as file:
                file.write(bytes(_SIZE))
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)
        self.slots = memoryview(self._map).cast("q")

    @classmethod
    def create(cls, folder: str) -> Control:
        """Make the page of a run in its folder."""
        return cls(os.path.join(folder, FILE_NAME), create=True)

    def stop(self) -> None:
        """Ask the run to take no further task."""
        self.slots[_STOP] = 1
        self.slots[CHANGED] = 1

    @property
    def stopped(self) -> bool:
        """Whether the run was asked to stop."""
        return self.slots[_STOP] != 0

    @property
    def revision(self) -> int:
        """Grows with every change of `arrival_per_s` and `switch_interval_s`."""
        return self.slots[_REVISION]

    @property
    def arrival_per_s(self) -> float:
        """The mean arrival rate set by hand, 0.0 if it was not."""
        return self._get(_ARRIVAL)

    @arrival_per_s.setter
    def arrival_per_s(self, rate: float) -> None:
        self._set(_ARRIVAL, rate)

    @property
    def switch_interval_s(self) -> float:
        """The value for `sys.setswitchinterval` set by hand, 0.0 if it was not."""
        return self._get(_SWITCH)

    @switch_interval_s.setter
    def switch_interval_s(self, interval: float) -> None:
        self._set(_SWITCH, interval)

    @property
    def over(self) -> bool:
        """Whether no task may begin any more: the run was asked to stop, or its time is up. Starts the clock if need
        be.
        """
        slots = self.slots
        if slots[_STOP]:
            return True
        if not slots[_TIMED]:
            return False
        self.begin()
        return slots[_DURATION] != 0 and time.perf_counter_ns() >= slots[BEGUN] + slots[_DURATION]

    def time(self, duration_ns: int) -> None:
        """Set the run's duration, counted from when its first task begins; 0: no limit."""
        self.slots[_DURATION] = duration_ns
        self.slots[_TIMED] = 1

    def begin(self) -> None:
        """Note that a task begins: if it is the first, the run's clock starts now."""
        if not self.slots[BEGUN]:
            self.slots[BEGUN] = time.perf_counter_ns()

    def look(self) -> bool:
        """Clear the CHANGED slot; return whether the run was asked to stop. Only one reader may call it."""
        self.slots[CHANGED] = 0  # before reading, so that a later change sets it again
        return self.stopped

    def apply(self) -> int:
        """Apply the switch interval that was set by hand, if any, to this process; return its revision."""
        revision = self.revision
        interval = self.switch_interval_s
        if interval > 0.0:
            sys.setswitchinterval(interval)
        return revision

    def _get(self, slot: int) -> float:
        value: float = _FLOAT.unpack_from(self._map, slot * 8)[0]
        return value

    def _set(self, slot: int, value: float) -> None:
        # Not by `pack_into`: that clears the slot first, and another process could read the 0.
        self.slots[slot] = int.from_bytes(_FLOAT.pack(value), sys.byteorder, signed=True)
        self.slots[_REVISION] += 1
        self.slots[CHANGED] = 1

    def close(self) -> None:
        """Unmap the page."""
        self.slots.release()
        self._map.close()
