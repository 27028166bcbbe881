"""Another process's memory, read through a file that stays open."""

from __future__ import annotations

import os


class ProcessMemory:
    """The memory of a process. It is that of the program which runs when it is first read: close it after an exec."""

    def __init__(self, pid: int, proc: str = "/proc") -> None:
        self._path = f"{proc}/{pid}/mem"
        self._file = -1

    def read(self, address: int, size: int) -> bytes:
        """Return what is at an address. Raises OSError, or OverflowError, where nothing is or it may not be read."""
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        return os.pread(self._file, size, address)

    def close(self) -> None:
        """Close the file; the next reading opens it again."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
