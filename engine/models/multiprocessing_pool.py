"""A pool of processes from multiprocessing: the older of the two in the standard library."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from engine.models import ModelDescriptor, chunksize_parameter, start_method_parameter
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item

LOOK_S = 0.5
stage: list[Any] = []  # of a process of the pool: its task, source and sink


def do_chunk(task: Callable[[Item], Any], chunk: list[Item]) -> list[Any]:
    """Run in a process of the pool. imap_unordered's own chunksize would return an iterator without time-outs."""
    return [task(item) for item in chunk]


def raise_if_dead(processes: list[Any]) -> None:
    """Raise ChildProcessError if one of the pool's first processes has ended."""
    for process in processes:
        if process.exitcode is not None:
            raise ChildProcessError(f"{process.name} ended in a task, with exit code {process.exitcode}") from None


def run(task: Callable[[Item], Any], items: Iterator[Item], workers: int, start_method: str, chunksize: int) -> None:
    context = multiprocessing.get_context(start_method)
    with context.Pool(workers) as pool:
        # A Pool replaces a process that dies, but its task's result never arrives: so check the first processes.
        processes: list[Any] = list(pool._pool)  # type: ignore[attr-defined]
        chunks = iter(lambda: list(islice(items, chunksize)), [])
        results = pool.imap_unordered(partial(do_chunk, task), chunks)
        while True:
            try:
                results.next(LOOK_S)
            except StopIteration:
                break
            except multiprocessing.TimeoutError:
                raise_if_dead(processes)
        pool.close()
        pool.join()


def have_stage(task: Callable[[Any], Any], source: Any, sink: Any) -> None:
    """Run once in each process of the pool: queues can be given to a process only when it starts."""
    stage[:] = task, source, sink


def do_stage() -> None:
    """Run in a process of the pool until the queue before the stage ends."""
    task, source, sink = stage
    while (item := source.get()) is not None:
        sink.put(task(item))


def run_stage(
    task: Callable[[Any], Any], source: Any, sink: Any, workers: int, start_method: str, chunksize: int = 1
) -> None:
    context = multiprocessing.get_context(start_method)
    with context.Pool(workers, have_stage, (task, source, sink)) as pool:
        processes: list[Any] = list(pool._pool)  # type: ignore[attr-defined]
        for call in [pool.apply_async(do_stage) for _ in range(workers)]:
            while not call.ready():
                call.wait(LOOK_S)
                raise_if_dead(processes)
            call.get()
        pool.close()
        pool.join()


MODEL = ModelDescriptor(
    ModelCard(
        key="multiprocessing-pool",
        title="Pool (multiprocessing)",
        module="multiprocessing",
        since="Python 2.6 (2008)",
        worker="a process with its own interpreter, GIL and memory, kept by the pool",
        worker_kind="process",
        is_async=False,
        max_workers=256,
        use_when="Python code that computes, in many similar tasks: sent in chunks they cost little, and results "
        "arrive in the order in which tasks finish.",
        costs="Those of a process pool. If a process dies, its task never ends, and the pool reports nothing.",
        documentation="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool.imap_unordered",
        parameters=(start_method_parameter(), chunksize_parameter()),
        shares_memory=False,
    ),
    run,
    run_stage=run_stage,
    pickles=True,
)
