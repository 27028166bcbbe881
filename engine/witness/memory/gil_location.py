"""Where an interpreter's GIL is: found in its mappings and its program's symbols, once for each build.

A thread that waits for the GIL waits on a futex inside the interpreter's static data. CPython keeps it in `_PyRuntime`,
whose address and size the program, or libpython, exports. If no such symbol is exported (a stripped build, PyPy), the
futex is in the writable mapping of the program or library, or in the anonymous mapping that follows it.

The futex also gives the addresses of `locked` and `last_holder`: they are at a fixed distance before the condition
variable on which the thread waits, in CPython 3.7 to 3.13 (`_gil_runtime_state`: interval, last_holder, locked,
switch_number, cond). `held_word` verifies that in the process's memory, and returns None if the layout differs.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Final

from engine.witness.memory.elf import dynamic_symbol
from engine.witness.memory.mappings import Mapping

_PYTHON: Final = re.compile(r"^(lib)?(python|pypy)\d?[\w.+-]*$")
_LIBRARY: Final = re.compile(r"^lib(python|pypy)\d[\w.-]*\.so")
_SYMBOL: Final = b"_PyRuntime"
COOKIE: Final = b"xdebugpy"  # with which the table for debuggers begins
# Offset within a condition variable of the word that threads sleep on (glibc's __g_signals), by glibc version.
_SIGNALS_AT: Final = (40, 32)
_INTERVAL_US: Final = struct.pack("<Q", 5000)  # by default
_BEFORE_COND: Final = struct.Struct("<QQixxxxQ")  # interval in microseconds, last_holder, locked, switch_number

Read = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class GilLocation:
    """A process's interpreter, and the addresses of its GIL's words: [start, end). `how`: `symbol` or `mapping`."""

    interpreter: str
    how: str
    ranges: tuple[tuple[int, int], ...]
    base: int = 0  # where the first byte of the interpreter's file is, or would be
    build: Hashable = None  # the same for all processes that run the same file

    def holds(self, address: int) -> bool:
        """Whether an address is one of the GIL's."""
        return any(start <= address < end for start, end in self.ranges)


class GilFinder:
    """Finds the GIL of processes. Symbols are read once for each interpreter file, and so is its data searched.

    `searches` counts how often a process's static data was searched.
    """

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._builds: dict[Hashable, tuple[int, int, int] | None] = {}
        self._tables: dict[Hashable, int | None] = {}  # where its table for debuggers is, from its base; None: nowhere
        self.searches = 0

    def find(self, pid: int, mappings: list[Mapping]) -> GilLocation | None:
        """Return where the GIL of a process is; None if it runs no known Python."""
        paths = list(dict.fromkeys(each.path for each in mappings if each.path.startswith("/")))
        library = next((each for each in paths if _LIBRARY.match(os.path.basename(each))), None)
        program = self._program(pid)
        for path in filter(None, (library, program)):
            symbol, base = self._symbol(pid, path), _base(mappings, path)
            if symbol is not None and base is not None:
                address, size, first = symbol
                start = base + address - first
                return GilLocation(path, "symbol", ((start, start + size),), base)
        named = library or (program if program and _PYTHON.match(os.path.basename(program)) else None)
        ranges = tuple(_static_data(mappings, named)) if named else ()
        if not named or not ranges:
            return None
        return GilLocation(named, "mapping", ranges, _base(mappings, named) or 0, self._build(pid, named))

    def debug_table(self, read: Read, location: GilLocation) -> int:
        """Return where an interpreter's table for debuggers is, or would be: see `gil_enabled`. Raises OSError.

        `read(address, size)` reads the process's memory. Where the table is not exported it is searched for, once for
        each build: reading all of the static data takes a hundred times as long as reading the table.
        """
        start, end = location.ranges[0]
        if location.how == "symbol":
            return start
        if location.build not in self._tables:
            self.searches += 1
            at = read(start, end - start).find(COOKIE)
            self._tables[location.build] = None if at < 0 else start + at - location.base
        found = self._tables[location.build]
        return start if found is None else location.base + found

    def _program(self, pid: int) -> str | None:
        try:
            return os.readlink(f"{self._proc}/{pid}/exe")
        except OSError:
            return None

    def _symbol(self, pid: int, path: str) -> tuple[int, int, int] | None:
        """Return the symbol's address and size in a file, and the address of its first loaded byte."""
        try:
            key = self._build(pid, path)
            if key not in self._builds:
                with open(self._inside(pid, path), "rb") as file:
                    self._builds[key] = dynamic_symbol(file.fileno(), _SYMBOL)
            return self._builds[key]
        except (OSError, struct.error, ValueError):
            return None

    def _build(self, pid: int, path: str) -> Hashable:
        about = os.stat(self._inside(pid, path))
        return path, about.st_dev, about.st_ino, about.st_mtime_ns

    def _inside(self, pid: int, path: str) -> str:
        return f"{self._proc}/{pid}/root{path}"  # as the process sees it, which may be in a container


def _base(mappings: list[Mapping], path: str) -> int | None:
    return next((each.start - each.offset for each in mappings if each.path == path), None)


def _static_data(mappings: list[Mapping], path: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    before = ""
    for each in mappings:
        behind = bool(found) and found[-1][1] == each.start and before == path and not each.path
        if each.writable and (each.path == path or behind):
            found.append((each.start, each.end))
        before = each.path
    return found


def held_words(data: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Yield what looks like a GIL in memory that is at `start`: the address of its pair (last_holder, locked), and the
    last holder. Whether it is one the caller tells by that: it is the state of a thread of the process.

    Found without a thread that waits, so also where one thread alone takes the GIL and gives it up; only with the
    switch interval that every Python starts with.
    """
    at = data.find(_INTERVAL_US)
    while at >= 0:
        if (start + at) % 8 == 0 and at + _BEFORE_COND.size <= len(data):
            _, holder, locked, _ = _BEFORE_COND.unpack_from(data, at)
            if locked in (0, 1) and 4096 < holder < 1 << 47 and holder % 8 == 0:
                yield start + at + 8, holder
        at = data.find(_INTERVAL_US, at + 1)


def held_word(read: Read, waits_on: int) -> int | None:
    """Return the address of a GIL's pair (last_holder, locked), given the word on which a waiting thread sleeps.

    `read(address, size)` reads the process's memory. None if the memory there does not look like a GIL.
    """
    signals = waits_on & ~7
    for at in _SIGNALS_AT:
        start = signals - at - _BEFORE_COND.size
        try:
            interval, holder, locked, switches = _BEFORE_COND.unpack(read(start, _BEFORE_COND.size))
        except (OSError, struct.error):
            continue
        if 1 <= interval <= 100_000_000 and locked in (0, 1) and holder > 4096 and holder % 8 == 0 and switches:
            return start + 8
    return None
