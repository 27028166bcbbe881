"""Coroutines that hand blocking calls to threads: how asyncio programs use libraries that block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from engine.models import ModelDescriptor
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item
from engine.workload.parameter import Kind, Parameter


async def run(
    task: Callable[[Item], Any], items: AsyncIterator[Item], workers: int, default_executor_workers: int
) -> None:
    async def work() -> None:
        async for item in items:
            await asyncio.to_thread(task, item)

    # to_thread uses the loop's default pool, which has few threads: give it one for each coroutine, or the set number.
    pool = ThreadPoolExecutor(max_workers=default_executor_workers or workers)
    asyncio.get_running_loop().set_default_executor(pool)
    await asyncio.gather(*(work() for _ in range(workers)))


async def run_stage(
    task: Callable[[Any], Any], source: Any, sink: Any, workers: int, default_executor_workers: int = 0
) -> None:
    """Run one stage: its coroutines wait for the queues, and its threads do the tasks."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=default_executor_workers or workers) as pool:

        async def work() -> None:
            while (item := await source.get()) is not None:
                await sink.put(await loop.run_in_executor(pool, task, item))

        await asyncio.gather(*(work() for _ in range(workers)))


def _queues(workers: int, options: Mapping[str, Any]) -> bool:
    return 0 < int(options["default_executor_workers"]) < workers


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
        parameters=(
            Parameter(
                "default_executor_workers",
                "Threads of the executor",
                Kind.INTEGER,
                0,
                "The size of the loop's default executor, which to_thread uses. 0: one thread for each coroutine. "
                "Python's default is the number of cores plus 4, at most 32. With fewer threads, calls queue.",
                minimum=0,
                maximum=2000,
            ),
        ),
    ),
    run,
    queues=_queues,
    run_stage=run_stage,
)
