"""The semaphore that suits a model: for threads, for coroutines, or one that processes and interpreters share.

Processes share the operating system's named semaphore, on which `multiprocessing.Semaphore` is built. The host creates
it and removes the name when it ends; every process of the run opens it by name, however the process was started. If
the host is killed, the clean-up of its process group's semaphores removes this one too.
"""

from __future__ import annotations

import atexit
import importlib
import itertools
import os
import sys
import threading
from typing import Any, Final, Protocol, cast

from engine.workload.errors import ExperimentError

_SEMAPHORE: Final = 1  # the kind; 0 is a recursive lock
_MOST: Final = 2**31 - 1
_numbers = itertools.count()


class Semaphore(Protocol):
    """Acquired before a step and released after it."""

    def acquire(self) -> object: ...

    def release(self) -> object: ...


def make_shared(limit: int, path: str) -> str:
    """Make a semaphore that processes share; return its name. Raises ExperimentError for `path` where there is none."""
    if sys.platform == "win32":
        raise ExperimentError(path, "needs a model of one process: on Windows a semaphore of several has no name")
    try:
        library = importlib.import_module("_multiprocessing")
    except ImportError:
        raise ExperimentError(path, "needs a model of one process: this Python has no semaphores of several") from None
    name = f"/mp-limit-{os.getpid()}-{next(_numbers)}"
    try:
        library.SemLock(_SEMAPHORE, limit, _MOST, name, False)
    except OSError as error:
        raise ExperimentError(path, f"the system makes no semaphore for several processes: {error.strerror}") from None
    atexit.register(library.sem_unlink, name)
    return name


def shared(name: str) -> Any:
    """Open the semaphore with that name."""
    return importlib.import_module("_multiprocessing").SemLock._rebuild(0, _SEMAPHORE, _MOST, name)


def in_one_process(limit: int, is_async: bool) -> Semaphore:
    """Return a semaphore for the threads of one process, or for the coroutines of one event loop."""
    if is_async:
        import asyncio  # half of a host's imports, and most models do without it

        return cast(Semaphore, asyncio.Semaphore(limit))
    return threading.Semaphore(limit)


def between_processes(name: str, is_async: bool) -> Semaphore:
    """Return this process's, or interpreter's, handle of the semaphore with that name."""
    if is_async:
        from engine.workload.limits.between_loops import BetweenLoops

        return cast(Semaphore, BetweenLoops(shared(name)))
    return cast(Semaphore, shared(name))
