"""A process's memory map: which file each address belongs to, and so whose static data a lock is in."""

from __future__ import annotations

import bisect
import os
import re
from dataclasses import dataclass
from typing import Final

_NAME_END: Final = re.compile(r"(-[0-9a-f]{6,})?\.so[.\d]*$")
_MODULE_END: Final = re.compile(r"\.(cpython-\w+|abi3)(-[\w-]+)?\.so$")  # of an extension module


@dataclass(frozen=True, slots=True)
class Mapping:
    """One line of /proc/PID/maps. `path` is empty for memory that belongs to no file; `runs`: it holds code."""

    start: int
    end: int
    writable: bool
    offset: int
    path: str
    runs: bool = False


def read_mappings(pid: int, proc: str = "/proc") -> list[Mapping]:
    """Return a process's mappings, in the order of their addresses. Raises OSError where they may not be read."""
    with open(f"{proc}/{pid}/maps", encoding="utf-8", errors="surrogateescape") as file:
        return [_parsed(line) for line in file]


def _parsed(line: str) -> Mapping:
    fields = line.rstrip("\n").split(None, 5)
    start, _, end = fields[0].partition("-")
    path = fields[5] if len(fields) > 5 else ""
    return Mapping(int(start, 16), int(end, 16), "w" in fields[1], int(fields[2], 16), path, "x" in fields[1])


class AddressMap:
    """Finds the file whose static data holds an address: its writable mapping, or the anonymous one right after it."""

    def __init__(self, mappings: list[Mapping]) -> None:
        self.mappings = mappings
        self._starts = [each.start for each in mappings]
        self._owners = self._find_owners()

    def file_of(self, address: int) -> str | None:
        """Return the path of the program or library in whose static data the address is; None: the heap, a stack."""
        place = self._place(address)
        return None if place is None else self._owners[place]

    def _place(self, address: int) -> int | None:
        place = bisect.bisect_right(self._starts, address) - 1
        return place if place >= 0 and address < self.mappings[place].end else None

    def _find_owners(self) -> list[str | None]:
        # Only programs and libraries have code: other files are data, such as a semaphore that processes share. Code
        # that a compiler made at run time (PyPy's, Numba's, Python's own) belongs to no file.
        programs = {each.path for each in self.mappings if each.runs and each.path.startswith("/")}
        owners: list[str | None] = []
        before: Mapping | None = None
        for each in self.mappings:
            if each.path.startswith("/"):
                owners.append(each.path if each.writable and each.path in programs else None)
            elif not each.path and each.writable and before is not None and before.end == each.start:
                # The .bss section of a program or library: zeros that need no file.
                owners.append(before.path if before.path in programs and before.writable else None)
            else:
                owners.append(None)
            before = each
        return owners


def library_name(path: str) -> str:
    """Return a library's name without version and hash, such as `libscipy_openblas64_`, from its file's path; an
    extension module's with its package, such as `uvloop.loop`.
    """
    folder, name = os.path.split(path.removesuffix(" (deleted)"))
    if _MODULE_END.search(name):
        package = os.path.basename(folder)
        module = _MODULE_END.sub("", name)
        return f"{package}.{module}" if package.isidentifier() else module
    return _NAME_END.sub("", name) or name
