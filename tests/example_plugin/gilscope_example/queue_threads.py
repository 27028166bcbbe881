"""Threads that one queue feeds: the classic way to spread work before pools came."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from engine.api import Item, Kind, ModelCard, ModelDescriptor, Parameter


def work(task: Callable[[Item], Any], tasks: queue.Queue[Any]) -> None:
    """Run in each thread: do the tasks that come through the queue until None comes."""
    while (item := tasks.get()) is not None:
        task(item)


def run(task: Callable[[Item], Any], items: Iterator[Item], workers: int, queued_each: int) -> None:
    # A queue without a bound would take all tasks at once: memory must stay flat over a million of them.
    tasks: queue.Queue[Any] = queue.Queue(maxsize=queued_each * workers)
    threads = [threading.Thread(target=work, args=(task, tasks)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for item in items:
        tasks.put(item)
    for _ in threads:
        tasks.put(None)
    for thread in threads:
        thread.join()


MODEL = ModelDescriptor(
    ModelCard(
        key="queue-threads",
        title="Threads and a queue",
        module="threading, queue",
        since="Python 1.5 (1999)",
        worker="a thread that takes tasks from one queue",
        worker_kind="thread",
        is_async=False,
        max_workers=2000,
        use_when="One thread finds the work and others do it.",
        costs="Those of threads, and some microseconds for each task that goes through the queue.",
        documentation="https://docs.python.org/3/library/queue.html",
        parameters=(
            Parameter(
                "queued_each",
                "Queued for each",
                Kind.INTEGER,
                2,
                "So many tasks wait in the queue for each worker, at most.",
                minimum=1,
                maximum=1000,
            ),
        ),
    ),
    run,
)
