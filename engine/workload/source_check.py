"""Reads the source of a person's own function without ever running it, and says on which line it cannot work."""

from __future__ import annotations

import ast
import warnings

TaskDefinition = ast.FunctionDef | ast.AsyncFunctionDef


class SourceError(ValueError):
    """A piece of source gives no task. `line` and `column` count from 1; 0 where there is no such place."""

    def __init__(self, text: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"line {line}: {text}" if line else text)
        self.text = text
        self.line = line
        self.column = column


def task_definition(source: str) -> TaskDefinition:
    """Return the definition of `task(item)` that `source` ends up with; an `ast.AsyncFunctionDef` is to be awaited.

    Raises SourceError for the first thing that keeps the source from giving one.
    """
    found: TaskDefinition | None = None
    for node in _parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "task":
            found = node
    if found is None:
        raise SourceError("has no function called task; write def task(item): or async def task(item):")
    if not _takes_one(found.args):
        raise SourceError("task takes one argument, the task's number", found.lineno)
    place = None if found.decorator_list else _first_yield(found)
    if place is not None:
        raise SourceError("task has a yield: calling it only makes a generator, and runs nothing", place.lineno)
    return found


def is_async_task(source: str) -> bool:
    """Whether `source` gives a task that is to be awaited; one that gives none is not."""
    try:
        return isinstance(task_definition(source), ast.AsyncFunctionDef)
    except SourceError:
        return False


def _first_yield(definition: TaskDefinition) -> ast.expr | None:
    """Return the first `yield` of the function itself, not of one that it defines."""
    left: list[ast.AST] = list(reversed(definition.body))
    while left:
        node = left.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            left.extend(reversed(list(ast.iter_child_nodes(node))))
    return None


def _parse(source: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            # A doubtful escape is no reason to refuse, and no line of ours to print.
            warnings.simplefilter("ignore")
            return ast.parse(source, "<source>")
    except SyntaxError as error:
        last = len(source.splitlines()) or 1
        raise SourceError(error.msg, max(1, min(error.lineno or 1, last)), error.offset or 0) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(str(error) or "is nested too deeply") from None


def _takes_one(arguments: ast.arguments) -> bool:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    named = any(default is None for default in arguments.kw_defaults)
    return required <= 1 and (positional >= 1 or arguments.vararg is not None) and not named
