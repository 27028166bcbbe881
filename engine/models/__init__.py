"""Concurrency models: one file each. A file here is a model in the window, the files, the command line and the tests.

A model's file holds `run(task, items, workers, **options)`, written as the standard library's documentation would
teach it (at most about 25 lines), and one descriptor called `MODEL`. What stands there is what runs, and what the
Code view shows.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from engine import registry
from engine.workload.catalogue import ModelCard
from engine.workload.parameter import Kind, Parameter


@dataclass(frozen=True)
class ModelDescriptor:
    """A model: its card, the function that runs, and whether it can run under this interpreter.

    `run(task, items, workers, **options)`: `task(item)` is picklable and never raises for a failing step; where
    `card.is_async` it returns an awaitable and `run` is a coroutine function. `items` is an iterator (and an
    asynchronous one), safe to share between threads; it ends at the count, the deadline or the stop. `options` are
    the values of `card.parameters`. Must not take items far ahead of its workers.
    `unavailable()` is None, or a sentence that says why the model cannot run under the interpreter that asks.
    `in_scripts` are other values, as source, for constants of its file, where it is saved as a script; None where it
    cannot be. `in_place` says that `run` itself calls the task, on the thread that called it: its one worker's.
    `run_stage(task, source, sink, workers, **options)` runs one stage of a pipeline: each worker takes items with
    `source.get()` until None comes, and hands on what `task(item)` returns with `sink.put`; awaited where
    `card.is_async`. None where the model runs none, and `card.no_stages` says why.
    `queues` says that items wait in a queue of the model's own until a thread of the host begins them.
    """

    card: ModelCard
    run: Callable[..., Any]
    unavailable: Callable[[], str | None] = lambda: None
    in_scripts: Mapping[str, str] | None = field(default_factory=dict)
    in_place: bool = False
    queues: bool = False
    run_stage: Callable[..., Any] | None = None

    def full_card(self) -> ModelCard:
        """Return the card with the function's source and this interpreter's `unavailable_reason`."""
        lines, first = inspect.getsourcelines(self.run)
        return replace(
            self.card,
            unavailable_reason=self.unavailable(),
            source="".join(lines),
            source_file=f"{self.run.__module__.replace('.', '/')}.py",
            source_line=first,
        )


def start_method_parameter() -> Parameter:
    """Return the parameter of models that start processes: the ways this platform has, spawn first."""
    import multiprocessing

    choices = tuple(sorted(multiprocessing.get_all_start_methods(), key=("spawn", "forkserver", "fork").index))
    return Parameter(
        "start_method",
        "Start method",
        Kind.CHOICE,
        "spawn",
        "spawn starts a fresh interpreter; forkserver forks from a clean helper; fork copies the host as it is.",
        choices=choices,
    )


def submit_parameter() -> Parameter:
    """Return the parameter of pools: whether a few tasks for each worker wait in the pool's queue, or all at once."""
    return Parameter(
        "submit",
        "Submit",
        Kind.CHOICE,
        "bounded",
        "bounded: a few tasks for each worker wait in the pool's queue; all: every task at once, as most programs do "
        "it, which takes memory for each.",
        choices=("bounded", "all"),
    )


def chunksize_parameter() -> Parameter:
    """Return the parameter of pools whose tasks go to a process in chunks."""
    return Parameter(
        "chunksize",
        "Chunk size",
        Kind.INTEGER,
        1,
        "So many tasks go to a process, and their results come back, in one go.",
        minimum=1,
        maximum=100_000,
    )


def load(key: str) -> ModelDescriptor:
    """Return the model called `key`, importing its file only. Raises as `registry.load` does."""
    return cast(ModelDescriptor, registry.load(__name__, key, "MODEL"))


def discover() -> dict[str, ModelDescriptor]:
    """Return every model of ours by key."""
    return cast("dict[str, ModelDescriptor]", registry.discover(sys.modules[__name__], "MODEL"))
