"""Where a conductor's runs are kept: in the history, or for as long as the conductor lives."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from engine.history.data_folder import data_folder
from engine.history.store import RUNS, HistoryError, Store
from engine.processes.guard import Guard
from engine.record.run_folder import RESULT, RunFolderError
from engine.wire.commands import RunOptions
from engine.workload.errors import ExperimentError

RUN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_KEPT: Final = 8  # how many runs outside the history stay available for export


class RunPlaces:
    """Gives each run its folder, and takes those that ended into the history."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._temporary: list[Path] = []
        self._folders: dict[str, Path] = {}

    def folder_for(self, run_id: str, options: RunOptions) -> Path:
        """Make and return a run's folder. Raises ExperimentError if `run_id` is in use or there is no history."""
        if run_id in self._folders:
            raise ExperimentError("run_id", f"{run_id} is another run's")
        if options.history:
            folder = self._in_history(run_id, options)
        else:
            top = Path(tempfile.mkdtemp(prefix="gilscope-"))
            self._guard.watch_folder(top)
            self._temporary.append(top)
            folder = top / run_id
        self._folders[run_id] = folder
        return folder

    def give_up(self, run_id: str) -> None:
        """Remove the folder of a run that did not begin."""
        folder = self._folders.pop(run_id, None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def folder_of(self, run_id: str) -> Path | None:
        """Return the folder of a run of this conductor or of the history; None if it no longer exists."""
        known = self._folders.get(run_id)
        if known is not None or not RUN_ID.fullmatch(run_id):
            return known
        try:
            kept = data_folder() / RUNS / run_id
        except OSError:  # there is no history
            return None
        return kept if (kept / RESULT).exists() else None

    def keep(self, run_id: str, options: RunOptions) -> str | None:
        """Take a run that ended into the history; return the problem, or None."""
        if not options.history:
            while len(self._temporary) > _KEPT:
                self._remove(self._temporary.pop(0))
            return None
        try:
            with Store(Path(options.folder) if options.folder else None) as store:
                store.add(run_id)
                store.prune()
        except (HistoryError, RunFolderError, OSError) as error:
            return f"the run could not be taken into the history: {error}"
        return None

    def close(self) -> None:
        """Remove the folders of runs outside the history."""
        for folder in self._temporary:
            self._remove(folder)

    def _in_history(self, run_id: str, options: RunOptions) -> Path:
        try:
            with Store(Path(options.folder) if options.folder else None) as store:
                folder = store.folder_of(run_id)
        except HistoryError as error:
            raise ExperimentError("options.history", str(error)) from None
        if folder.exists():
            raise ExperimentError("run_id", f"{run_id} is another run's")
        return folder

    def _remove(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self._guard.forget_folder(folder)
        self._folders = {run_id: each for run_id, each in self._folders.items() if each.parent != folder}
