"""Processes of several threads each: how web servers are deployed, for work that both computes and waits."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from engine.models import ModelDescriptor, start_method_parameter, wait_for
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item
from engine.workload.parameter import Kind, Parameter


def work(task: Callable[[Item], Any], pipe: Connection) -> None:
    """Run in each thread: do the tasks that arrive through its pipe until None arrives."""
    with pipe:
        pipe.send(None)  # ready for the first
        while (item := pipe.recv()) is not None:
            pipe.send(task(item))


def serve(task: Callable[[Item], Any], pipes: list[Connection]) -> None:
    """Run in each process: a thread for each pipe."""
    threads = [threading.Thread(target=work, args=(task, pipe)) for pipe in pipes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(task: Callable[[Item], Any], items: Iterator[Item], workers: int, start_method: str, threads_each: int) -> None:
    context: Any = multiprocessing.get_context(start_method)
    processes: dict[Any, Any] = {}
    for first in range(0, workers, threads_each):
        pipes = [context.Pipe() for _ in range(min(threads_each, workers - first))]
        process = context.Process(target=serve, args=(task, [its_end for _, its_end in pipes]), daemon=True)
        process.start()
        for pipe, its_end in pipes:
            its_end.close()
            processes[pipe] = process
    waiting = dict(processes)
    while waiting:
        ready: list[Any] = wait([*waiting])
        for pipe in ready:
            try:
                pipe.recv()  # its last result: the thread is free for another task
                pipe.send(item := next(items, None))
            except (EOFError, OSError):  # the process is gone
                processes[pipe].join(1)
                name, code = processes[pipe].name, processes[pipe].exitcode
                raise ChildProcessError(f"a thread of {name} ended in a task; its exit code is {code}") from None
            if item is None:
                del waiting[pipe]
    for process in processes.values():
        process.join()


def work_stage(task: Callable[[Any], Any], source: Any, sink: Any) -> None:
    """Run in each thread of a stage."""
    while (item := source.get()) is not None:
        sink.put(task(item))


def serve_stage(task: Callable[[Any], Any], source: Any, sink: Any, count: int) -> None:
    """Run in each process of a stage."""
    threads = [threading.Thread(target=work_stage, args=(task, source, sink)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_stage(
    task: Callable[[Any], Any], source: Any, sink: Any, workers: int, start_method: str, threads_each: int
) -> None:
    context: Any = multiprocessing.get_context(start_method)
    counts = [min(threads_each, workers - first) for first in range(0, workers, threads_each)]
    processes = [context.Process(target=serve_stage, args=(task, source, sink, each), daemon=True) for each in counts]
    for process in processes:
        process.start()
    wait_for(processes)


MODEL = ModelDescriptor(
    ModelCard(
        key="process-threads",
        title="Processes of threads",
        module="multiprocessing, threading",
        since="Python 2.6 (2008)",
        worker="a thread in one of several processes",
        worker_kind="thread",
        is_async=False,
        max_workers=2000,
        use_when="Work that both computes and waits: a process for each core, and in each some threads that wait.",
        costs="The start of each process; within one process, the threads share one GIL.",
        documentation="https://docs.python.org/3/library/multiprocessing.html",
        parameters=(
            start_method_parameter(),
            Parameter(
                "threads_each",
                "Threads in each",
                Kind.INTEGER,
                2,
                "The workers are spread over as many processes as this requires.",
                minimum=1,
                maximum=1000,
            ),
        ),
        shares_memory=False,
    ),
    run,
    run_stage=run_stage,
    pickles=True,
)
