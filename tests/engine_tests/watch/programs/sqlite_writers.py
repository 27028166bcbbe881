"""Three threads that write to one database, each through a connection of its own; a transaction lasts 20 ms."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time

from own_clocks import OwnClocks, side_by_side

folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, "db")
with sqlite3.connect(path) as made:
    made.execute("create table t (a)")


def write() -> None:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    own = OwnClocks()
    while own.goes_on():
        with own.waiting("sleep disk"):  # between two tries SQLite itself sleeps
            connection.execute("begin immediate")
            time.sleep(0.02)
            connection.execute("insert into t values (1)")
            connection.execute("commit")
    own.tell()
    connection.close()


side_by_side(write, write, write)
folder.cleanup()
