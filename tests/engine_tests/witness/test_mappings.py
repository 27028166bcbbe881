"""Whose static data an address is in."""

from __future__ import annotations

import pytest

from engine.witness.memory.mappings import AddressMap, Mapping

PAGE = 4096


def mapped(*parts: tuple[str, str]) -> AddressMap:
    """Return a map of parts of a page each, one right after the other: permissions and path."""
    return AddressMap(
        [
            Mapping(place * PAGE, (place + 1) * PAGE, "w" in rights, 0, path, "x" in rights)
            for place, (rights, path) in enumerate(parts)
        ]
    )


@pytest.mark.parametrize(
    ("parts", "owner"),
    [
        ([("rx", "/lib/a.so"), ("rw", "/lib/a.so")], "/lib/a.so"),
        ([("rx", "/lib/a.so"), ("rw", "/lib/a.so"), ("rw", "")], "/lib/a.so"),  # its zeros
        ([("rx", "/lib/a.so"), ("r", "/lib/a.so"), ("rw", "")], None),
        ([("rw", "/dev/shm/semaphore")], None),
        ([("rwx", ""), ("rw", ""), ("rw", "")], None),  # code made at run time, and what was allocated after it
        ([("rwx", ""), ("rw", "")], None),
        ([("rx", "[vdso]"), ("rw", "[heap]")], None),
    ],
)
def test_only_programs_and_libraries_have_static_data(parts: list[tuple[str, str]], owner: str | None) -> None:
    assert mapped(*parts).file_of((len(parts) - 1) * PAGE + 8) == owner
