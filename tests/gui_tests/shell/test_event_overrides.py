"""An error in a widget's handler is told in the window; where `event` is overridden, it may end the process instead."""

from __future__ import annotations

import ast
from pathlib import Path

GUI = Path(__file__).parents[3] / "gui"


def overriding(path: Path) -> list[str]:
    """Return the classes of a file that define `event`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    functions = [(each.name, part) for each in classes for part in each.body if isinstance(part, ast.FunctionDef)]
    return [f"{path.relative_to(GUI)}: {name}" for name, function in functions if function.name == "event"]


def test_no_widget_overrides_event() -> None:
    """PySide 6.11 crashes when `super().event()` calls a handler that raises an error of the interpreter's own.

    An event filter of the widget on itself sees the same events, and is not on the way to the handlers.
    """
    assert [found for path in sorted(GUI.rglob("*.py")) for found in overriding(path)] == []
