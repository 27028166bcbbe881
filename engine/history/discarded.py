"""Deleted runs: set aside for as long as the deletion can be undone."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from engine.history.store import HistoryError, Store
from engine.record.private_folder import make_private_folder
from engine.record.run_folder import RunFolderError

FOLDER: Final = "discarded"
KEPT_S: Final = 24 * 3600.0  # what was not purged at the end of its program is, by a later one


class Discarded:
    """The runs that were taken out of a history and can still be put back."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.folder = store.folder / FOLDER

    def discard(self, run_id: str) -> None:
        """Take a run out of the history. Raises HistoryError where its files cannot be moved."""
        source, target = self._store.folder_of(run_id), self.folder / run_id
        try:
            make_private_folder(self.folder)
            if source.exists():
                os.replace(source, target)
                os.utime(target)
        except OSError as error:
            raise HistoryError(f"{run_id} cannot be deleted: {error.strerror or error}") from None
        self._store.delete(run_id)

    def restore(self, run_id: str) -> None:
        """Put a run back. Raises HistoryError where it is gone for good."""
        try:
            os.replace(self.folder / run_id, self._store.folder_of(run_id))
            self._store.add(run_id)
        except (OSError, RunFolderError, KeyError, ValueError) as error:
            raise HistoryError(f"{run_id} cannot be put back: {error}") from None

    def purge(self, run_ids: Iterable[str] = ()) -> None:
        """Remove these for good, and whatever has been set aside for longer than a day."""
        wanted = set(run_ids)
        for each in self.folder.glob("*") if self.folder.exists() else ():
            if each.name in wanted or _age_s(each) > KEPT_S:
                shutil.rmtree(each, ignore_errors=True)


def _age_s(path: Path) -> float:
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime
    return 0.0
