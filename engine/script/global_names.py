"""Finds the global names in a piece of source, and their places."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any, NamedTuple

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Occurrence(NamedTuple):
    """A global name in the source: its line (from 1), and its column in UTF-8 bytes (from 0).

    `column` is -1 inside an f-string: Python reports places there only since 3.12.
    """

    name: str
    line: int
    column: int


def occurrences(node: ast.stmt) -> list[Occurrence]:
    """Return every place in a top-level statement where a global name is read or bound, except by `def`."""
    visitor = _Visitor()
    visitor.visit(node)
    return visitor.found


def bound_names(body: Iterable[ast.AST]) -> set[str]:
    """Return the names that statements bind in their own scope."""
    names: set[str] = set()
    outside: set[str] = set()
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(each.asname or each.name).partition(".")[0] for each in node.names}
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            outside |= set(node.names)
        else:
            if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
                names.add(node.name)
            if not isinstance(node, (ast.Lambda, *_COMPREHENSIONS)):
                waiting += ast.iter_child_nodes(node)
    return names - outside


class _Visitor(ast.NodeVisitor):
    """Walks a statement and keeps track of local names; functions do not see the names of a class body around them."""

    def __init__(self) -> None:
        self.found: list[Occurrence] = []
        self._local: frozenset[str] = frozenset()
        self._in_class: frozenset[str] = frozenset()
        self._in_text = False

    def visit_Name(self, node: ast.Name) -> None:
        if node.id not in self._local and node.id not in self._in_class:
            column = -1 if self._in_text else node.col_offset
            self.found.append(Occurrence(node.id, node.lineno, column))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        before, self._in_text = self._in_text, True
        self.generic_visit(node)
        self._in_text = before

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all(node.decorator_list)
        self._visit_all([each.annotation for each in _arguments(node.args)], [node.returns])
        self._visit_defaults(node.args)
        names = {each.arg for each in _arguments(node.args)} | bound_names(node.body)
        self._inside(names, lambda: self._visit_all(node.body))

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_defaults(node.args)
        self._inside({each.arg for each in _arguments(node.args)}, lambda: self.visit(node.body))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all(node.decorator_list, node.bases, node.keywords)
        before, self._in_class = self._in_class, frozenset(bound_names(node.body))
        self._visit_all(node.body)
        self._in_class = before

    def visit_comprehension_of(self, node: Any) -> None:
        targets = bound_names(each.target for each in node.generators)
        before, self._local = self._local, self._local | targets
        self.generic_visit(node)
        self._local = before

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_of  # noqa: N815

    def _inside(self, names: set[str], visit: Any) -> None:
        before = self._local, self._in_class
        self._local, self._in_class = self._local | names, frozenset()
        visit()
        self._local, self._in_class = before

    def _visit_defaults(self, arguments: ast.arguments) -> None:
        self._visit_all(arguments.defaults, arguments.kw_defaults)

    def _visit_all(self, *groups: Iterable[ast.AST | None]) -> None:
        for group in groups:
            for node in group:
                if node is not None:
                    self.visit(node)


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    starred = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]
