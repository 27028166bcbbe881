"""A pool of threads from concurrent.futures: the way to use threads in real code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from engine.models import ModelDescriptor, submit_parameter
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item


def run(task: Callable[[Item], Any], items: Iterator[Item], workers: int, submit: str) -> None:
    done: SimpleQueue[Future[Any]] = SimpleQueue()
    in_pool = 0
    with ThreadPoolExecutor(max_workers=workers) as pool:
        if submit == "all":  # as most programs do: map takes every item before it returns the first result
            for _ in pool.map(task, items):
                pass
        for item in items:
            pool.submit(task, item).add_done_callback(done.put)
            in_pool += 1
            if in_pool == 2 * workers:  # two tasks for each worker: wait for one to finish before submitting another
                done.get().result()  # raises what the task raised
                in_pool -= 1
        for _ in range(in_pool):
            done.get().result()


def run_stage(task: Callable[[Any], Any], source: Any, sink: Any, workers: int, submit: str = "bounded") -> None:
    """Run one stage: a call for each thread of the pool, which goes on until the queue before it ends."""

    def work() -> None:
        while (item := source.get()) is not None:
            sink.put(task(item))

    with ThreadPoolExecutor(max_workers=workers) as pool:
        calls = [pool.submit(work) for _ in range(workers)]
        for call in calls:
            call.result()  # raises what the call raised


MODEL = ModelDescriptor(
    ModelCard(
        key="thread-pool",
        title="Thread pool",
        module="concurrent.futures",
        since="Python 3.2 (2011)",
        worker="a thread of the one process, kept by the pool",
        worker_kind="thread",
        is_async=False,
        max_workers=2000,
        use_when="Wherever threads fit: results and errors come back as futures, and the number of threads is bounded.",
        costs="Those of threads, and some tens of microseconds for each submitted task.",
        documentation="https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor",
        parameters=(submit_parameter(),),
    ),
    run,
    queues=True,
    run_stage=run_stage,
)
