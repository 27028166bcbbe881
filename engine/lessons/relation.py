"""Relations between figures: `four.throughput_per_s < 1.4 * one.throughput_per_s`, read without running any code.

Allowed are figures (`EXPERIMENT.FIGURE`, with further dots where a figure has parts), numbers, `cores` (of this
machine), + - * /, brackets, `min(...)`, `max(...)`, comparisons, and `and`. Nothing else is: a relation cannot call,
index or import anything.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

CORES: Final = "cores"
_ARITHMETIC: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_CALLS: Final[dict[str, Callable[..., float]]] = {"min": min, "max": max}

# Returns the value of an experiment's figure, or None if it was not measured.
Lookup = Callable[[str, str], "float | None"]


class RelationError(ValueError):
    """A relation cannot be read; the message says why."""


class UnknownFigureError(LookupError):
    """A figure that a relation needs was not measured; the message names it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of an experiment, as a relation names it."""

    experiment: str
    name: str

    def __str__(self) -> str:
        return f"{self.experiment}.{self.name}"


class Relation:
    """One parsed relation or expression; `figures` are the figures that it needs, without duplicates."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._root = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise RelationError(f"is not a relation between figures: {text}") from None
        self.figures = tuple(dict.fromkeys(_figures(self._root)))
        self.compares = isinstance(self._root, (ast.Compare, ast.BoolOp))

    def holds(self, lookup: Lookup, cores: int) -> bool:
        """Return whether it holds. Raises UnknownFigureError if a figure is missing."""
        return bool(_value(self._root, lookup, cores))

    def value(self, lookup: Lookup, cores: int) -> float | None:
        """Return the value of an expression; None if a figure is missing or it divides by 0."""
        try:
            return float(_value(self._root, lookup, cores))
        except (UnknownFigureError, ZeroDivisionError):
            return None


def _figures(node: ast.AST) -> Iterator[Figure]:
    """Yield the figures below a node; raises RelationError for anything that is not allowed."""
    if isinstance(node, ast.Attribute):
        yield _figure(node)
        return
    if isinstance(node, ast.Name):
        if node.id != CORES:
            raise RelationError(f"{node.id} is not a figure: write EXPERIMENT.FIGURE")
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise RelationError(f"{node.value!r} is not a number")
        return
    for part in _parts(node):
        yield from _figures(part)


def _parts(node: ast.AST) -> list[ast.expr]:
    """Return a node's operands, if a relation may have such nodes."""
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return [node.operand]
    if isinstance(node, ast.Compare) and all(type(each) in _COMPARISONS for each in node.ops):
        return [node.left, *node.comparators]
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        return node.values
    if isinstance(node, ast.Call) and _may_be_called(node):
        return node.args
    raise RelationError(f"a relation cannot have {ast.unparse(node)}")


def _may_be_called(node: ast.Call) -> bool:
    known = isinstance(node.func, ast.Name) and node.func.id in _CALLS
    return known and bool(node.args) and not node.keywords


def _figure(node: ast.Attribute) -> Figure:
    names = [node.attr]
    below = node.value
    while isinstance(below, ast.Attribute):
        names.append(below.attr)
        below = below.value
    if not isinstance(below, ast.Name):
        raise RelationError(f"{ast.unparse(node)} is not a figure: write EXPERIMENT.FIGURE")
    return Figure(below.id, ".".join(reversed(names)))


def _value(node: ast.AST, lookup: Lookup, cores: int) -> Any:
    if isinstance(node, ast.Attribute):
        figure = _figure(node)
        value = lookup(figure.experiment, figure.name)
        if value is None:
            raise UnknownFigureError(str(figure))
        return value
    if isinstance(node, ast.Name):
        return cores
    if isinstance(node, ast.Constant):
        return node.value
    parts = [_value(each, lookup, cores) for each in _parts(node)]
    if isinstance(node, ast.BinOp):
        return _ARITHMETIC[type(node.op)](*parts)
    if isinstance(node, ast.UnaryOp):
        return -parts[0]
    if isinstance(node, ast.Compare):
        pairs = zip(node.ops, parts, parts[1:], strict=False)
        return all(_COMPARISONS[type(each)](left, right) for each, left, right in pairs)
    if isinstance(node, ast.BoolOp):
        return all(parts)
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return _CALLS[node.func.id](parts)
