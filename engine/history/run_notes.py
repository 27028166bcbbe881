"""The user's notes on a kept run: a star, a name, tags and a note, in a file of the run's folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.record.atomic_file import write_atomically
from engine.wire.codec import WrongShapeError, decode, plain, record

NOTES: Final = "notes.json"
MOST_NAME: Final = 200  # characters
MOST_TAGS: Final = 20
MOST_TAG: Final = 40
MOST_NOTE: Final = 10_000
_MOST_BYTES: Final = 200_000


class NotesError(ValueError):
    """Notes on a run cannot be saved or read; the message says where and why."""


@record
@dataclass(frozen=True, slots=True)
class RunNotes:
    """The notes on one run. `name` replaces its experiment's title."""

    starred: bool = False
    name: str | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None

    def tidied(self) -> RunNotes:
        """Return the notes with texts stripped and without duplicate tags. Raises NotesError if one is too long."""
        name, note = (self.name or "").strip(), (self.note or "").strip()
        tags = tuple(dict.fromkeys(each for tag in self.tags if (each := " ".join(tag.split()))))
        _check("name", len(name), MOST_NAME, "characters")
        _check("note", len(note), MOST_NOTE, "characters")
        _check("tags", len(tags), MOST_TAGS, "tags")
        for tag in tags:
            _check(f"tag {tag[:MOST_TAG]!r}", len(tag), MOST_TAG, "characters")
        return RunNotes(self.starred, name or None, tags, note or None)


def read_notes(folder: Path) -> RunNotes:
    """Return the notes on the run in `folder`, which are empty if there is no file. Raises NotesError."""
    file = folder / NOTES
    try:
        with open(file, "rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return RunNotes()
    except OSError as error:
        raise NotesError(f"{file}: cannot be read: {error.strerror or error}") from None
    if len(data) > _MOST_BYTES:
        raise NotesError(f"{file}: is larger than {_MOST_BYTES:,} bytes")
    try:
        return decode(RunNotes, json.loads(data)).tidied()
    except (NotesError, WrongShapeError) as error:
        raise NotesError(f"{file}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise NotesError(f"{file}: is not JSON: {error}") from None


def write_notes(folder: Path, notes: RunNotes) -> None:
    """Save the notes on the run in `folder`, atomically. Raises NotesError."""
    tidied = notes.tidied()
    file = folder / NOTES
    try:
        if tidied == RunNotes():
            file.unlink(missing_ok=True)
        else:
            write_atomically(file, json.dumps(plain(tidied), ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        raise NotesError(f"{file}: cannot be written: {error.strerror or error}") from None


def _check(what: str, length: int, most: int, unit: str) -> None:
    if length > most:
        raise NotesError(f"{what}: at most {most:,} {unit}, got {length:,}")
