"""A button that calls a function."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton


def press_button(title: str, on_click: Callable[[], None]) -> QPushButton:
    """Return a button that calls `on_click` when it is pressed."""
    made = QPushButton(title)
    made.clicked.connect(lambda _checked=False: on_click())
    return made
