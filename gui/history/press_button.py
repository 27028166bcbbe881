"""A button that calls a function."""

from __future__ import annotations

from collections.abc import Callable

from gui.widgets.button_style import PushButton


def press_button(title: str, on_click: Callable[[], None]) -> PushButton:
    """Return a button that calls `on_click` when it is pressed."""
    made = PushButton(title)
    made.clicked.connect(lambda _checked=False: on_click())
    return made
