"""A semaphore for coroutines of several processes."""

from __future__ import annotations

import asyncio
from typing import Any


class BetweenLoops:
    """A semaphore that the coroutines of several processes share; waiting for it does not block the event loop.

    One coroutine of a loop at a time waits for the other processes, in a thread; the rest queue for their turn.
    """

    def __init__(self, between_processes: Any) -> None:
        self._between_processes = between_processes
        self._in_loop = asyncio.Lock()

    async def acquire(self) -> bool:
        """Wait until there is room."""
        async with self._in_loop:
            if not self._between_processes.acquire(False):
                await asyncio.to_thread(self._between_processes.acquire)
        return True

    def release(self) -> None:
        """Let another coroutine in, of any process."""
        self._between_processes.release()
