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
    LookTables,
)

LOOK_DTYPE: Final = np.dtype(RECORD_FIELDS)
_NO_LOOKS: Final = np.empty(0, LOOK_DTYPE)


class LookReader:
    """A run folder's looks. A run without a look file has none; nothing is raised for one that is cut short."""

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)
        self._file = -1
        self._read = 0
        self._tables = LookTables()
        self._tables_ns = -1

    def read_new(self, most: int | None = None) -> NDArray[np.void]:
        """Return the looks that were written since the last call, at most `most`; a copy, of dtype LOOK_DTYPE."""
        if self._file < 0 and not self._open():
            return _NO_LOOKS
        count = (os.fstat(self._file).st_size - HEADER_SIZE) // RECORD_SIZE - self._read
        count = count if most is None else min(count, most)
        if count <= 0:
            return _NO_LOOKS
        os.lseek(self._file, HEADER_SIZE + self._read * RECORD_SIZE, os.SEEK_SET)
        data = os.read(self._file, count * RECORD_SIZE)
        looks = np.frombuffer(data, LOOK_DTYPE, len(data) // RECORD_SIZE)
        self._read += len(looks)
        return looks

    def read_all(self) -> NDArray[np.void]:
        """Return every look of the run."""
        self._read = 0
        pieces = []
        while len(piece := self.read_new()):
            pieces.append(piece)
        return np.concatenate(pieces) if pieces else _NO_LOOKS

    def tables(self) -> LookTables:
        """Return the tables as they are now; read again only when they were written anew."""
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
