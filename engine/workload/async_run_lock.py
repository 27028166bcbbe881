"""The lock for models whose tasks are awaited: the event loop keeps running while a coroutine waits for the lock."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Protocol

from engine.workload.run_lock import FileLock, lock_path
from engine.workload.steps import StepContext


class AsyncRunLock(Protocol):
    """An asynchronous context manager around a critical section."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> object: ...


def async_lock_for(context: StepContext) -> AsyncRunLock:
    """Return this event loop's handle of the lock that all workers of the run share for that step."""
    return asyncio.Lock() if context.shares_memory else AsyncFileLock(lock_path(context))


class AsyncFileLock:
    """Excludes every other holder of the lock on `path`: coroutines of this event loop, and holders of a FileLock."""

    def __init__(self, path: str) -> None:
        self._in_loop = asyncio.Lock()
        self._between_processes = FileLock(path)

    async def __aenter__(self) -> AsyncFileLock:
        await self._in_loop.acquire()
        try:
            await asyncio.to_thread(self._between_processes.__enter__)
        except BaseException:
            self._in_loop.release()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._between_processes.__exit__(kind, error, trace)
        self._in_loop.release()
