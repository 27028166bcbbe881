"""Reads a run's looks as numpy arrays: while they are being written, or long after."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import (
    HEADER,
    HEADER_SIZE,
    LOOK_TABLES,
    LOOKS,
    MAGIC,
    RECORD_FIELDS,
    RECORD_SIZE,
    THINNED_BITS,
    LookTables,
)

LOOK_DTYPE: Final = np.dtype(RECORD_FIELDS)
_NO_LOOKS: Final = np.empty(0, LOOK_DTYPE)


def rounds_of(looks: NDArray[np.void]) -> NDArray[np.int64]:
    """Return how many rounds each look stands for: more than one where older looks were thinned."""
    return np.left_shift(np.int64(1), (looks["flags"] & THINNED_BITS).astype(np.int64))


class LookReader:
    """A run folder's looks. A run without a look file has none; a truncated file raises nothing.

    `replaced` counts how often the file was replaced by one with fewer of the older looks. A caller that keeps a
    bounded copy has to read the new file from its start.
    """

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)
        self._file = -1
        self._read = 0
        self._last_ns: int | None = None
        self.replaced = 0
        self._tables = LookTables()
        self._tables_ns = -1

    def read_new(self, most: int | None = None) -> NDArray[np.void]:
        """Return the looks that were written since the last call, at most `most`; a copy, of dtype LOOK_DTYPE."""
        if self._file < 0 and not self._open():
            return _NO_LOOKS
        replaced = self._is_replaced()  # checked before reading the rest: the old file gets no more looks after that
        looks = self._read_on(most)
        if len(looks) or not replaced or not self._go_on_in_the_new():
            return looks
        return self._read_on(most)

    def _read_on(self, most: int | None) -> NDArray[np.void]:
        count = (os.fstat(self._file).st_size - HEADER_SIZE) // RECORD_SIZE - self._read
        count = count if most is None else min(count, most)
        if count <= 0:
            return _NO_LOOKS
        os.lseek(self._file, HEADER_SIZE + self._read * RECORD_SIZE, os.SEEK_SET)
        data = os.read(self._file, count * RECORD_SIZE)
        looks = np.frombuffer(data, LOOK_DTYPE, len(data) // RECORD_SIZE)
        self._read += len(looks)
        if len(looks):
            self._last_ns = int(looks["time_ns"][-1])
        return looks

    def _is_replaced(self) -> bool:
        try:
            there, own = os.stat(self._folder / LOOKS), os.fstat(self._file)
        except OSError:
            return False
        return (there.st_dev, there.st_ino) != (own.st_dev, own.st_ino)

    def _go_on_in_the_new(self) -> bool:
        """Open the file that replaced this one, and skip the looks that were read already."""
        self.close()
        self._read = 0
        if not self._open():
            return False
        self.replaced += 1
        if self._last_ns is not None:
            last_ns = self._last_ns
            self._read = int(np.searchsorted(self._times(), last_ns, side="right"))
        return True

    def _times(self) -> NDArray[np.int64]:
        count = (os.fstat(self._file).st_size - HEADER_SIZE) // RECORD_SIZE
        if count <= 0:
            return np.empty(0, np.int64)
        with open(self._file, "rb", closefd=False) as file:
            return np.asarray(np.memmap(file, LOOK_DTYPE, "r", HEADER_SIZE, (count,))["time_ns"])

    def read_all(self) -> NDArray[np.void]:
        """Return every look of the run, as its file is now."""
        self.close()
        self._read, self._last_ns = 0, None
        pieces = []
        while len(piece := self.read_new()):
            pieces.append(piece)
        return np.concatenate(pieces) if pieces else _NO_LOOKS

    def tables(self) -> LookTables:
        """Return the current tables; they are reread only if the file has changed."""
        try:
            changed_ns = os.stat(self._folder / LOOK_TABLES).st_mtime_ns
        except OSError:
            return self._tables
        if changed_ns != self._tables_ns:
            self._tables, self._tables_ns = LookTables.load(self._folder), changed_ns
        return self._tables

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self) -> bool:
        try:
            file = os.open(self._folder / LOOKS, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError:
            return False
        head = os.read(file, HEADER_SIZE)
        if len(head) < HEADER_SIZE or HEADER.unpack(head)[:2] != (MAGIC, RECORD_SIZE):
            os.close(file)
            return False
        self._file = file
        return True
