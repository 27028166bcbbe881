"""Opens the history's index, an SQLite file, checks it, and moves it aside if it is damaged."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from dataclasses import fields
from pathlib import Path
from typing import Final

from engine.history.past_run import PastRun

FIELDS: Final = tuple(field.name for field in fields(PastRun))
COLUMNS: Final = ", ".join(FIELDS)
PLACES: Final = ", ".join("?" for _ in FIELDS)
# Errors that keep an index from being opened although it is not damaged: another program, the disk, permissions.
_NO_DAMAGE: Final = frozenset(
    (
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    )
)
_SCHEMA_VERSION: Final = 3
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
    size_bytes INTEGER NOT NULL,
    name TEXT,
    starred INTEGER NOT NULL,
    tags TEXT NOT NULL,
    note TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_by_start ON runs (started_at, run_id);
"""


class NewerIndexError(sqlite3.Error):
    """The index was written by a newer version, whose runs this version would not show correctly."""


def open_index(file: Path) -> tuple[sqlite3.Connection, Path | None]:
    """Return the index in `file`. If it was damaged, the index is a new, empty one, with the damaged one's new path.

    Nothing is lost: the history rebuilds the index from the runs' folders. Raises sqlite3.Error or OSError if it cannot
    be opened.
    """
    try:
        return _connect(file), None
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _NO_DAMAGE:
            raise
        aside = file.with_name(f"history-damaged-{time.time_ns()}.sqlite")
        file.replace(aside)
        for name in (f"{file.name}-wal", f"{file.name}-shm"):  # they belong to the damaged file
            with contextlib.suppress(FileNotFoundError):
                file.with_name(name).unlink()
        return _connect(file), aside


def index_in_memory() -> sqlite3.Connection:
    """Return an empty index in memory."""
    return _prepared(sqlite3.connect(":memory:"))


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=10.0)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return _prepared(connection)
    except BaseException:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return `connection` with this version's table. Raises DatabaseError if the file is damaged."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _SCHEMA_VERSION:
        raise NewerIndexError("it was written by a newer version of Gilscope")
    if 0 < version < _SCHEMA_VERSION:
        connection.execute("DROP TABLE IF EXISTS runs")  # it is filled again from the runs' folders
    connection.executescript(_SCHEMA)
    connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
    # A page may be damaged although the header is sound, or the table may be another program's. Found only later, the
    # file would not be moved aside.
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    columns = tuple(row[1] for row in connection.execute("PRAGMA table_info(runs)"))
    if found != "ok" or columns != FIELDS:
        raise sqlite3.DatabaseError(f"is damaged: {found if found != 'ok' else 'it has other columns'}")
    return connection
