"""Steps: one file each. A file here is a step in the window, the files, the command line and the tests.

A step's file holds `run(...)`, the plain function that does the work with the step's parameters as arguments, perhaps
its asynchronous form `run_async(...)`, and one descriptor called `STEP`.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from engine import registry
from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem

if TYPE_CHECKING:
    from engine.workload.plain import Plain

# A bound step does its work for one item. It returns the unavoidable part of its wait in nanoseconds (the sleep asked
# for, the server's own service time), or None where it does not wait or that cannot be known.
Bound = Callable[[NamedItem], int | None]
BoundAsync = Callable[[NamedItem], Awaitable[int | None]]


class ByNumber:
    """A bound step that calls a person's function with the task's number alone and drops its result.

    `awaited`: its result is awaited. `sleep_s`: not 0.0 if the function does nothing but return
    `asyncio.sleep` of so long. A worker's lane calls `function` directly, which saves an object for each task; all
    others call this like any bound step.
    """

    def __init__(self, function: Callable[[int], Any], *, awaited: bool = False, sleep_s: float = 0.0) -> None:
        self.function, self.awaited, self.sleep_s = function, awaited, sleep_s

    def __call__(self, item: NamedItem) -> Any:
        result = self.function(item.number)
        return result if self.awaited else None


@dataclass(frozen=True)
class StepContext:
    """What a step may use while it runs on one worker.

    `folder` is a folder for the run's files, `services` maps a service's name to its address (`127.0.0.1:40123`),
    `seed` is the workload's, `number` the step's place in the workload, from 0. `path` is the step's key in messages
    (default: its key in a workload without groups). `model` is the model's key; `shares_memory` says whether all its
    workers are threads or coroutines of one process, which decides which kind of lock or counter they need; `shared`
    is a dictionary that the workers of one process have in common.
    """

    folder: str
    services: Mapping[str, str]
    seed: int
    number: int
    model: str = ""
    shares_memory: bool = True
    shared: dict[str, Any] = field(default_factory=dict)
    path: str = ""

    def __post_init__(self) -> None:
        if not self.path:
            object.__setattr__(self, "path", f"workload.steps[{self.number}]")


@dataclass(frozen=True)
class StepDescriptor:
    """A step: its card, and how it is bound to its parameters for one worker.

    `bind(context, **parameters)` is called once per worker thread, and returns the function that is called once per
    task. It may raise ExperimentError. `bind_async` does the same for event loops; None if the step has no
    asynchronous form. `check(parameters, path)` checks, without running anything, what depends on several parameters.
    `finish(context)` is called once in the host after the last task, and returns figures for the run's result.
    `own(context, **parameters)` returns the functions of a person's source that a run calls (`own_code.OwnCode`).
    `plain(number, **parameters)` returns the parts of an exported script; without it, a script calls `bind` itself.
    """

    card: StepCard
    bind: Callable[..., Bound]
    bind_async: Callable[..., BoundAsync | Bound] | None = None
    check: Callable[[Mapping[str, Any], str], None] | None = None
    finish: Callable[[StepContext], dict[str, Any]] | None = None
    own: Callable[..., Any] | None = None
    plain: Callable[..., Plain] | None = None


def load(key: str) -> StepDescriptor:
    """Return the step called `key`, importing only its file. Raises what `registry.load` raises."""
    return cast(StepDescriptor, registry.load(__name__, key, "STEP"))


def discover() -> dict[str, StepDescriptor]:
    """Return every step of ours by key."""
    return cast("dict[str, StepDescriptor]", registry.discover(sys.modules[__name__], "STEP"))
