"""Calls something when a worker ends, on the worker itself: a connection is closed by the thread that opened it.

Guarantees. A thread's callback runs when its function has ended, before a `join` of it returns; that of a process or a
subinterpreter runs when it exits normally. The host's main thread goes on after its last task, so the host says when it
ends as a worker. Callbacks of coroutines run at the end of their event loop, while it still runs. No callback runs in a
worker that is killed.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

_of_main_thread: list[Callable[[], None]] = []
_of_loops: list[Any] = []
_host: list[int] = []


def this_is_the_host() -> None:
    """Declare that this process's main thread will call `main_thread_ends`; its subinterpreters and children will
    not.
    """
    _host[:] = [os.getpid()]


def main_thread_ends() -> None:
    """Run the callbacks registered for the end of the host's main thread as a worker."""
    while _of_main_thread:
        _of_main_thread.pop()()


def at_worker_end(ends: Callable[[], None]) -> None:
    """Have `ends` called by this thread when it ends as a worker."""
    thread = threading.current_thread()
    # A subinterpreter's thread was started by another interpreter: here it is the main thread or a dummy thread (3.13).
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
        with contextlib.suppress(GeneratorExit):  # so that it is not the context of what `ends` may raise
            yield
        await ends()

    generator = ending()
    await generator.__anext__()
    _of_loops.append(generator)  # without a reference it would be finalized at once


def _at_thread_end(thread: threading.Thread, ends: Callable[[], None]) -> None:
    if sys.version_info < (3, 11):
        _of_thread.end = _ThreadEnd(thread, ends)
        return
    # The last method that Thread calls on the thread itself, since Python 3.11; a `join` waits for it.
    leave = thread._delete  # type: ignore[attr-defined]

    def end_and_leave() -> None:
        try:
            ends()
        finally:
            leave()

    thread._delete = end_and_leave  # type: ignore[attr-defined]


class _ThreadEnd:
    """Calls `ends` when a thread's own data go, which is on the thread and before a `join` of it returns.

    Python 3.10 calls no method of the thread so late. The thread counts as running meanwhile, so that code which asks
    for the current thread gets it.
    """

    def __init__(self, thread: threading.Thread, ends: Callable[[], None]) -> None:
        self._thread, self._ends = thread, ends

    def __del__(self) -> None:
        active: dict[int, threading.Thread] = threading._active  # type: ignore[attr-defined]
        active[threading.get_ident()] = self._thread
        try:
            self._ends()
        finally:
            active.pop(threading.get_ident(), None)


_of_thread = threading.local()


def _is_multiprocessing() -> bool:
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
