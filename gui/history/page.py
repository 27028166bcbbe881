"""The History page: the list of kept runs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.history.run_list import RunList
from gui.theme import Theme


class HistoryPage(QWidget):
    """Knows no session: it asks by signals, and is given what it shows."""

    requested = Signal(str, object)  # ("save-plot", (title, widget)), as the views ask

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("History")
        self.list = RunList()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stack)

    def plots(self) -> list[tuple[str, QWidget]]:
        """Return what can be saved as a picture: nothing of a list."""
        return []

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self.list.set_theme(theme)
