"""Coroutines that hand blocking calls to threads: how asyncio programs use libraries that block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from engine.models import ModelDescriptor
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item


async def run(task: Callable[[Item], Any], items: AsyncIterator[Item], workers: int) -> None:
    async def work() -> None:
        async for item in items:
            await asyncio.to_thread(task, item)

    # to_thread uses the loop's own pool, which has a handful of threads: give it one for each coroutine.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=workers))
    await asyncio.gather(*(work() for _ in range(workers)))


MODEL = ModelDescriptor(
    ModelCard(
        key="asyncio-threads",
        title="asyncio with threads",
        module="asyncio",
        since="Python 3.9 (2020)",
        worker="a thread that a coroutine waits for",
        worker_kind="thread",
        is_async=False,
        max_workers=2000,
        use_when="An asyncio program that must make blocking calls: the loop stays free for other coroutines.",
        costs="A thread for each call in progress, and some tens of microseconds to hand it over and back. "
        "With the GIL, Python code in the threads still takes turns, with the event loop too.",
        documentation="https://docs.python.org/3/library/asyncio-task.html#running-in-threads",
        no_stages="Stages run under Threads, Processes or asyncio: use Threads for this one.",
    ),
    run,
)
