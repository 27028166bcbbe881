"""A step as plain functions and values: what a script is written of, by the step's own file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.workload.draw import exponential, uniform


class Name(str):
    """A name or an expression of the script, in place of a value: `item`, the task's number, or `SEED`."""


ITEM, SEED = Name("item"), Name("SEED")
ADDRESS = Name('os.environ["HTTP_ADDRESS"]')

ONCE, WORKER, TASK = "once", "worker", "task"


@dataclass(frozen=True)
class Made:
    """A value that a function of a step's file makes of others: `once`, on each `worker`, or for each `task`."""

    function: Callable[..., Any]
    when: str
    arguments: Mapping[str, Any]


def made(function: Callable[..., Any], when: str = ONCE, **arguments: Any) -> Made:
    """Return what `function` makes of `arguments`, which are values, names, or made themselves."""
    return Made(function, when, arguments)


@dataclass(frozen=True)
class Plain:
    """A step's function, called `name` in a script, and its arguments; the same of its awaited form, if it has one."""

    name: str
    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    awaited: Callable[..., Any] | None = None
    awaited_arguments: Mapping[str, Any] | None = None
    files: bool = False  # it leaves files in the working folder
    may_fail: bool = field(default=False)


def drawn(distribution: str, mean: float, step: int, scale: float = 1.0) -> Any:
    """Return a task's number as a step draws it: `mean` times `scale` itself, or made anew for each task."""
    if distribution == "constant":
        return mean * scale
    function = exponential if distribution == "exponential" else uniform
    return made(function, TASK, mean=mean * scale, seed=SEED, step=step, task=ITEM)
