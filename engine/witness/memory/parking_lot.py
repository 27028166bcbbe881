"""Which lock a thread waits for that sleeps on a word of its own stack: CPython's parking lot.

From 3.14 on, and in free-threaded builds from 3.13, a thread that wants a taken lock sleeps on a semaphore in a record
on its own stack (`wait_entry` in Python/parking_lot.c: park_arg, addr, sema, node). The word before the semaphore is
the lock's address. The record is a member of a doubly linked list, which tells it from other things on a stack.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

_STACK: Final = 1 << 17  # bytes above a blocked thread's stack pointer in which its record can be
LOCK_BEFORE: Final = 8  # bytes: where the word with the lock's address is, before the one that the thread sleeps on
_ENTRY: Final = struct.Struct("<Q32xQQ")  # addr, sema (32 bytes in glibc and musl), next, previous
_NODE_AT: Final = 32  # in the record, from the semaphore on
_PREVIOUS_AT: Final = 8  # in a node of the list


def is_on_stack(address: int, stack_pointer: int) -> bool:
    """Whether an address is on the stack of a thread with this stack pointer, close to its top."""
    return 0 <= address - stack_pointer < _STACK


def parked_lock(read: Callable[[int, int], bytes], waits_on: int) -> int | None:
    """Return the address of the lock that a thread waits for which sleeps on the word `waits_on` of its stack.

    `read(address, size)` reads the process's memory. None if it is no parked thread, or wakes at this moment.
    """
    try:
        lock, following, previous = _ENTRY.unpack(read(waits_on - LOCK_BEFORE, _ENTRY.size))
        if not lock or not previous or following % 8:
            return None
        (back,) = struct.unpack("<Q", read(following + _PREVIOUS_AT, 8))
    except (OSError, OverflowError, struct.error):
        return None
    return int(lock) if back == waits_on + _NODE_AT else None
