"""A pool of processes from concurrent.futures: the way to use every core in real code."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from queue import SimpleQueue
from typing import Any

from engine.models import ModelDescriptor, chunksize_parameter, start_method_parameter, submit_parameter
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item

stage: list[Any] = []  # of a process of the pool: its task, source and sink


def do_chunk(task: Callable[[Item], Any], chunk: list[Item]) -> list[Any]:
    """Run in a process of the pool."""
    return [task(item) for item in chunk]


def run(
    task: Callable[[Item], Any], items: Iterator[Item], workers: int, start_method: str, chunksize: int, submit: str
) -> None:
    context = multiprocessing.get_context(start_method)
    done: SimpleQueue[Future[Any]] = SimpleQueue()
    in_pool = 0
    with ProcessPoolExecutor(max_workers=workers, mp_context=context) as pool:
        if submit == "all":  # as most programs do: map takes every item before it returns the first result
            for _ in pool.map(task, items, chunksize=chunksize):
                pass
        while chunk := list(islice(items, chunksize)):
            pool.submit(do_chunk, task, chunk).add_done_callback(done.put)
            in_pool += 1
            # At most four chunks for each worker, submitted in batches: every submit wakes the pool's own thread.
            if in_pool == 4 * workers:
                for _ in range(2 * workers):
                    done.get().result()  # raises what the task raised, or BrokenProcessPool
                in_pool -= 2 * workers
        for _ in range(in_pool):
            done.get().result()


def have_stage(task: Callable[[Any], Any], source: Any, sink: Any) -> None:
    """Run once in each process of the pool: queues can be given to a process only when it starts."""
    stage[:] = task, source, sink


def do_stage() -> None:
    """Run in a process of the pool until the queue before the stage ends."""
    task, source, sink = stage
    while (item := source.get()) is not None:
        sink.put(task(item))


def run_stage(
    task: Callable[[Any], Any],
    source: Any,
    sink: Any,
    workers: int,
    start_method: str,
    chunksize: int = 1,
    submit: str = "bounded",
) -> None:
    context = multiprocessing.get_context(start_method)
    with ProcessPoolExecutor(workers, context, initializer=have_stage, initargs=(task, source, sink)) as pool:
        calls = [pool.submit(do_stage) for _ in range(workers)]
        pool.submit(int)  # wakes the pool's own thread, which would else not watch the process that started last
        for call in calls:
            call.result()  # raises what the call raised, or BrokenProcessPool


MODEL = ModelDescriptor(
    ModelCard(
        key="process-pool",
        title="Process pool",
        module="concurrent.futures",
        since="Python 3.2 (2011)",
        worker="a process with its own interpreter, GIL and memory, kept by the pool",
        worker_kind="process",
        is_async=False,
        max_workers=256,
        use_when="Python code that computes for a millisecond or more at a time and should use every core.",
        costs="Those of processes, and some hundreds of microseconds to send each task there and its result back.",
        documentation="https://docs.python.org/3/library/concurrent.futures.html#processpoolexecutor",
        parameters=(start_method_parameter(), chunksize_parameter(), submit_parameter()),
        shares_memory=False,
    ),
    run,
    run_stage=run_stage,
    pickles=True,
)
