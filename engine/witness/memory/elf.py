"""Reads from an ELF file the address of an exported symbol, and the extent of its static data.

A symbol is looked up as the dynamic linker does it, by the hash table that the program headers lead to: this works also
where the section headers were stripped.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Final

_LOAD, _DYNAMIC = 1, 2  # a program header's types
_STRTAB, _SYMTAB, _HASH, _GNU_HASH = 5, 6, 4, 0x6FFFFEF5  # tags of the dynamic section
_SYMBOL: Final = struct.Struct("<IBBHQQ")  # name, info, other, section, address, size
_LONGEST_CHAIN: Final = 4096
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def dynamic_symbol(file: int, name: bytes) -> tuple[int, int, int] | None:
    """Return a symbol's address and size in a 64-bit little-endian ELF file, and the address of its first loaded byte.

    None if it has no such symbol. Raises ValueError if it is no such file, struct.error if it is truncated, OSError.
    """
    image = _Image(file)
    table = image.dynamic()
    if _SYMTAB not in table or _STRTAB not in table:
        return None
    for number in _numbers(image, table, name):
        at, _, _, section, address, size = _SYMBOL.unpack(image.read(table[_SYMTAB] + number * _SYMBOL.size, 24))
        if section and size and image.read(table[_STRTAB] + at, len(name) + 1) == name + b"\0":
            return address, size, image.first
    return None


def loaded_size(file: int) -> int:
    """Return how many bytes of memory a file takes from its first loaded byte to the end of its static data.

    Raises ValueError if it is not a 64-bit little-endian ELF file, struct.error if it is truncated, OSError.
    """
    image = _Image(file)
    return max((address + memory for _, address, _, memory in image.loaded), default=0) - image.first


class _Image:
    """A file's loaded parts, each (offset, address, bytes in the file, bytes in memory), read by their addresses."""

    def __init__(self, file: int) -> None:
        head = os.pread(file, 64, 0)
        if head[:6] != b"\x7fELF\x02\x01":
            raise ValueError("not a 64-bit little-endian ELF file")
        (at,) = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        programs = os.pread(file, size * count, at)
        self._file = file
        self._parts: list[tuple[int, tuple[int, int, int, int]]] = []
        for place in range(0, len(programs) - size + 1, size):
            kind, _, offset, address, _, in_file, in_memory = struct.unpack_from("<IIQQQQQ", programs, place)
            self._parts.append((kind, (offset, address, in_file, in_memory)))
        self.loaded = [part for kind, part in self._parts if kind == _LOAD]
        self.first = min((address - offset for offset, address, _, _ in self.loaded), default=0) // _PAGE * _PAGE

    def read(self, address: int, size: int) -> bytes:
        """Return what the file has for an address. Raises ValueError where it has nothing."""
        for offset, start, in_file, _ in self.loaded:
            if start <= address < start + in_file:
                return os.pread(self._file, size, offset + address - start)
        raise ValueError("an address that is not in the file")

    def dynamic(self) -> dict[int, int]:
        """Return the dynamic section, value by tag; empty if there is none."""
        for kind, (offset, _, in_file, _) in self._parts:
            if kind == _DYNAMIC:
                data = os.pread(self._file, in_file, offset)
                return dict(struct.iter_unpack("<QQ", data[: len(data) // 16 * 16]))
        return {}


def _numbers(image: _Image, table: dict[int, int], name: bytes) -> Iterator[int]:
    """Yield the places in the symbol table where a symbol of this name can be."""
    if _GNU_HASH in table:
        yield from _gnu_numbers(image, table[_GNU_HASH], name)
    elif _HASH in table:
        yield from _old_numbers(image, table[_HASH], name)


def _gnu_numbers(image: _Image, at: int, name: bytes) -> Iterator[int]:
    wanted = 5381
    for byte in name:
        wanted = (wanted * 33 + byte) & 0xFFFFFFFF
    buckets, first, filters, _ = struct.unpack("<4I", image.read(at, 16))
    if not buckets:
        return
    buckets_at = at + 16 + 8 * filters
    (number,) = struct.unpack("<I", image.read(buckets_at + 4 * (wanted % buckets), 4))
    while number >= first:
        (found,) = struct.unpack("<I", image.read(buckets_at + 4 * (buckets + number - first), 4))
        if found | 1 == wanted | 1:
            yield number
        if found & 1:  # the last of its chain
            return
        number += 1


def _old_numbers(image: _Image, at: int, name: bytes) -> Iterator[int]:
    wanted = 0
    for byte in name:
        wanted = (wanted << 4) + byte
        high = wanted & 0xF0000000
        wanted = (wanted ^ high >> 24) & ~high
    buckets, _ = struct.unpack("<2I", image.read(at, 8))
    place = wanted % buckets if buckets else 0
    for _ in range(_LONGEST_CHAIN):
        (place,) = struct.unpack("<I", image.read(at + 8 + 4 * place, 4))
        if not place:
            return
        yield place
        place += buckets
