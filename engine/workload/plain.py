"""A step as plain functions and values, from which an exported script is written."""

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
    """A value that a function of a step's file computes: `once`, on each `worker`, or for each `task`."""

    function: Callable[..., Any]
    when: str
    arguments: Mapping[str, Any]


def made(function: Callable[..., Any], when: str = ONCE, **arguments: Any) -> Made:
    """Return the value that `function(**arguments)` computes; arguments are values, names, or such values."""
    return Made(function, when, arguments)


@dataclass(frozen=True)
class Plain:
    """A step's function, called `name` in a script, its arguments, and both for its asynchronous form if it has one."""

    name: str
    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    awaited: Callable[..., Any] | None = None
    awaited_arguments: Mapping[str, Any] | None = None
    files: bool = False  # it leaves files in the working folder
    may_fail: bool = field(default=False)


def drawn(distribution: str, mean: float, step: int, scale: float = 1.0) -> Any:
    """Return the value that a step draws for a task: the constant `mean * scale`, or one computed for each task."""
    if distribution == "constant":
        return mean * scale
    function = exponential if distribution == "exponential" else uniform
    return made(function, TASK, mean=mean * scale, seed=SEED, step=step, task=ITEM)
