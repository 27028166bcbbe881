"""Reads a person's source without ever running it, and says on which line it cannot work."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeProblem:
    """What is wrong with a piece of source: `line` and `column` count from 1, column 0 means the whole line."""

    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


def check_source(source: str) -> CodeProblem | None:
    """Return the first thing that keeps `source` from giving a `task(item)`, None if nothing does."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, "<source>")
    except SyntaxError as error:
        return CodeProblem(_line_within(error.lineno, source), error.offset or 0, error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return CodeProblem(1, 0, str(error) or "too deeply nested to be read")
    task = _find_task(tree)
    if task is None:
        line = _line_within(len(source.splitlines()), source)
        return CodeProblem(line, 0, "there is no def task(item) or async def task(item)")
    if isinstance(task, (ast.FunctionDef, ast.AsyncFunctionDef)) and not _takes_one(task.args):
        return CodeProblem(task.lineno, 0, f"task must take one argument, the item: {_head(task)} does not")
    return None


def _find_task(tree: ast.Module) -> ast.AST | None:
    """Return the statement that binds `task` last, wherever outside functions it stands (in an `if` or `try` too)."""
    found: ast.AST | None = None
    for node in _outside_functions(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == "task":
            found = node
        elif isinstance(node, ast.Assign) and any(_binds_task(each) for each in node.targets):
            found = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)) and any(_imports_task(each) for each in node.names):
            found = node
    return found


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield child
            if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from _outside_functions(child)


def _binds_task(target: ast.expr) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "task" for each in ast.walk(target))


def _imports_task(alias: ast.alias) -> bool:
    return (alias.asname or alias.name) in ("task", "*")


def _takes_one(arguments: ast.arguments) -> bool:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    needed = positional - len(arguments.defaults)
    required_names = [each for each in arguments.kw_defaults if each is None]
    return needed <= 1 and (positional >= 1 or arguments.vararg is not None) and not required_names


def _head(task: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return f"task({ast.unparse(task.args)})"


def _line_within(line: int | None, source: str) -> int:
    return max(1, min(line or 1, len(source.splitlines()) or 1))
