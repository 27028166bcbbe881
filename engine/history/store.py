"""The history: an SQLite index over the folders of past runs, which hold everything else.

Guarantees. The folders are what counts: `recover` brings an index that is behind, was lost or is damaged up to date
from them, runs that were cut short included. Several programs may use one history at once. The newest run is never
pruned, and the runs of a kept comparison only where the others are not enough to come below the bound in bytes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

from engine.history.data_folder import data_folder
from engine.history.recover_result import close_off
from engine.history.referenced import referenced_runs
from engine.record.run_folder import RunFolder, RunFolderError
from engine.workload.group import workers_of

RUNS: Final = "runs"  # the folder that holds a folder a run
MAX_RUNS: Final = 200
MAX_BYTES: Final = 2 * 1024**3
_SCHEMA_VERSION: Final = 2
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY,
    started_at TEXT NOT NULL,
    title TEXT NOT NULL,
    model TEXT NOT NULL,
    workers INTEGER NOT NULL,
    interpreter TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    tasks_done INTEGER,
    tasks_failed INTEGER,
    elapsed_s REAL,
    throughput_per_s REAL,
    latency_p50_s REAL,
    latency_p99_s REAL,
    size_bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_by_start ON runs (started_at, run_id);
"""


class HistoryError(Exception):
    """The history cannot be used, or has no such run; the message says which and why."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run of the history, as its list shows it; a figure that was not measured is None."""

    run_id: str
    started_at: str
    title: str
    model: str
    workers: int
    interpreter: str
    status: str
    reason: str | None
    tasks_done: int | None
    tasks_failed: int | None
    elapsed_s: float | None
    throughput_per_s: float | None
    latency_p50_s: float | None
    latency_p99_s: float | None
    size_bytes: int


_COLUMNS: Final = ", ".join(field.name for field in fields(PastRun))
_PLACES: Final = ", ".join("?" for _ in fields(PastRun))


def _folder() -> Path:
    try:
        return data_folder()
    except OSError as error:
        raise HistoryError(f"there is no place for the history: {error.strerror}") from None


