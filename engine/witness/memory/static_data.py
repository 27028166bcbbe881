"""Finds the program or library in whose static data an address of a process is, as its mappings change."""

from __future__ import annotations

import struct
import time
from typing import Final

from engine.witness.memory.elf import loaded_size
from engine.witness.memory.mappings import AddressMap, Mapping, read_mappings

_EVERY_S: Final = 0.5  # how often mappings may be read again
_SHARE: Final = 100  # and how much of the time that may take: a hundredth
_MOST: Final = 4096


class StaticData:
    """A process's mappings, as they were read last; none at first."""

    def __init__(self, pid: int, proc: str) -> None:
        self._pid, self._proc = pid, proc
        self._map = AddressMap([])
        self._read_s = self._due_s = 0.0
        self._ends: dict[str, int] = {}
        self._first_s: dict[int, float] = {}  # when it was first asked for an address that is in no static data

    @property
    def mappings(self) -> list[Mapping]:
        """The mappings."""
        return self._map.mappings

    @property
    def is_due(self) -> bool:
        """Whether they may be read again."""
        return time.monotonic() > self._due_s

    def read(self) -> None:
        """Read the mappings. Raises OSError where they may not be read."""
        begun_s = time.monotonic()
        self._map = AddressMap(read_mappings(self._pid, self._proc))
        self._read_s = time.monotonic()
        self._due_s = self._read_s + max(_EVERY_S, _SHARE * (self._read_s - begun_s))
        self._ends.clear()

    def is_current(self, address: int) -> bool:
        """Whether the mappings hold for an address: for other memory than static data only if they were read since it
        was first asked for, because a library may have been loaded where something else was before.
        """
        if self.file_of(address) is not None:
            return True
        if len(self._first_s) >= _MOST:
            self._first_s.clear()
        return self._read_s > self._first_s.setdefault(address, time.monotonic())

    def file_of(self, address: int) -> str | None:
        """Return the path of the program or library in whose static data the address is; None: the heap, a stack."""
        path = self._map.file_of(address)
        return path if path is not None and self._reaches(path, address) else None

    def _reaches(self, path: str, address: int) -> bool:
        """Whether a file's static data extends to an address: other memory may follow it directly."""
        if path not in self._ends:
            first = min(each.start - each.offset for each in self._map.mappings if each.path == path)
            try:
                with open(f"{self._proc}/{self._pid}/root{path}", "rb") as file:
                    self._ends[path] = first + loaded_size(file.fileno())
            except ValueError:  # not a library, but shared memory such as a semaphore's
                self._ends[path] = 0
            except (OSError, struct.error):
                self._ends[path] = 1 << 64
        return address < self._ends[path]
