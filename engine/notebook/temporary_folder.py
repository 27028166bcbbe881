"""A folder for a run that is not to be kept: it goes with the object that holds it, and with this process."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from engine.processes.guard import Guard


class TemporaryFolder:
    """A folder that is removed when nothing holds this any more, at exit, and by a guard if this process is killed."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="gilscope-"))
        guard = Guard()
        guard.watch_folder(self.path)
        self.remove = weakref.finalize(self, _remove, self.path, guard)


def _remove(path: Path, guard: Guard) -> None:
    shutil.rmtree(path, ignore_errors=True)
    guard.close()
