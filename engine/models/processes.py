"""Processes by hand: N processes, each with its own interpreter, GIL and memory, fed through pipes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from engine.models import ModelDescriptor, start_method_parameter, wait_for
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item


def work(task: Callable[[Item], Any], pipe: Connection) -> None:
    """Run in each process: do the tasks that arrive through the pipe until None arrives."""
    pipe.send(None)  # ready for the first
    while (item := pipe.recv()) is not None:
        pipe.send(task(item))


def run(task: Callable[[Item], Any], items: Iterator[Item], workers: int, start_method: str) -> None:
    context: Any = multiprocessing.get_context(start_method)
    processes: dict[Any, Any] = {}
    for _ in range(workers):
        pipe, its_end = context.Pipe()
        processes[pipe] = context.Process(target=work, args=(task, its_end), daemon=True)
        processes[pipe].start()
        its_end.close()
    while processes:
        ready: list[Any] = wait([*processes])
        for pipe in ready:
            try:
                pipe.recv()  # its last result: it is free for another task
                pipe.send(item := next(items, None))
            except (EOFError, OSError):  # the process is gone
                processes[pipe].join()
                code = processes[pipe].exitcode
                raise ChildProcessError(f"{processes[pipe].name} ended in a task, with exit code {code}") from None
            if item is None:
                processes.pop(pipe).join()


def work_stage(task: Callable[[Any], Any], source: Any, sink: Any) -> None:
    """Run in each process of a stage."""
    while (item := source.get()) is not None:
        sink.put(task(item))


def run_stage(task: Callable[[Any], Any], source: Any, sink: Any, workers: int, start_method: str) -> None:
    context: Any = multiprocessing.get_context(start_method)
    processes = [context.Process(target=work_stage, args=(task, source, sink), daemon=True) for _ in range(workers)]
    for process in processes:
        process.start()
    wait_for(processes)


MODEL = ModelDescriptor(
    ModelCard(
        key="processes",
        title="Processes",
        module="multiprocessing",
        since="Python 2.6 (2008)",
        worker="a process with its own interpreter, GIL and memory",
        worker_kind="process",
        is_async=False,
        max_workers=256,
        use_when="Python code that computes and should use every core, when you want to manage the processes yourself.",
        costs="Some tens of milliseconds to start and some megabytes for each process; arguments and results are "
        "pickled and copied.",
        documentation="https://docs.python.org/3/library/multiprocessing.html",
        parameters=(start_method_parameter(),),
        shares_memory=False,
    ),
    run,
    run_stage=run_stage,
    pickles=True,
)
