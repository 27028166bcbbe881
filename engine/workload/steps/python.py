"""The user's own function: `def task(item)` or `async def task(item)` in a piece of Python source."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from engine.workload.catalogue import StepCard
from engine.workload.errors import ExperimentError
from engine.workload.item import NamedItem
from engine.workload.own.module import check_import_from
from engine.workload.own.own_code import OwnCode
from engine.workload.own.worker import OwnWorker
from engine.workload.parameter import Kind, Parameter
from engine.workload.source_check import TASK, SourceError, task_definition
from engine.workload.steps import Bound, BoundAsync, ByNumber, StepContext, StepDescriptor

DEFAULT_SOURCE = '''def task(item):
    """Called once for each task; item is the task's number, from 0."""
    return sum(number * number for number in range(10_000))
'''


def check_source(source: str, path: str, function: str = TASK) -> bool:
    """Check `source` without executing any of it; return whether its task is asynchronous.

    Raises ExperimentError for `path` that names the line.
    """
    try:
        definition = task_definition(source, function)
    except SourceError as error:
        raise ExperimentError(path, str(error)) from None
    return isinstance(definition, ast.AsyncFunctionDef)


def _check(parameters: Mapping[str, Any], path: str) -> None:
    check_source(parameters["source"], f"{path}.source", parameters.get("function") or TASK)
    check_import_from(parameters.get("import_from", ""), f"{path}.import_from")


def own_code(context: StepContext, source: str, function: str = TASK, import_from: str = "") -> OwnCode:
    """Return the step's functions in this process, where the source is executed once."""
    return OwnCode(context, source, function, import_from)


def _bind(context: StepContext, source: str, function: str = TASK, import_from: str = "") -> Bound:
    code = own_code(context, source, function, import_from)
    code.refuse_awaited()
    return _bound(code)


def _bind_async(context: StepContext, source: str, function: str = TASK, import_from: str = "") -> BoundAsync | Bound:
    code = own_code(context, source, function, import_from)
    return ByNumber(code.by_number(), awaited=True) if code.awaits and not code.has_around else _bound(code)


def _bound(code: OwnCode) -> Bound:
    """Return a bound step that calls the task; for code with more than a task, the host binds each worker itself."""
    return _on_its_own(code) if code.has_around else ByNumber(code.by_number())


def _on_its_own(code: OwnCode) -> Bound:
    worker = OwnWorker({0: code})

    def step(item: NamedItem) -> None:
        if not worker.states:
            worker.set_up()
        if code.makes_arguments:
            worker.arguments[0] = code.argument(item.number)
        worker.bound(0)(item)

    return step


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
                "executes the source once; its working folder is the run's own. It may also define prepare(), "
                "argument(number), setup(shared), teardown(state) and finish(shared).",
            ),
            Parameter("function", "Function", Kind.TEXT, TASK, "Which function of the source is the task."),
            Parameter(
                "import_from",
                "Import from",
                Kind.TEXT,
                "",
                "A folder, or a .py file, whose modules the source may import: a whole path. Empty: none.",
            ),
        ),
    ),
    _bind,
    _bind_async,
    _check,
    own=own_code,
)
