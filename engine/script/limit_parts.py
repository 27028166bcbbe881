"""Functions for steps with a limit, which scripts copy unchanged."""

from __future__ import annotations

import inspect
from typing import Any


def limited(step: Any, semaphore: Any) -> Any:
    """Return a step that waits for its turn."""

    def do_step(item: Any) -> Any:
        semaphore.acquire()
        try:
            return step(item)
        finally:
            semaphore.release()

    return do_step


def limited_async(step: Any, semaphore: Any) -> Any:
    """Return a step that awaits its turn."""

    async def do_step(item: Any) -> Any:
        await semaphore.acquire()
        try:
            result = step(item)
            return await result if inspect.isawaitable(result) else result
        finally:
            semaphore.release()

    return do_step
