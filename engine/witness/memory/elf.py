"""Reads from an ELF file the address of an exported symbol, and the extent of its static data."""

from __future__ import annotations

import os
import struct
from typing import Final

_LOAD: Final = 1  # a program header's type
_DYNSYM: Final = 11  # a section's type
_MOST_SYMBOLS: Final = 200_000
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def dynamic_symbol(file: int, name: bytes) -> tuple[int, int, int] | None:
    """Return a symbol's address and size in a 64-bit little-endian ELF file, and the address of its first loaded byte.

    None if it has no such symbol. Raises ValueError if it is no such file, struct.error if it is truncated, OSError.
    """
    head, programs = _headers(file)
    (section_at,) = struct.unpack_from("<Q", head, 40)
    program_size, _, section_size, sections = struct.unpack_from("<HHHH", head, 54)
    first = _first_loaded(programs, program_size)
    table = os.pread(file, section_size * sections, section_at)
    for place in range(sections):
        (kind,) = struct.unpack_from("<I", table, place * section_size + 4)
        if kind == _DYNSYM:
            at, size, link = struct.unpack_from("<QQI", table, place * section_size + 24)
            names_at, names_size = struct.unpack_from("<QQ", table, link * section_size + 24)
            symbols = os.pread(file, min(size, 24 * _MOST_SYMBOLS), at)
            found = _symbol_in(symbols, os.pread(file, names_size, names_at), name)
            return None if found is None else (*found, first)
    return None


def _first_loaded(programs: bytes, size: int) -> int:
    loaded = []
    for place in range(0, len(programs) - size + 1, size):
        kind, _, offset, address = struct.unpack_from("<IIQQ", programs, place)
        if kind == _LOAD:
            loaded.append(address - offset)
    return min(loaded, default=0) // _PAGE * _PAGE


def _symbol_in(symbols: bytes, names: bytes, name: bytes) -> tuple[int, int] | None:
    place = names.find(b"\0" + name + b"\0") + 1
    if not place:
        return None
    for at, _, _, section, address, size in struct.iter_unpack("<IBBHQQ", symbols[: len(symbols) // 24 * 24]):
        if at == place and section and size:
            return address, size
    return None


def loaded_size(file: int) -> int:
    """Return how many bytes of memory a file takes from its first loaded byte to the end of its static data.

    Raises ValueError if it is not a 64-bit little-endian ELF file, struct.error if it is truncated, OSError.
    """
    head, programs = _headers(file)
    (size,) = struct.unpack_from("<H", head, 54)
    ends = []
    for place in range(0, len(programs) - size + 1, size):
        kind, _, _, address, _, _, memory = struct.unpack_from("<IIQQQQQ", programs, place)
        if kind == _LOAD:
            ends.append(address + memory)
    return max(ends, default=0) - _first_loaded(programs, size)


def _headers(file: int) -> tuple[bytes, bytes]:
    head = os.pread(file, 64, 0)
    if head[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not a 64-bit little-endian ELF file")
    (at,) = struct.unpack_from("<Q", head, 32)
    size, count = struct.unpack_from("<HH", head, 54)
    return head, os.pread(file, size * count, at)
