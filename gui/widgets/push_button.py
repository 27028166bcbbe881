"""The button of pages and panes; a page's primary action and tool buttons have looks of their own."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from gui.widgets.button_style import PUSH_BUTTON_STYLE


class PushButton(QPushButton):
    """A button in the one style of the window, which is that of its dialogs; it follows palette and type by itself."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setStyleSheet(PUSH_BUTTON_STYLE)
