"""The lock that suits a model: a thread lock in one process, a file lock between processes and interpreters."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import Protocol

from engine.workload.steps import StepContext


class RunLock(Protocol):
    """A context manager around a critical section."""

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> object: ...


def lock_for(context: StepContext) -> RunLock:
    """Return this worker's handle of the lock that all workers of the run share for that step."""
    if context.shares_memory:
        # setdefault is atomic: whichever worker is first, all get the same lock.
        lock: RunLock = context.shared.setdefault(f"lock:{context.number}", threading.Lock())
        return lock
    return FileLock(lock_path(context))


def lock_path(context: StepContext) -> str:
    """Return the file whose lock processes and interpreters share."""
    return os.path.join(context.folder, f"lock-{context.number}")


class FileLock:
    """Excludes every other holder of a FileLock on `path`, in this process and in others; not re-entrant."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def __enter__(self) -> FileLock:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(self._file, msvcrt.LK_NBLCK, 1)
                    return self
                except OSError:
                    time.sleep(0.0005)  # msvcrt.LK_LOCK, the blocking call, retries only once a second
        import fcntl

        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(self._file, msvcrt.LK_UNLCK, 1)
            return
        import fcntl

        fcntl.flock(self._file, fcntl.LOCK_UN)
