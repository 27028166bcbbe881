"""What a task's path is made of: parts in their order, and the states in each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PathPiece:
    """A stretch in one state; nanoseconds since the run's start."""

    state: str
    begin_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a path: its title, times, states, and a remark; a part without times was not recorded.

    An instant has the same begin and end.
    """

    title: str
    begin_ns: int | None
    end_ns: int | None
    words: str
    pieces: tuple[PathPiece, ...] = ()
    failed: bool = False

    @property
    def length_ns(self) -> int | None:
        """How long it took."""
        return None if self.begin_ns is None or self.end_ns is None else self.end_ns - self.begin_ns


def instant(title: str, time_ns: int, words: str) -> Part:
    """Return a part that takes no time."""
    return Part(title, time_ns, time_ns, words)


def stretch(title: str, begin_ns: int, end_ns: int, words: str, state: str) -> Part:
    """Return a part in one state."""
    return Part(title, begin_ns, end_ns, words, (PathPiece(state, begin_ns, end_ns),))
