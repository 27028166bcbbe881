"""Finds a worker's line in its model's code: where its task is called and, between tasks, where it gets the next."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from typing import Final

_HANDED: Final = ("item", "chunk", "chunks")  # names of variables that models submit to a pool


@dataclass(frozen=True, slots=True)
class ModelLines:
    """Lines, from 1; 0 for none. `direct` says that `task` is called in that line, not submitted to a pool."""

    task: int
    between: int
    direct: bool


def model_lines(source: str) -> ModelLines | None:
    """Return the lines of a model's source, None if it neither calls nor submits a task.

    A model that calls its task itself does so in a loop, whose first line gives the worker its next item. A pool's
    worker does not run the model's code: its line is the one that submits its items.
    """
    try:
        tree = ast.parse(textwrap.dedent(source))
    except SyntaxError:
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "task"]
    if called:
        line = called[0].lineno
        return ModelLines(line, _loop_around(tree, line), True)
    handed = [node.lineno for node in calls if any(_is_item(each) for each in node.args)]
    return ModelLines(min(handed), 0, False) if handed else None


def _is_item(argument: ast.expr) -> bool:
    name = argument.target if isinstance(argument, ast.NamedExpr) else argument
    return isinstance(name, ast.Name) and name.id in _HANDED


def _loop_around(tree: ast.AST, line: int) -> int:
    loops = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(loops, default=0)
