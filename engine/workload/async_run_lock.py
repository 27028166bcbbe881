"""The lock that fits a model whose tasks are awaited: its event loop goes on while a coroutine waits for it."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Protocol

from engine.workload.run_lock import FileLock, lock_path
from engine.workload.steps import StepContext


class AsyncRunLock(Protocol):
    """What is entered and left around a critical section that is awaited."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> object: ...


def async_lock_for(context: StepContext) -> AsyncRunLock:
    """Return this event loop's handle of the one lock that step has in its run."""
    return asyncio.Lock() if context.shares_memory else AsyncFileLock(lock_path(context))


class AsyncFileLock:
    """Excludes every other holder on `path`: a coroutine of this event loop, or whoever holds a FileLock."""

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
