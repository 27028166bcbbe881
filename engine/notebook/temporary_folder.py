"""A folder for a run that is not kept: it is removed with the object that holds it, and with this process."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from engine.processes.guard import Guard


class TemporaryFolder:
    """A folder that is removed with the last reference to this object, at exit, or by a guard after a kill."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="gilscope-"))
        guard = Guard()
        guard.watch_folder(self.path)
        self.remove = weakref.finalize(self, _remove, self.path, guard)


def _remove(path: Path, guard: Guard) -> None:
    shutil.rmtree(path, ignore_errors=True)
    guard.close()
