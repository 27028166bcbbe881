"""The user's own function: `def task(item)` or `async def task(item)` in a piece of Python source."""

from __future__ import annotations

import ast
import inspect
import linecache
import threading
from collections.abc import Mapping
from typing import Any

from engine.workload.catalogue import StepCard
from engine.workload.errors import ExperimentError
from engine.workload.parameter import Kind, Parameter
from engine.workload.source_check import SourceError, task_definition
from engine.workload.steps import Bound, BoundAsync, ByNumber, StepContext, StepDescriptor

DEFAULT_SOURCE = '''def task(item):
    """Called once for each task; item is the task's number, from 0."""
    return sum(number * number for number in range(10_000))
'''

_executing = threading.Lock()


def check_source(source: str, path: str) -> bool:
    """Check `source` without executing any of it; return whether its task is asynchronous.

    Raises ExperimentError for `path` that names the line.
    """
    try:
        definition = task_definition(source)
    except SourceError as error:
        raise ExperimentError(path, str(error)) from None
    return isinstance(definition, ast.AsyncFunctionDef)


def run(source: str, name: str) -> dict[str, Any]:
    """Execute `source` as a module called `name` and return its names; `name` stands in tracebacks, with lines."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {"__name__": "gilscope_task", "__file__": name}
    exec(compile(source, name, "exec"), namespace)
    return namespace


def _check(parameters: Mapping[str, Any], path: str) -> None:
    check_source(parameters["source"], f"{path}.source")


def _task(context: StepContext, source: str) -> Any:
    # Once a process: its threads share the module's globals, as they do in any program.
    with _executing:
        key = f"python:{context.number}"
        if key not in context.shared:
            context.shared[key] = run(source, f"<{context.path}>")
        task = context.shared[key].get("task")
    if not callable(task):
        raise ExperimentError(f"{context.path}.source", "task is no longer a function once the source has run")
    return task


def _bind(context: StepContext, source: str) -> Bound:
    task = _task(context, source)
    if inspect.iscoroutinefunction(task):
        raise ExperimentError(
            f"{context.path}.source",
            f"async def task needs a model that awaits, such as asyncio; {context.model} calls",
        )
    return ByNumber(task)


def _bind_async(context: StepContext, source: str) -> BoundAsync | Bound:
    task = _task(context, source)
    if not inspect.iscoroutinefunction(task):
        return _bind(context, source)

    return ByNumber(task, awaited=True)


STEP = StepDescriptor(
    StepCard(
        key="python",
        title="Your own function",
        summary="A function of yours, in Python. Runs only after you have agreed to it.",
        waits_on="nothing",
        holds_gil=True,
        has_async=True,
        group="Your own",
        parameters=(
            Parameter(
                "source",
                "Source",
                Kind.CODE,
                DEFAULT_SOURCE,
                "def task(item) or async def task(item), called with the task's number. Each process that runs tasks "
                "executes the source once; its working folder is the run's own.",
            ),
        ),
    ),
    _bind,
    _bind_async,
    _check,
)
