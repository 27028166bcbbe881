"""The history: an SQLite index of the folders of past runs, which hold everything else.

Guarantees. The folders are authoritative: `recover` updates an index that is stale, lost or damaged from them,
including runs that were cut short. Several programs may use one history at once. The newest run is never pruned, and
runs of a kept comparison or with a star only if pruning all others does not meet the bound in bytes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Final

from engine.history.data_folder import data_folder
from engine.history.index import COLUMNS, PLACES, index_in_memory, open_index
from engine.history.past_run import PastRun, past_run
from engine.history.recover_result import close_off
from engine.history.referenced import referenced_runs
from engine.history.run_notes import NotesError, RunNotes, write_notes
from engine.record.id_lookup import LAST, id_called
from engine.record.private_folder import make_private_folder
from engine.record.run_folder import EXPERIMENT, RunFolder, RunFolderError

RUNS: Final = "runs"  # the folder that holds a folder for each run
MAX_RUNS: Final = 200
MAX_BYTES: Final = 2 * 1024**3


class HistoryError(Exception):
    """The history cannot be used, or has no such run; the message says which and why."""


def _folder() -> Path:
    try:
        return data_folder()
    except OSError as error:
        raise HistoryError(f"there is no place for the history: {error.strerror}") from None


class Store:
    """The history in one data folder. Raises HistoryError if it cannot be opened; close it, or use `with`.

    With `reading`, a history that is not writable can be read: `recover` then makes its index in memory from the
    folders. `problems` are sentences about damage: of the index, or of runs that cannot be read.
    """

    def __init__(self, folder: Path | None = None, *, reading: bool = False) -> None:
        self.folder = folder or _folder()
        self.runs_folder = self.folder / RUNS
        self.index = self.folder / "history.sqlite"
        self.problems: list[str] = []
        self.writable = not reading or (self.runs_folder.exists() and _may_be_written(self.folder, self.runs_folder))
        self._connection, aside = self._open(reading)
        if aside is not None:
            self.recover()
            text = f"the history's index was damaged and was rebuilt from the runs' folders; the damaged one is {aside}"
            self.problems.insert(0, text)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index."""
        self._connection.close()

    def folder_of(self, run_id: str) -> Path:
        """Return the folder of a run's files, which may not exist."""
        return self.runs_folder / run_id

    def add(self, run_id: str) -> PastRun:
        """Add an ended run, or its changed result, to the index. Raises RunFolderError if it has no result."""
        run = past_run(RunFolder(self.folder_of(run_id)), self.problems)
        with self._writing() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO runs ({COLUMNS}) VALUES ({PLACES})", [_stored(each) for each in astuple(run)]
            )
        return run

    def say_of(self, run_id: str, notes: RunNotes) -> PastRun:
        """Save the user's notes on a run. Raises HistoryError if there is no such run, or they cannot be saved."""
        if not self.folder_of(run_id).is_dir():
            raise HistoryError(f"{run_id} is not in the history any more")
        try:
            write_notes(self.folder_of(run_id), notes)
        except NotesError as error:
            raise HistoryError(str(error)) from None
        return self.add(run_id)

    def runs(self, limit: int | None = None) -> list[PastRun]:
        """Return the runs, newest first."""
        return self._select("ORDER BY started_at DESC, run_id DESC LIMIT ?", -1 if limit is None else limit)

    def has(self, run_id: str) -> bool:
        """Return whether a run is in the index; it is added once all files needed to show it are written."""
        return bool(self._select("WHERE run_id = ?", run_id))

    def find(self, name: str) -> PastRun:
        """Return the run called `name`: an id, a unique beginning of an id, or `last`. Raises HistoryError."""
        if name == LAST:
            found = self.runs(1)
        else:
            found = self._select("WHERE substr(run_id, 1, ?) = ? ORDER BY run_id", len(name), name) if name else []
        try:
            run_id = id_called(name, [run.run_id for run in found], "runs")
        except LookupError as error:
            raise HistoryError(str(error)) from None
        if run_id is None:
            raise HistoryError(
                "there are no runs in the history yet"
                if name == LAST
                else f"no run is called {name!r}; `gilscope history` lists them"
            )
        return next(run for run in found if run.run_id == run_id)

    def delete(self, run_id: str) -> None:
        """Remove a run and its files."""
        if not self.writable:
            raise HistoryError(f"the history in {self.folder} cannot be written: {run_id} cannot be deleted")
        shutil.rmtree(self.folder_of(run_id), ignore_errors=True)
        with self._writing() as connection:
            connection.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))

    def recover(self, ended: Collection[str] = ()) -> list[PastRun]:
        """Update the index from the folders; return the runs that are new in it.

        A run that was cut short gets a result made from its records; a run that goes on is skipped, unless the caller
        knows that it has `ended`. A run that cannot be read is named in `problems`; the others are still listed.
        """
        known = {run.run_id for run in self.runs()}
        try:
            there = {each.name for each in self.runs_folder.iterdir() if each.is_dir() and each.name[0] != "."}
        except FileNotFoundError:
            there = set()
        except OSError as error:
            raise HistoryError(f"the history in {self.folder} cannot be read: {error.strerror or error}") from None
        with self._writing() as connection:
            connection.executemany("DELETE FROM runs WHERE run_id = ?", [(gone,) for gone in known - there])
        added = (self._recovered(run_id, run_id in ended) for run_id in sorted(there - known))
        return [run for run in added if run is not None]

    def _recovered(self, run_id: str, ended: bool) -> PastRun | None:
        """Add a run's folder to the index if the run is over; return None if it is not, or cannot be read."""
        folder = RunFolder(self.folder_of(run_id))
        if not (folder.path / EXPERIMENT).exists():
            return None  # not a run: not even an experiment was written
        try:
            if not ended and not folder.is_over():
                return None
            if self.writable:
                close_off(folder.path)
            elif folder.result() is None:
                return None  # its result would have to be written
            return self.add(run_id)
        except Exception as error:  # one bad folder must not keep the others from being listed
            known = isinstance(error, (RunFolderError, HistoryError))
            self.problems.append(str(error) if known else f"{folder.path}: cannot be read: {error}")
            return None

    def prune(self, max_runs: int = MAX_RUNS, max_bytes: int = MAX_BYTES) -> list[str]:
        """Delete the oldest runs beyond these bounds, never the newest; return their ids.

        Runs of a kept comparison, and those with a star, do not count for `max_runs`, and are deleted last.
        """
        runs = self.runs()
        if len(runs) <= max_runs and sum(run.size_bytes for run in runs) <= max_bytes:
            return []
        referenced = referenced_runs(self.folder) | {run.run_id for run in runs if run.starred}
        others = [run for run in runs[1:] if run.run_id not in referenced]
        kept_others = max(0, max_runs - 1)
        pruned = list(reversed(others[kept_others:]))
        left = [*reversed(others[:kept_others]), *(run for run in reversed(runs[1:]) if run.run_id in referenced)]
        total = sum(run.size_bytes for run in (*runs[:1], *left))
        for run in left:  # oldest first
            if total <= max_bytes:
                break
            total -= run.size_bytes
            pruned.append(run)
        for run in pruned:
            self.delete(run.run_id)
        return [run.run_id for run in pruned]

    def _select(self, rest: str, *values: object) -> list[PastRun]:
        try:
            return [PastRun(*row) for row in self._connection.execute(f"SELECT {COLUMNS} FROM runs {rest}", values)]
        except sqlite3.Error as error:
            raise HistoryError(f"the history in {self.folder} cannot be read: {error}") from None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection:
                yield self._connection
        except (sqlite3.Error, OverflowError) as error:
            raise HistoryError(f"the history in {self.folder} cannot be written: {error}") from None

    def _open(self, reading: bool) -> tuple[sqlite3.Connection, Path | None]:
        if not self.writable:
            return index_in_memory(), None
        try:
            make_private_folder(self.folder)
            make_private_folder(self.runs_folder)
            if not _may_be_written(self.folder, self.runs_folder):
                raise PermissionError(0, "is not writable")
            return open_index(self.index)
        except (OSError, sqlite3.Error) as error:
            if reading:  # the disk is full, say
                self.writable = False
                return index_in_memory(), None
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            raise HistoryError(f"the history in {self.folder} cannot be used: {reason}") from None


def _may_be_written(*folders: Path) -> bool:
    return all(os.access(each, os.W_OK | os.X_OK) for each in folders if each.exists())


def _stored(value: object) -> object:
    """Return a value as the index takes it: SQLite has no text with lone surrogates, as in undecodable file names."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
