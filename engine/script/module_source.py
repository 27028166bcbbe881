"""A module's source: what it defines and imports at its top level, and in which lines."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import NamedTuple

from engine.script.global_names import bound_names


class Import(NamedTuple):
    """`import module` (`name` is None) or `from module import name`."""

    module: str
    name: str | None = None

    def is_package(self, name: str) -> bool:
        """Whether it is a plain `import a.b`, which binds `name`, the first part of the module's name."""
        return self.name is None and name == self.module.partition(".")[0]


@dataclass(frozen=True)
class Definition:
    """A top-level statement of a module: the names that it binds, and its lines, counted from 1.

    Comments directly above it, and its decorators, belong to it.
    """

    names: tuple[str, ...]
    node: ast.stmt
    first_line: int
    last_line: int


@dataclass
class ModuleSource:
    """A module's lines, and its top level by name."""

    name: str
    lines: list[str]
    definitions: dict[str, Definition] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)

    @classmethod
    def of(cls, module: ModuleType) -> ModuleSource:
        """Read the source of an imported module. Raises OSError if it has none."""
        text = inspect.getsource(module)
        source = cls(module.__name__, text.splitlines())
        for node in ast.parse(text).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                source.imports.update(_imports(node))
                continue
            definition = Definition(tuple(sorted(bound_names([node]))), node, source._first_line(node), _end(node))
            for name in definition.names:
                source.definitions[name] = definition
        return source

    def _first_line(self, node: ast.stmt) -> int:
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)])
        while first > 1 and self.lines[first - 2].startswith("#"):
            first -= 1
        return first


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Import]]:
    for each in node.names:
        if isinstance(node, ast.ImportFrom):
            if node.module != "__future__":
                yield each.asname or each.name, Import("." * node.level + (node.module or ""), each.name)
        elif each.asname:
            yield each.asname, Import(each.name)
        else:
            yield each.name.partition(".")[0], Import(each.name)
