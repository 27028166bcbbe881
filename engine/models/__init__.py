"""Concurrency models: one file each. A file here is a model in the window, the files, the command line and the tests.

A model's file holds `run(task, items, workers, **options)`, written as the standard library's documentation would
teach it (at most about 25 lines), and one descriptor called `MODEL`. Runs call exactly this function, and the Code view
shows its source.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from engine import registry
from engine.workload.catalogue import ModelCard
from engine.workload.errors import ExperimentError
from engine.workload.parameter import Kind, Parameter

ASYNCIO: Final = "asyncio"
UVLOOP: Final = "uvloop"


@dataclass(frozen=True)
class ModelDescriptor:
    """A model: its card, its `run` function, and whether it can run under this interpreter.

    `run(task, items, workers, **options)`: `task` is picklable, and `task(item)` never raises for a failing step; if
    `card.is_async`, it returns an awaitable and `run` is a coroutine function. `items` is an iterator (and an
    asynchronous one), safe to share between threads; it ends at the count, the deadline or the stop. `options` are
    the values of `card.parameters`. `run` must not take items far ahead of its workers.
    `unavailable()` returns None, or a sentence that says why the model cannot run under the current interpreter.
    `in_scripts` holds source that replaces constants of the model's file when an experiment is saved as a script; None
    if it cannot be saved. `in_place` says that `run` itself calls the task, in its caller's thread (or loop).
    `run_stage(task, source, sink, workers, **options)` runs one stage of a pipeline: each worker takes items with
    `source.get()` until it returns None, and passes the result of `task(item)` to `sink.put`; all three are awaited if
    `card.is_async`. If it is a coroutine function, it is awaited on the pipeline's event loop, and awaits `source.get`
    and `sink.put`. It is None if the model cannot run stages; `card.no_stages` then says why.
    `stages_unavailable()` returns None, or a sentence that says why not under the current interpreter.
    `queues` says that items wait in the model's own queue until a thread of the host begins them; if that depends on
    the run, it is a function of the number of workers and the options.
    `pickles` says, of a model whose workers do not share memory, whether items and results are pickled on their way: if
    so, a payload may come as an object that is not bytes. None: not known, and nothing is noted of payloads.
    `returns` says that the model gets its results back.
    For a model with a parameter `loop` (`loop_parameter`), the host runs the coroutine on that event loop.
    """

    card: ModelCard
    run: Callable[..., Any]
    unavailable: Callable[[], str | None] = lambda: None
    in_scripts: Mapping[str, str] | None = field(default_factory=dict)
    in_place: bool = False
    queues: bool | Callable[[int, Mapping[str, Any]], bool] = False
    run_stage: Callable[..., Any] | None = None
    stages_unavailable: Callable[[], str | None] = lambda: None
    pickles: bool | None = None
    returns: bool = True

    def has_queue(self, workers: int, options: Mapping[str, Any]) -> bool:
        """Return whether items wait in the model's own queue, in a run with these workers and options."""
        return self.queues if isinstance(self.queues, bool) else self.queues(workers, options)

    @property
    def stage_on_loop(self) -> bool:
        """Whether its stages wait for their queues on the pipeline's event loop."""
        return inspect.iscoroutinefunction(self.run_stage)

    def stage_processes(self, workers: int, options: Mapping[str, Any]) -> int:
        """Return how many processes of a stage take from its queue; 0 if only the host does."""
        if self.stage_on_loop or "start_method" not in options:
            return 0
        return -(-workers // int(options.get("threads_each", options.get("coroutines_each", 1))))

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


def wait_for(processes: Sequence[Any]) -> None:
    """Wait until all processes have ended. Raises ChildProcessError, after ending the others, if one has failed."""
    from multiprocessing.connection import wait

    waiting = {process.sentinel: process for process in processes}
    while waiting:
        for ended in wait([*waiting]):
            process = waiting.pop(ended)
            process.join()
            if process.exitcode:
                for other in processes:
                    other.terminate()
                raise ChildProcessError(f"{process.name} ended in a task, with exit code {process.exitcode}")


def start_method_parameter() -> Parameter:
    """Return the parameter of models that start processes: this platform's start methods, spawn first."""
    import multiprocessing

    choices = tuple(sorted(multiprocessing.get_all_start_methods(), key=("spawn", "forkserver", "fork").index))
    return Parameter(
        "start_method",
        "Start method",
        Kind.CHOICE,
        "spawn",
        "spawn starts a new interpreter; forkserver forks from a clean helper process; fork copies the host process.",
        choices=choices,
    )


def refuse_fork(options: Mapping[str, Any], beside: str) -> None:
    """Raise ExperimentError if a model's options ask to fork a host that has threads for `beside`: groups or stages."""
    if options.get("start_method") == "fork":
        problem = f"must be spawn or forkserver with {beside}: a forked child may inherit locks held by other threads"
        raise ExperimentError("model.start_method", problem)


def submit_parameter() -> Parameter:
    """Return the parameter of pools: whether a few tasks for each worker wait in the pool's queue, or all at once."""
    return Parameter(
        "submit",
        "Submit",
        Kind.CHOICE,
        "bounded",
        "bounded: a few tasks for each worker wait in the pool's queue; all: every task is submitted at once, as most "
        "programs do, and takes memory while it waits.",
        choices=("bounded", "all"),
    )


def chunksize_parameter() -> Parameter:
    """Return the parameter of pools whose tasks go to a process in chunks."""
    return Parameter(
        "chunksize",
        "Chunk size",
        Kind.INTEGER,
        1,
        "How many tasks are sent to a process at once; their results come back together too.",
        minimum=1,
        maximum=100_000,
    )


def loop_parameter() -> Parameter:
    """Return the parameter of asynchronous models that chooses the event loop."""
    return Parameter(
        "loop",
        "Event loop",
        Kind.CHOICE,
        ASYNCIO,
        "asyncio: the standard library's, which is recorded; uvloop: a faster one in C, if the interpreter has it.",
        choices=(ASYNCIO, UVLOOP),
    )


def load(key: str) -> ModelDescriptor:
    """Return the model called `key`, importing only its file. Raises what `registry.load` raises."""
    return cast(ModelDescriptor, registry.load(__name__, key, "MODEL"))


def discover() -> dict[str, ModelDescriptor]:
    """Return every built-in model by key."""
    return cast("dict[str, ModelDescriptor]", registry.discover(sys.modules[__name__], "MODEL"))
