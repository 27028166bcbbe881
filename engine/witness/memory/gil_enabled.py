"""Whether a process's CPython has a GIL at this moment, read from its memory: a free-threaded build may have one.

From 3.13 on `_PyRuntime` begins with a table for debuggers: a cookie, the version, whether the build is free-threaded,
and where the parts of its structures are. A free-threaded build starts without a GIL, or with one (PYTHON_GIL=1), and
turns it on for good when a module is imported that does not say that it can do without. During such an import it is on
for a moment in any case; that is not told.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from engine.witness.memory.gil_location import COOKIE, GilFinder, GilLocation, Read

_FREE_THREADED: Final = re.compile(r"\d\.\d+t(\.so|$)")  # the name of such a program, or library
_HEADER: Final = struct.Struct("<8sQQ")  # cookie, version, free-threaded
# In words of 8 bytes after the header: where the first interpreter is in the runtime, the next one and the GIL in an
# interpreter, and `enabled` in the GIL. By version: a field was added before the GIL's in 3.14. (3.15's is known from
# ordinary builds, which have the same table.)
_HEAD_AT: Final = 2
_NEXT_AT: Final = 5
GIL_AT: Final = {(3, 13): 11, (3, 14): 12, (3, 15): 12}
_ENABLED_AFTER: Final = 2
_FOR_GOOD: Final = 0x7FFFFFFF
_MOST_INTERPRETERS: Final = 1024
_LARGEST: Final = 1 << 20  # bytes: no structure is larger


def gil_enabled(read: Read, location: GilLocation, finder: GilFinder) -> bool | None:
    """Return whether there is a GIL now; None where that is not known (yet: its interpreter may just be starting).

    `read(address, size)` reads the process's memory. `finder` made the location.
    """
    try:
        start = finder.debug_table(read, location)
        header = read(start, _HEADER.size)
    except OSError:  # this system does not show memory
        return None if _FREE_THREADED.search(location.interpreter) else True
    try:
        cookie, version, free_threaded = _HEADER.unpack(header)
        if cookie != COOKIE or not free_threaded:
            return True  # before 3.13, or PyPy; or an ordinary build
        gil_at = GIL_AT.get((version >> 24, version >> 16 & 0xFF))
        return None if gil_at is None else _is_on(read, start, gil_at)
    except (OSError, OverflowError, struct.error, ValueError):
        return None


def _is_on(read: Read, start: int, gil_at: int) -> bool | None:
    count = gil_at + _ENABLED_AFTER + 1
    table = struct.unpack(f"<{count}Q", read(start + _HEADER.size, 8 * count))
    if max(table[_HEAD_AT], table[_NEXT_AT], table[-1]) > _LARGEST:
        return None
    interpreter = _word(read, start + table[_HEAD_AT])
    for _ in range(_MOST_INTERPRETERS):
        following = _word(read, interpreter + table[_NEXT_AT])
        if not following:
            break
        interpreter = following  # the main one is the last
    gil = _word(read, interpreter + table[gil_at])
    (enabled,) = struct.unpack("<i", read(gil + table[-1], 4))
    return bool(enabled == _FOR_GOOD)


def _word(read: Read, address: int) -> int:
    """Return a pointer. Raises ValueError where it is read through one that is not set."""
    if address < 4096:
        raise ValueError("a null pointer")
    return int(struct.unpack("<Q", read(address, 8))[0])
