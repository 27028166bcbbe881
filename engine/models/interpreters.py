"""Subinterpreters: several interpreters in one process, each with its own GIL, run by a thread each."""

from __future__ import annotations

import importlib
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from engine.models import ModelDescriptor
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item

_VERSION: tuple[int, ...] = tuple(sys.version_info[:2])
IN_STANDARD_LIBRARY = _VERSION >= (3, 14)


def run_pool(task: Callable[[Item], Any], items: Iterator[Item], workers: int) -> None:
    from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined]

    done: SimpleQueue[Future[Any]] = SimpleQueue()
    in_pool = 0
    with InterpreterPoolExecutor(max_workers=workers) as pool:
        for item in items:
            pool.submit(task, item).add_done_callback(done.put)
            in_pool += 1
            if in_pool == 2 * workers:  # two tasks for each worker: wait for one to finish before submitting another
                done.get().result()  # raises what the task raised
                in_pool -= 1
        for _ in range(in_pool):
            done.get().result()


def run_stage(task: Callable[[Any], Any], source: Any, sink: Any, workers: int) -> None:
    """Run one stage: a thread for each interpreter waits for the queues, and its interpreter does the tasks."""
    from concurrent import interpreters  # type: ignore[attr-defined]

    def work() -> None:
        interpreter = interpreters.create()
        try:
            while (item := source.get()) is not None:
                sink.put(interpreter.call(task, item))
        finally:
            interpreter.close()

    with ThreadPoolExecutor(max_workers=workers) as pool:
        calls = [pool.submit(work) for _ in range(workers)]
        for call in calls:
            call.result()  # raises what the call raised


ITEM = ("due_ns", "number", "payload")
PREPARE = "import pickle; task = pickle.loads(pickled)"


def run_private(task: Callable[[Item], Any], items: Iterator[Item], workers: int) -> None:
    """Before 3.14: a thread for each interpreter, with the standard library's private module."""
    interpreters = private_module()
    pickled = pickle.dumps(task)

    def work() -> None:
        mine = interpreters.create()
        try:
            run_in(mine, PREPARE, {"pickled": pickled})
            for item in items:
                # Plain numbers and bytes can be passed to another interpreter; other objects cannot.
                run_in(mine, "task((due_ns, number, payload))", dict(zip(ITEM, item, strict=True)))
        finally:
            interpreters.destroy(mine)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_in(interpreter: Any, code: str, values: dict[str, Any]) -> None:
    """Run `code` in another interpreter, with `values` as its globals. Raises its exception's text as RuntimeError."""
    failure = private_module().run_string(interpreter, code, values)  # on 3.12 this itself raises
    if failure is not None:
        raise RuntimeError(f"in its interpreter: {failure.formatted}")


def private_module() -> Any:
    """Return the module for subinterpreters that have their own GIL. Raises ImportError before Python 3.12."""
    if _VERSION < (3, 12):
        raise ImportError("subinterpreters have a GIL of their own since Python 3.12")
    return importlib.import_module("_interpreters" if _VERSION >= (3, 13) else "_xxsubinterpreters")


def _unavailable() -> str | None:
    if sys.implementation.name != "cpython":
        return "Only CPython has subinterpreters; this is another implementation."
    if _VERSION < (3, 12):
        return "Subinterpreters have a GIL of their own since Python 3.12; this is {}.{}.".format(*_VERSION)
    return None


def _stages_unavailable() -> str | None:
    if IN_STANDARD_LIBRARY:
        return None
    return "Stages run in subinterpreters since Python 3.14, where a call gives its result back; this is {}.{}.".format(
        *_VERSION
    )


MODEL = ModelDescriptor(
    ModelCard(
        key="interpreters",
        title="Subinterpreters",
        module="concurrent.futures" if IN_STANDARD_LIBRARY else "_interpreters (private)",
        since="Python 3.14 (2025); own GIL since 3.12",
        worker="an interpreter of its own in the one process, run by a thread",
        worker_kind="interpreter",
        is_async=False,
        max_workers=256,
        use_when="Python code that computes and should use every core, without the cost of processes.",
        costs="Some tens of milliseconds and some megabytes for each interpreter; they share no objects, and some C "
        "extensions cannot be imported in them.",
        documentation="https://docs.python.org/3/library/concurrent.interpreters.html",
        experimental=not IN_STANDARD_LIBRARY,
        shares_memory=False,
    ),
    run_pool if IN_STANDARD_LIBRARY else run_private,
    _unavailable,
    # A new interpreter has not run the script: run it there too, as multiprocessing does in a new process.
    {
        "PREPARE": 'f"import pickle, runpy; globals().update(runpy.run_path({__file__!r})); '
        'task = pickle.loads(pickled)"'
    },
    pickles=False,  # numbers and bytes are copied from one interpreter to the other as they are
    returns=IN_STANDARD_LIBRARY,
    run_stage=run_stage,
    stages_unavailable=_stages_unavailable,
)
