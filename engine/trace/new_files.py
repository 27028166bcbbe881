"""Finds new files in a run's folder by the folder's modification time, and opens each once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from engine.record.lane_reader import LaneFileError

Reader = TypeVar("Reader")


class NewFiles(Generic[Reader]):
    """Finds the files of `folder` whose names end in `suffix`, and opens each with `reader`, once it is whole."""

    def __init__(self, folder: Path, suffix: str, reader: Callable[[Path], Reader]) -> None:
        self._folder, self._suffix, self._reader = folder, suffix, reader
        self._seen: set[str] = set()
        self._changed_ns = -1

    def find(self) -> dict[str, Reader]:
        """Return the readers of the files that came since the last call, by their names, in the names' order."""
        try:
            changed_ns = os.stat(self._folder).st_mtime_ns
        except FileNotFoundError:
            return {}
        if changed_ns == self._changed_ns:
            return {}
        complete = True
        found: dict[str, Reader] = {}
        for name in sorted(os.listdir(self._folder)):
            if name.endswith(self._suffix) and name not in self._seen:
                try:
                    found[name] = self._reader(self._folder / name)
                except (LaneFileError, FileNotFoundError):
                    complete = False  # it is not whole yet: try again at the next call
        self._seen |= found.keys()
        # A file made within the clock's resolution of this call would not change the folder's time again.
        self._changed_ns = changed_ns if complete and not found else -1
        return found
