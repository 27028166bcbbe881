"""The control page: a mapped file through which the conductor steers a run without a thread or a message in the host.

Guarantees. One writer of each value (the conductor; of the run's duration the host; of its beginning whoever begins the
first task, and two who do so at once write nearly the same), any number of readers (the host, its children). Each value
is one aligned 64-bit slot, so a reader sees the old or the new one. `revision` grows after each change, so that readers
on the hot path compare one number; slot CHANGED is 1 after a stop or a change until the host has looked, for one that
compares nothing (`Items`).
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
        """The open loop's mean rate as it was set by hand, 0.0 if it was not."""
        return self._get(_ARRIVAL)

    @arrival_per_s.setter
    def arrival_per_s(self, rate: float) -> None:
        self._set(_ARRIVAL, rate)

    @property
    def switch_interval_s(self) -> float:
        """`sys.setswitchinterval`'s value as it was set by hand, 0.0 if it was not."""
        return self._get(_SWITCH)

    @switch_interval_s.setter
    def switch_interval_s(self, interval: float) -> None:
        self._set(_SWITCH, interval)

    @property
    def over(self) -> bool:
        """Whether no task is to begin any more: the run was asked to stop, or its time is up. For who begins tasks."""
        slots = self.slots
        if slots[_STOP]:
            return True
        if not slots[_TIMED]:
            return False
        self.begin()
        return slots[_DURATION] != 0 and time.perf_counter_ns() >= slots[BEGUN] + slots[_DURATION]

    def time(self, duration_ns: int) -> None:
        """Have the run's clock start when its first task begins, and the run end so long after it; 0: it does not."""
        self.slots[_DURATION] = duration_ns
        self.slots[_TIMED] = 1

    def begin(self) -> None:
        """A task begins: is it the first, the clock starts now."""
        if not self.slots[BEGUN]:
            self.slots[BEGUN] = time.perf_counter_ns()

    def look(self) -> bool:
        """Take back that something has changed; return whether the run was asked to stop. For one reader alone."""
        self.slots[CHANGED] = 0  # first: what is changed from here on sets it again
        return self.stopped

    def apply(self) -> int:
        """Give this process the switch interval that was set by hand, if one was; return the revision it is of."""
        revision = self.revision
        interval = self.switch_interval_s
        if interval > 0.0:
            sys.setswitchinterval(interval)
        return revision

    def _get(self, slot: int) -> float:
        value: float = _FLOAT.unpack_from(self._map, slot * 8)[0]
        return value

    def _set(self, slot: int, value: float) -> None:
        # Not by `pack_into`: that clears the place first, and another process would read the 0.
        self.slots[slot] = int.from_bytes(_FLOAT.pack(value), sys.byteorder, signed=True)
        self.slots[_REVISION] += 1
        self.slots[CHANGED] = 1

    def close(self) -> None:
        """Unmap the page."""
        self.slots.release()
        self._map.close()
