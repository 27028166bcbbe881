"""Keeps a bounded look file dense for recent times: of older rounds every second one is dropped, repeatedly.

A kept round stands for 2**level rounds. Levels are ordered by time, the highest first, so that the file is densest at
its end. When the file is full, each level's oldest excess rounds are halved and move to the level above: all levels
have about equally many looks, and the older a time is, the less dense are its looks. Standard library only: the process
that looks has no numpy.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

MOST_LEVEL: Final = 15
_KEEPS: Final = 0.625  # of the capacity, after it was full
_BITS: Final = 0x0F
_NEXT: Final = bytes((flags & ~_BITS) | min(MOST_LEVEL, (flags & _BITS) + 1) for flags in range(256))


@dataclass(slots=True)
class Level:
    """The rounds of one level, which stand for 2**level rounds each: the number of records in each, in order."""

    sizes: array[int] = field(default_factory=lambda: array("H"))
    records: int = 0

    def add(self, size: int) -> None:
        """Add a round."""
        self.sizes.append(size)
        self.records += size


class RoundLevels:
    """The rounds in the file, by level. The newest are at level 0."""

    def __init__(self) -> None:
        self._levels = [Level()]

    @property
    def highest(self) -> int:
        """The level of the oldest round: 0 if no round was ever dropped."""
        return len(self._levels) - 1

    def add(self, size: int) -> None:
        """Add a round that was written."""
        self._levels[0].add(size)

    def thin(self, records: memoryview, capacity: int, record_size: int) -> list[bytes]:
        """Drop rounds from `records`, the whole content of the file, until there is room; return the rest."""
        counts = [level.records for level in self._levels]
        share = share_of_level(counts, capacity)
        kept: list[list[bytes]] = []  # for each level, in the order of time
        above = Level()  # rounds from the level below, which are newer than those of the level
        above_bytes: list[bytes] = []
        until = len(records)
        thinned: list[Level] = []
        for level in self._levels:
            begin = until - level.records * record_size
            pieces = [bytes(records[begin:until]), *above_bytes]
            until = begin
            level.sizes.extend(above.sizes)
            level.records += above.records
            whole = b"".join(pieces)
            above, above_bytes, cut = _halved(level, whole, share, record_size)
            kept.append([whole[cut:]])
            thinned.append(level)
        if len(above.sizes) and len(thinned) <= MOST_LEVEL:
            thinned.append(above)
            kept.append(above_bytes)
        elif len(above.sizes):  # the highest level: its rounds become fewer without standing for more
            last = thinned[-1]
            last.sizes, last.records = above.sizes + last.sizes, above.records + last.records
            kept[-1] = [*above_bytes, *kept[-1]]
        self._levels = thinned
        return [piece for level_pieces in reversed(kept) for piece in level_pieces]


def share_of_level(counts: Sequence[int], capacity: int) -> int:
    """Return the most records that a level may keep, for all of them to leave room in the file."""
    share = capacity // 2
    while share > 1 and _left(counts, share) > capacity * _KEEPS:
        share = share * 7 // 8
    return share


def _left(counts: Sequence[int], share: int) -> int:
    left = above = 0
    for count in counts:
        here = count + above
        above = max(0, here - share) // 2
        left += min(here, share)
    return left + above


def _halved(level: Level, whole: bytes, share: int, record_size: int) -> tuple[Level, list[bytes], int]:
    """Remove a level's oldest excess rounds in pairs; return the second of each pair, as rounds of the next level, and
    the byte at which the rest begins.
    """
    halved, pieces = Level(), []
    at = place = 0
    while level.records > share and place + 1 < len(level.sizes):
        dropped, kept = level.sizes[place], level.sizes[place + 1]
        begin, end = at + dropped * record_size, at + (dropped + kept) * record_size
        halved.add(kept)
        pieces.append(whole[begin:end])
        level.records -= dropped + kept
        at, place = end, place + 2
    del level.sizes[:place]
    joined = bytearray(b"".join(pieces))
    flags_at = record_size - 1
    joined[flags_at::record_size] = bytes(joined[flags_at::record_size]).translate(_NEXT)
    return halved, [bytes(joined)], at
