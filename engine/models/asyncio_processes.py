"""Coroutines that hand work to a pool of processes: how an asyncio program uses every core."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from engine.models import ModelDescriptor, start_method_parameter
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item


async def run(task: Callable[[Item], Any], items: AsyncIterator[Item], workers: int, start_method: str) -> None:
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context(start_method)
    with ProcessPoolExecutor(max_workers=workers, mp_context=context) as pool:

        async def work() -> None:
            async for item in items:
                await loop.run_in_executor(pool, task, item)

        await asyncio.gather(*(work() for _ in range(workers)))


async def run_stage(task: Callable[[Any], Any], source: Any, sink: Any, workers: int, start_method: str) -> None:
    """Run one stage: its coroutines wait for the queues, and the pool's processes do the tasks."""
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context(start_method)
    with ProcessPoolExecutor(max_workers=workers, mp_context=context) as pool:

        async def work() -> None:
            while (item := await source.get()) is not None:
                await sink.put(await loop.run_in_executor(pool, task, item))

        await asyncio.gather(*(work() for _ in range(workers)))


MODEL = ModelDescriptor(
    ModelCard(
        key="asyncio-processes",
        title="asyncio with processes",
        module="asyncio",
        since="Python 3.4 (2014)",
        worker="a process of a pool that a coroutine waits for",
        worker_kind="process",
        is_async=False,
        max_workers=256,
        use_when="An asyncio program, such as a server, with Python code that computes for milliseconds or more.",
        costs="Those of a process pool; the loop itself stays free.",
        documentation="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor",
        parameters=(start_method_parameter(),),
        shares_memory=False,
    ),
    run,
    run_stage=run_stage,
    pickles=True,
)
