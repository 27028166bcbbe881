"""Processes of many coroutines each: how asyncio servers use every core."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection, wait
from typing import Any

from engine.models import ModelDescriptor, start_method_parameter, wait_for
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item
from engine.workload.parameter import Kind, Parameter

AsyncTask = Callable[[Item], Awaitable[Any]]


async def serve(task: AsyncTask, pipe: Connection, coroutines: int) -> None:
    """Run in each process: coroutines that take tasks from one pipe until each receives None."""
    loop, inbox, sending = asyncio.get_running_loop(), asyncio.Queue[Any](), asyncio.Lock()

    def receive() -> None:
        while True:
            loop.call_soon_threadsafe(inbox.put_nowait, pipe.recv())

    async def work() -> None:
        result = None
        while True:
            async with sending:
                await asyncio.to_thread(pipe.send, result)  # a full pipe must not hold up the loop
            item = await inbox.get()
            if item is None:
                return
            result = await task(item)

    threading.Thread(target=receive, daemon=True).start()
    await asyncio.gather(*(work() for _ in range(coroutines)))


def serve_process(task: AsyncTask, pipe: Connection, coroutines: int) -> None:
    """Run in each process: its event loop."""
    asyncio.run(serve(task, pipe, coroutines))


def run(task: AsyncTask, items: Iterator[Item], workers: int, start_method: str, coroutines_each: int) -> None:
    context: Any = multiprocessing.get_context(start_method)
    processes: dict[Any, Any] = {}
    coroutines: dict[Any, int] = {}
    for first in range(0, workers, coroutines_each):
        pipe, its_end = context.Pipe()
        coroutines[pipe] = min(coroutines_each, workers - first)
        processes[pipe] = context.Process(target=serve_process, args=(task, its_end, coroutines[pipe]), daemon=True)
        processes[pipe].start()
        its_end.close()
    while coroutines:
        ready: list[Any] = wait([*coroutines])
        for pipe in ready:
            try:
                pipe.recv()  # a result: its coroutine is free for another task
                pipe.send(item := next(items, None))
            except (EOFError, OSError):  # the process is gone
                processes[pipe].join()
                code = processes[pipe].exitcode
                raise ChildProcessError(f"{processes[pipe].name} ended in a task, with exit code {code}") from None
            coroutines[pipe] -= item is None
            if not coroutines[pipe]:
                del coroutines[pipe]
                processes.pop(pipe).join()


async def work_stage(task: AsyncTask, source: Any, sink: Any, coroutines: int) -> None:
    """Run in each process of a stage: coroutines, each of which waits for the queues in a thread."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=2 * coroutines))

    async def work() -> None:
        while (item := await asyncio.to_thread(source.get)) is not None:
            await asyncio.to_thread(sink.put, await task(item))

    await asyncio.gather(*(work() for _ in range(coroutines)))


def serve_stage(task: AsyncTask, source: Any, sink: Any, coroutines: int) -> None:
    """Run in each process of a stage: its event loop."""
    asyncio.run(work_stage(task, source, sink, coroutines))


def run_stage(task: AsyncTask, source: Any, sink: Any, workers: int, start_method: str, coroutines_each: int) -> None:
    context: Any = multiprocessing.get_context(start_method)
    counts = [min(coroutines_each, workers - first) for first in range(0, workers, coroutines_each)]
    processes = [context.Process(target=serve_stage, args=(task, source, sink, each), daemon=True) for each in counts]
    for process in processes:
        process.start()
    wait_for(processes)


MODEL = ModelDescriptor(
    ModelCard(
        key="process-asyncio",
        title="Processes of coroutines",
        module="multiprocessing, asyncio",
        since="Python 3.4 (2014)",
        worker="a coroutine in one of several processes",
        worker_kind="coroutine",
        is_async=True,
        max_workers=100_000,
        use_when="More connections than one core can serve: an event loop for each core.",
        costs="The start of each process, and two threads in each that pass on tasks and results.",
        documentation="https://docs.python.org/3/library/asyncio.html",
        parameters=(
            start_method_parameter(),
            Parameter(
                "coroutines_each",
                "Coroutines in each",
                Kind.INTEGER,
                50,
                "The workers are spread over as many processes as this requires.",
                minimum=1,
                maximum=10_000,
            ),
        ),
        shares_memory=False,
    ),
    run,
    run_stage=run_stage,
    pickles=True,
)
