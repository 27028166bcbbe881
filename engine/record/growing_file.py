"""A file that only grows: a header and, behind it, records in chunks that are mapped one at a time as they are needed.

Guarantees. The blocks of a chunk are allocated before it is mapped: a full disk is an error in `grow`, not a SIGBUS at
a later write. The first chunks are small and each later one is as large as all before it, up to CHUNK_RECORDS: a worker
that runs a few tasks takes a few kilobytes, and one that runs millions seldom stops to grow.
"""

from __future__ import annotations

import mmap
import os
import sys
from typing import Final

HEADER_SIZE: Final = 65_536  # a multiple of every platform's mapping granularity
RECORD_SIZE: Final = 48
CHUNK_RECORDS: Final = 16_384
# A chunk begins where a mapping may begin: 48 bytes are three times 16.
FIRST_RECORDS: Final = min(CHUNK_RECORDS, mmap.ALLOCATIONGRANULARITY // 16)
_MADV_POPULATE_WRITE: Final = 23  # <linux/mman.h>; Python has no name for it


class GrowingFile:
    """Makes the file at `path`, readable by its owner alone. Raises OSError where that cannot be done."""

    def __init__(self, path: str) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self.file = os.open(path, flags, 0o600)
        _allocate(self.file, 0, HEADER_SIZE)
        self.header = mmap.mmap(self.file, HEADER_SIZE)
        self.records = 0  # that there is room for

    def grow(self) -> mmap.mmap | None:
        """Return a chunk for the records from number `records` on, which then has grown; None if the disk is full."""
        count = min(max(self.records, FIRST_RECORDS), CHUNK_RECORDS)
        start, size = HEADER_SIZE + self.records * RECORD_SIZE, count * RECORD_SIZE
        try:
            _allocate(self.file, start, size)
            chunk = mmap.mmap(self.file, size, offset=start)
        except OSError:
            return None
        self.records += count
        _make_pages_present(chunk)
        return chunk


def _make_pages_present(chunk: mmap.mmap) -> None:
    # All pages in one call: met one by one, each would stop the workload for a page fault.
    if sys.platform == "linux":
        try:
            chunk.madvise(_MADV_POPULATE_WRITE)
        except OSError:
            pass  # before Linux 5.14: then one by one


def _allocate(file: int, start: int, size: int) -> None:
    """Have the file go on to `start + size`, with blocks of its own there; on OSError it is as long as before."""
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file, start, size)
        else:
            os.lseek(file, start, os.SEEK_SET)
            view = memoryview(bytes(size))
            while view:
                view = view[os.write(file, view) :]
    except OSError:
        os.ftruncate(file, start)
        raise
