"""A file that only grows: a header, followed by records in chunks, each mapped when it is needed.

Guarantees. The blocks of a chunk are allocated before it is mapped: a full disk is an error in `grow`, not a SIGBUS at
a later write. No descriptor is kept: a workload may close descriptors that are not its own, as programs that daemonize
do, and what is opened next gets their numbers. The first chunks are small, and each later one is as large as all before
it, up to CHUNK_RECORDS: a worker that runs a few tasks needs a few kilobytes, and one that runs millions seldom has to
grow its file.
"""

from __future__ import annotations

import contextlib
import errno
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
    """Makes the file at `path`, readable only by its owner. Raises OSError if that fails."""

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(path)  # a workload may change its working folder
        self.header = self._map(os.O_CREAT | os.O_EXCL, 0, HEADER_SIZE)
        self.records = 0  # how many records there is room for
        self.error = 0  # the system's number of the error that kept the file from growing; 0: none did

    def grow(self) -> mmap.mmap | None:
        """Grow the file; return the new chunk, whose first record is the old `records`.

        None if that fails, because the disk is full, say; `error` tells why.
        """
        count = min(max(self.records, FIRST_RECORDS), CHUNK_RECORDS)
        place = HEADER_SIZE + self.records * RECORD_SIZE, count * RECORD_SIZE
        try:
            try:
                chunk = self._map(0, *place)
            except OSError as error:
                if error.errno != errno.EBADF:
                    raise
                chunk = self._map(0, *place)  # another thread of the workload closed the descriptor in that moment
        except OSError as error:
            self.error = error.errno or -1
            return None
        self.records += count
        _make_pages_present(chunk)
        return chunk

    def _map(self, more_flags: int, start: int, size: int) -> mmap.mmap:
        file = os.open(self._path, os.O_RDWR | getattr(os, "O_BINARY", 0) | more_flags, 0o600)
        try:
            _allocate(file, start, size)
            return mmap.mmap(file, size, offset=start)
        finally:
            with contextlib.suppress(OSError):  # closed by another thread of the workload
                os.close(file)


def _make_pages_present(chunk: mmap.mmap) -> None:
    # Populate all pages in one call: otherwise the first write to each page would stop the workload for a page fault.
    if sys.platform == "linux":
        try:
            chunk.madvise(_MADV_POPULATE_WRITE)
        except OSError:
            pass  # before Linux 5.14: pages fault one by one


def _allocate(file: int, start: int, size: int) -> None:
    """Extend the file to `start + size` with allocated blocks; on OSError its length is unchanged."""
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
