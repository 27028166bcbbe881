"""Inserts rows into one SQLite database that all workers share: one writes at a time, the others wait."""

from __future__ import annotations

import os
import sqlite3

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import ITEM, WORKER, Plain, made
from engine.workload.steps import Bound, StepContext, StepDescriptor

LOCK_TIMEOUT_S = 60.0


def run(connection: sqlite3.Connection, task: int, rows: int) -> None:
    """Insert `rows` rows for `task` in one transaction."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO measurement VALUES (?, ?)", ((task, row) for row in range(rows)))


def connect(path: str) -> sqlite3.Connection:
    """Return a connection to the database, with its table."""
    connection = sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS measurement (task INTEGER, row INTEGER)")
    return connection


def _bind(context: StepContext, rows: int) -> Bound:
    connection = connect(os.path.join(context.folder, f"database-{context.number}.sqlite"))

    def step(item: NamedItem) -> None:
        run(connection, item.number, rows)

    return step


def plain(number: int, rows: int) -> Plain:
    """Return the step for a script."""
    connection = made(connect, WORKER, path=f"database-{number}.sqlite")
    return Plain("insert", run, {"connection": connection, "task": ITEM, "rows": rows}, files=True, may_fail=True)


STEP = StepDescriptor(
    StepCard(
        key="sqlite-insert",
        title="Insert into SQLite",
        summary="Inserts rows into one database for all workers: waits for the disk and for whoever else writes.",
        waits_on="disk",
        holds_gil=False,
        has_async=False,
        group="Disk",
        parameters=(
            Parameter(
                "rows", "Rows", Kind.INTEGER, 100, "Rows in each task's transaction.", minimum=1, maximum=10_000_000
            ),
        ),
    ),
    _bind,
    plain=plain,
)