class Store:
    """The history in one data folder. Raises HistoryError where it cannot be opened; close it, or use `with`."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or _folder()
        self.runs_folder = self.folder / RUNS
        self.index = self.folder / "history.sqlite"
        try:
            self.runs_folder.mkdir(parents=True, exist_ok=True)
            if not os.access(self.runs_folder, os.W_OK | os.X_OK):
                raise PermissionError(0, "is not writable")
            self._connection = self._open()
        except (OSError, sqlite3.Error) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            raise HistoryError(f"the history in {self.folder} cannot be used: {reason}") from None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index."""
        self._connection.close()

    def folder_of(self, run_id: str) -> Path:
        """Return where a run's files are, or belong."""
        return self.runs_folder / run_id

    def add(self, run_id: str) -> PastRun:
        """Take a run that has ended into the index, or its changed result. Raises RunFolderError if it has none."""
        folder = RunFolder(self.folder_of(run_id))
        try:
            run = _past_run(folder)
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # JSON, and not what a run writes
            raise RunFolderError(f"{folder.path}: the run's files are damaged: {error}") from None
        with self._writing() as connection:
            connection.execute(f"INSERT OR REPLACE INTO runs ({_COLUMNS}) VALUES ({_PLACES})", astuple(run))
        return run

    def runs(self, limit: int | None = None) -> list[PastRun]:
        """Return the runs, newest first."""
        return self._select("ORDER BY started_at DESC, run_id DESC LIMIT ?", -1 if limit is None else limit)

    def find(self, name: str) -> PastRun:
        """Return the run called `name`: an id, the beginning of one only, or `last`. Raises HistoryError else."""
        if name == "last":
            found = self.runs(1)
            if not found:
                raise HistoryError("there are no runs in the history yet")
            return found[0]
        found = self._select("WHERE substr(run_id, 1, ?) = ? ORDER BY run_id", len(name), name) if name else []
        exact = [run for run in found if run.run_id == name]
        if not found:
            raise HistoryError(f"no run is called {name!r}; `gilscope history` lists them")
        if len(found) > 1 and not exact:
            raise HistoryError(f"{len(found)} runs begin with {name!r}: {found[0].run_id}, {found[1].run_id} ...")
        return (exact or found)[0]

    def delete(self, run_id: str) -> None:
        """Remove a run and its files."""
        shutil.rmtree(self.folder_of(run_id), ignore_errors=True)
        with self._writing() as connection:
            connection.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))

    def recover(self, ended: Collection[str] = ()) -> list[PastRun]:
        """Bring the index up to date with the folders; return the runs that are new in it.

        A run that was cut short gets the result of what it left; one that goes on is let be, unless it is among
        those that the caller knows to have ended.
        """
        known = {run.run_id for run in self.runs()}
        there = {each.name for each in self.runs_folder.iterdir() if each.is_dir() and not each.name.startswith(".")}
        with self._writing() as connection:
            connection.executemany("DELETE FROM runs WHERE run_id = ?", [(gone,) for gone in known - there])
        added = []
        for run_id in sorted(there - known):
            # A folder in which not even an experiment was written is no run.
            with contextlib.suppress(RunFolderError, OSError, ValueError, KeyError):
                folder = RunFolder(self.folder_of(run_id))
                if run_id in ended or folder.is_over():
                    close_off(folder.path)
                    added.append(self.add(run_id))
        return added

    def prune(self, max_runs: int = MAX_RUNS, max_bytes: int = MAX_BYTES) -> list[str]:
        """Delete the oldest runs beyond these bounds, never the newest; return their ids.

        Runs that a kept comparison refers to do not count for `max_runs`, and go after all others.
        """
        runs = self.runs()
        if len(runs) <= max_runs and sum(run.size_bytes for run in runs) <= max_bytes:
            return []
        referenced = referenced_runs(self.folder)
        others = [run for run in runs[1:] if run.run_id not in referenced]
        kept_others = max(0, max_runs - 1)
        pruned = list(reversed(others[kept_others:]))
        left = [*reversed(others[:kept_others]), *(run for run in reversed(runs[1:]) if run.run_id in referenced)]
        total = sum(run.size_bytes for run in (*runs[:1], *left))
        for run in left:  # the oldest first
            if total <= max_bytes:
                break
            total -= run.size_bytes
            pruned.append(run)
        for run in pruned:
            self.delete(run.run_id)
        return [run.run_id for run in pruned]

    def _select(self, rest: str, *values: object) -> list[PastRun]:
        try:
            return [PastRun(*row) for row in self._connection.execute(f"SELECT {_COLUMNS} FROM runs {rest}", values)]
        except sqlite3.Error as error:
            raise HistoryError(f"the history in {self.folder} cannot be read: {error}") from None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection:
                yield self._connection
        except sqlite3.Error as error:
            raise HistoryError(f"the history in {self.folder} cannot be written: {error}") from None

    def _open(self) -> sqlite3.Connection:
        try:
            return _connect(self.index)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # It is no database any more. Nothing is lost with it: `recover` makes it again from the folders.
            self.index.replace(self.index.with_name(f"history-damaged-{int(time.time())}.sqlite"))
            return _connect(self.index)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10.0)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _SCHEMA_VERSION:
            raise sqlite3.OperationalError("it was written by a newer version of Gilscope")
        if 0 < version < _SCHEMA_VERSION:
            connection.execute("DROP TABLE IF EXISTS runs")  # `recover` fills it again from the folders
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection


def _past_run(folder: RunFolder) -> PastRun:
    result, experiment, environment = folder.result(), folder.experiment(), folder.environment()
    if result is None:
        raise RunFolderError(f"{folder.path}: the run has no result yet")
    tasks, interpreter = result.get("tasks") or {}, result.get("interpreter") or {}
    latency = result.get("latency_s") or {}
    name = f"{interpreter.get('implementation') or ''} {interpreter.get('version') or ''}".strip()
    if name and interpreter.get("gil_enabled") is False:
        name += " without GIL"
    return PastRun(
        run_id=folder.run_id,
        started_at=str(environment.get("time") or ""),
        title=str(experiment.get("title") or ""),
        model=str(experiment["model"]["kind"]),
        workers=workers_of(experiment),
        interpreter=name or str(interpreter.get("path") or ""),
        status=str(result.get("status")),
        reason=result.get("reason"),
        tasks_done=tasks.get("done"),
        tasks_failed=tasks.get("failed"),
        elapsed_s=result.get("elapsed_s"),
        throughput_per_s=result.get("throughput_per_s"),
        latency_p50_s=latency.get("p50"),
        latency_p99_s=latency.get("p99"),
        size_bytes=folder.size_bytes(),
    )
