"""A pool of processes from concurrent.futures: the way to use every core in real code."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import islice
from typing import Any

from engine.models import ModelDescriptor, start_method_parameter
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item


def run(task: Callable[[Item], Any], items: Iterator[Item], workers: int, start_method: str) -> None:
    context = multiprocessing.get_context(start_method)
    with ProcessPoolExecutor(max_workers=workers, mp_context=context) as pool:
        # Two tasks for each worker are in the pool; each that is done makes room for one more.
        pending = {pool.submit(task, item) for item in islice(items, 2 * workers)}
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()  # raises what the task raised, or BrokenProcessPool
            pending |= {pool.submit(task, item) for item in islice(items, len(done))}


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
        costs="As processes, and some hundreds of microseconds to carry each task there and its result back.",
        documentation="https://docs.python.org/3/library/concurrent.futures.html#processpoolexecutor",
        parameters=(start_method_parameter(),),
        shares_memory=False,
    ),
    run,
)
