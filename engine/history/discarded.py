"""Deleted runs: kept for a week, in which the deletion can be undone, even after a restart of the program."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from engine.history.past_run import PastRun, past_run
from engine.history.store import HistoryError, Store
from engine.record.id_lookup import id_called
from engine.record.private_folder import make_private_folder
from engine.record.run_folder import RunFolder, RunFolderError

FOLDER: Final = "discarded"
KEPT_DAYS: Final = 7


class Discarded:
    """The runs that were deleted from a history and can still be restored."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.folder = store.folder / FOLDER

    def discard(self, run_id: str) -> None:
        """Delete a run from the history. Raises HistoryError if its files cannot be moved."""
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
        """Restore a run. Raises HistoryError if it is gone for good."""
        try:
            os.replace(self.folder / run_id, self._store.folder_of(run_id))
            self._store.add(run_id)
        except (OSError, RunFolderError, KeyError, ValueError) as error:
            raise HistoryError(f"{run_id} cannot be put back: {error}") from None

    def listed(self) -> list[PastRun]:
        """Return the runs that can be restored, most recently deleted first; unreadable ones are left out."""
        found = []
        for each in self.folder.iterdir() if self.folder.exists() else ():
            with contextlib.suppress(RunFolderError, OSError):
                found.append((_age_s(each), past_run(RunFolder(each))))
        return [run for _, run in sorted(found, key=lambda pair: pair[0])]

    def find(self, name: str) -> PastRun:
        """Return the deleted run called `name`: an id, a unique beginning of an id, or `last`. Raises HistoryError."""
        runs = self.listed()
        try:
            run_id = id_called(name, [run.run_id for run in runs], "deleted runs")
        except LookupError as error:
            raise HistoryError(str(error)) from None
        if run_id is None:
            raise HistoryError(f"no deleted run is called {name!r}; `gilscope history --deleted` lists them")
        return next(run for run in runs if run.run_id == run_id)

    def purge(self, run_ids: Iterable[str] = ()) -> None:
        """Remove these for good, and all that were deleted more than KEPT_DAYS ago."""
        wanted = set(run_ids)
        for each in self.folder.glob("*") if self.folder.exists() else ():
            if each.name in wanted or _age_s(each) > KEPT_DAYS * 24 * 3600.0:
                shutil.rmtree(each, ignore_errors=True)

    def purge_all(self) -> int:
        """Remove all deleted runs for good, damaged ones too; return how many there were."""
        found = list(self.folder.iterdir()) if self.folder.exists() else []
        self.purge(each.name for each in found)
        return len(found)


def _age_s(path: Path) -> float:
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime
    return 0.0
