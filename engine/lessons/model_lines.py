"""Which line of a model's code a worker is at: that of its task, or between tasks that which gives it the next."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from typing import Final

_HANDED: Final = ("item", "chunk", "chunks")  # what a model calls that which it hands to a pool


@dataclass(frozen=True, slots=True)
class ModelLines:
    """Lines, from 1; 0 where there is none. `direct` says that `task` is called there, not handed over to a pool."""

    task: int
    between: int
    direct: bool


def model_lines(source: str) -> ModelLines | None:
    """Return the lines of a model's source, None where it hands over no item.

    A model that calls its task itself does so in a loop, whose head gives the worker its next one. A pool's worker has
    no line of its own there: its tasks come from the line that hands their items over.
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
