"""Threads by hand: N threads of one process take tasks from one shared iterator."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from engine.models import ModelDescriptor
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item


def run(task: Callable[[Item], Any], items: Iterable[Item], workers: int) -> None:
    def work() -> None:
        for item in items:
            task(item)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_stage(task: Callable[[Any], Any], source: Any, sink: Any, workers: int) -> None:
    def work() -> None:
        while (item := source.get()) is not None:
            sink.put(task(item))

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


MODEL = ModelDescriptor(
    ModelCard(
        key="threads",
        title="Threads",
        module="threading",
        since="Python 1.5 (1999)",
        worker="a thread of the one process",
        worker_kind="thread",
        is_async=False,
        max_workers=2000,
        use_when="Tasks that wait (network, disk, other programs), or C code that releases the GIL. On a "
        "free-threaded Python also for Python code that computes.",
        costs="Little: a fraction of a millisecond and some kilobytes for each thread. With the GIL, only one thread "
        "at a time runs Python code; all threads share memory, so shared data needs locks.",
        documentation="https://docs.python.org/3/library/threading.html",
    ),
    run,
    run_stage=run_stage,
)
