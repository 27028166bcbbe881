"""Which thread a CPython thread state in memory belongs to."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Container
from typing import Final

_BYTES: Final = 512  # of a thread state that are searched
_NATIVE_ID_AT: Final = (0x2D0, 0xD0)  # of the thread's number in glibc's own record: x86-64, aarch64

Read = Callable[[int, int], bytes]


def thread_of(read: Read, state: int, tids: Container[int]) -> int | None:
    """Return the system's number of the thread, one of `tids`, that the thread state at an address belongs to.

    The state holds the thread's pthread_t, from 3.11 on followed by that number. `read(address, size)` reads the
    process's memory. None if no such thread is known.
    """
    try:
        data = read(state, _BYTES)
        words = struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8])
    except (OSError, OverflowError, struct.error):
        return None
    for word, following in itertools.pairwise(words):
        if word > 4096 and following in tids:
            return int(following)
    for word in words:
        if word > 4096 and word % 64 == 0 and (tid := _at_pthread(read, word, tids)) is not None:
            return tid
    return None


def _at_pthread(read: Read, address: int, tids: Container[int]) -> int | None:
    for at in _NATIVE_ID_AT:
        try:
            (tid,) = struct.unpack("<i", read(address + at, 4))
        except (OSError, struct.error, OverflowError):
            continue
        if tid in tids:
            return int(tid)
    return None
