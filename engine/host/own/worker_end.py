"""Calls something when a worker ends, on the worker itself: a connection is closed by the thread that opened it.

Guarantees. A thread's end is the end of its function, before whoever joins it goes on; a process's and a
subinterpreter's are when they end by themselves. Of the host's main thread, which goes on when its last task is done,
the host tells. Coroutines end with their event loop, which still runs then. What is killed ends nothing.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Awaitable, Callable
from typing import Any

_of_main_thread: list[Callable[[], None]] = []
_of_loops: list[Any] = []
_host: list[int] = []


def this_is_the_host() -> None:
    """Say that this process's main thread will call `main_thread_ends`; its subinterpreters and children do not."""
    _host[:] = [os.getpid()]


def main_thread_ends() -> None:
    """Call what waits for the end of the host's main thread as a worker."""
    while _of_main_thread:
        _of_main_thread.pop()()


def at_worker_end(ends: Callable[[], None]) -> None:
    """Have `ends` called by this thread when it ends as a worker."""
    thread = threading.current_thread()
    # A subinterpreter's thread was started by another one: to this one it is the main thread, or a stranger (3.13).
    if thread is not threading.main_thread() and not isinstance(thread, threading._DummyThread):
        _at_thread_end(thread, ends)
    elif _host == [os.getpid()]:
        _of_main_thread.append(ends)
    elif _is_multiprocessing():
        from multiprocessing.util import Finalize

        Finalize(None, ends, exitpriority=100)  # a forked process runs nothing else at its end
    else:
        atexit.register(ends)  # a subinterpreter's, when it is destroyed


async def at_loop_end(ends: Callable[[], Awaitable[None]]) -> None:
    """Have `ends` awaited when this event loop is about to end: it finishes the generators begun on it."""

    async def ending() -> Any:
        with contextlib.suppress(GeneratorExit):  # which then is no part of what `ends` may raise
            yield
        await ends()

    generator = ending()
    await generator.__anext__()
    _of_loops.append(generator)  # what nobody holds is finished at once


def _at_thread_end(thread: threading.Thread, ends: Callable[[], None]) -> None:
    # What Thread calls last on the thread itself, since Python 2; whoever joins waits for it.
    leave = thread._delete  # type: ignore[attr-defined]

    def end_and_leave() -> None:
        try:
            ends()
        finally:
            leave()

    thread._delete = end_and_leave  # type: ignore[attr-defined]


def _is_multiprocessing() -> bool:
    import sys

    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
