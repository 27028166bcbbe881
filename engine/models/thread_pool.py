"""A pool of threads from concurrent.futures: the way to use threads in real code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any

from engine.models import ModelDescriptor
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item


def run(task: Callable[[Item], Any], items: Iterator[Item], workers: int) -> None:
    with ThreadPoolExecutor(max_workers=workers) as pool:
        # Two tasks for each worker are in the pool; each that is done makes room for one more.
        pending = {pool.submit(task, item) for item in islice(items, 2 * workers)}
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()  # raises what the task raised
            pending |= {pool.submit(task, item) for item in islice(items, len(done))}


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
        costs="As threads, and some tens of microseconds for each task that is submitted.",
        documentation="https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor",
    ),
    run,
    queues=True,
)
