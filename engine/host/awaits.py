"""Finds out whether a suspended coroutine waits for one of asyncio's locks or for something else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from engine.workload.async_run_lock import AsyncFileLock
from engine.workload.limits.between_loops import BetweenLoops


def _codes(*functions: Callable[..., Any] | None) -> frozenset[int]:
    # By identity: hashing a code object takes longer than everything else here.
    return frozenset(id(each.__code__) for each in functions if each is not None and hasattr(each, "__code__"))


_LOCKS: Final = _codes(
    asyncio.Lock.acquire,
    asyncio.Event.wait,
    asyncio.Condition.wait,
    asyncio.Condition.wait_for,
    asyncio.Semaphore.acquire,
    asyncio.Queue.get,
    asyncio.Queue.put,
    asyncio.Queue.join,
    getattr(getattr(asyncio, "Barrier", None), "wait", None),  # since Python 3.11
    AsyncFileLock.__aenter__,  # ours, between processes
    BetweenLoops.acquire,
)
_WAIT_FOR: Final = _codes(asyncio.wait_for)


def is_lock(coroutine: Any, awaited: Any) -> bool:
    """Return whether a suspended coroutine waits for a lock, a condition, a semaphore, a queue or an event.

    `awaited` is the future that it yielded to the loop. Waiting for another task, through `wait_for` or `gather`,
    counts as whatever that task waits for.
    """
    locks, wait_for, look = _LOCKS, _WAIT_FOR, getattr
    inner = coroutine.cr_await
    while inner is not None:
        code = id(coroutine.cr_code)
        if code in locks:
            return True
        if code in wait_for and coroutine.cr_frame is not None:
            made = coroutine.cr_frame.f_locals.get(
                "fut"
            )  # before Python 3.12 a task; since then it awaits as others do
            if isinstance(made, asyncio.Future):
                return _is_for_lock(made)
        coroutine, inner = inner, look(inner, "cr_await", None)
    return type(awaited) is not asyncio.Future and _is_for_lock(awaited)


def _is_for_lock(awaited: Any) -> bool:
    if isinstance(awaited, asyncio.Task):
        return id(getattr(awaited.get_coro(), "cr_code", None)) in _LOCKS
    children: Any = getattr(awaited, "_children", ())  # `awaited` may come from gather
    return len(children) > 0 and all(_is_for_lock(each) for each in children)
