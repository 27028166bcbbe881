"""Bookmarks: instants of a run that the user has marked, each with a note; kept in the run's folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from engine.record.atomic_file import write_atomically
from engine.record.shape import LARGEST

FILE: Final = "bookmarks.json"
MOST: Final = 1_000
_LONGEST: Final = 500  # characters of a note


@dataclass(frozen=True, slots=True, order=True)
class Bookmark:
    """An instant, in nanoseconds since the run's start, and its note."""

    time_ns: int
    note: str = ""


def read_bookmarks(folder: Path) -> list[Bookmark]:
    """Return a run's bookmarks in order; none if there is no file, or it is damaged."""
    try:
        data = json.loads((folder / FILE).read_text(encoding="utf-8"))
        found = [Bookmark(each["time_ns"], each["note"]) for each in data["bookmarks"][:MOST]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return sorted(each for each in found if _is_whole(each))


def write_bookmarks(folder: Path, bookmarks: Iterable[Bookmark]) -> None:
    """Save a run's bookmarks, in order. Raises OSError if they cannot be written."""
    kept = [asdict(Bookmark(each.time_ns, each.note[:_LONGEST])) for each in sorted(bookmarks)[:MOST]]
    write_atomically(folder / FILE, json.dumps({"bookmarks": kept}))


def _is_whole(bookmark: Bookmark) -> bool:
    return type(bookmark.time_ns) is int and 0 <= bookmark.time_ns <= LARGEST and isinstance(bookmark.note, str)
