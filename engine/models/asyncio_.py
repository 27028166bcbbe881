"""Coroutines on one thread's event loop: the preferred way to wait for many things at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from engine.models import ModelDescriptor, loop_parameter
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item


async def run(
    task: Callable[[Item], Awaitable[Any]], items: AsyncIterator[Item], workers: int, loop: str = "asyncio"
) -> None:
    """Called with `asyncio.run`, or with `uvloop.run` if `loop` is uvloop."""

    async def work() -> None:
        async for item in items:
            await task(item)

    await asyncio.gather(*(work() for _ in range(workers)))


async def run_stage(
    task: Callable[[Any], Awaitable[Any]], source: Any, sink: Any, workers: int, loop: str = "asyncio"
) -> None:
    """Run one stage; called with `asyncio.run`, or with `uvloop.run` if `loop` is uvloop."""

    async def work() -> None:
        while (item := await source.get()) is not None:
            await sink.put(await task(item))

    await asyncio.gather(*(work() for _ in range(workers)))


MODEL = ModelDescriptor(
    ModelCard(
        key="asyncio",
        title="asyncio",
        module="asyncio",
        since="Python 3.4 (2014)",
        worker="a coroutine on the one thread's event loop",
        worker_kind="coroutine",
        is_async=True,
        max_workers=100_000,
        use_when="Many tasks that wait, with libraries that await: thousands of connections on one thread.",
        costs="Some microseconds and kilobytes for each coroutine. One that computes, or makes a blocking call, "
        "holds up all the others.",
        documentation="https://docs.python.org/3/library/asyncio.html",
        parameters=(loop_parameter(),),
    ),
    run,
    run_stage=run_stage,
    in_place=True,
)
