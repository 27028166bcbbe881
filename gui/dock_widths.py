"""Widths of the docks beside the pages: a share of the window, or what a person has dragged them to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow


@dataclass(frozen=True, slots=True)
class WidthRule:
    """How wide a dock is: percent of the window's width, and the least and the most in pixels."""

    percent: int
    least: int
    most: int

    def of(self, width: int) -> int:
        """Return the dock's width in a window of this width."""
        return min(max(width * self.percent // 100, self.least), self.most)


class DockWidths(QObject):
    """Keeps docks at their widths when the window is resized: Qt narrows them with it, and never widens them again.

    `dragged` are the widths that a person has chosen, None for a dock that has its share of the window.
    """

    def __init__(self, body: QMainWindow, docks: Sequence[QDockWidget], rules: Sequence[WidthRule]) -> None:
        super().__init__(body)
        self._body, self._docks, self._rules = body, docks, rules
        self.dragged: list[int | None] = [None] * len(docks)
        for dock in docks:
            dock.installEventFilter(self)

    def set_rules(self, rules: Sequence[WidthRule]) -> None:
        """Give the docks other shares of the window; widths that a person has dragged stay."""
        if tuple(rules) != tuple(self._rules):
            self._rules = rules
            self.fit()

    def fit(self) -> None:
        """Set the docks to the widths that follow from the window's present width."""
        width = self._body.width()
        wanted = [
            (dock, dragged if dragged is not None else rule.of(width))
            for dock, dragged, rule in zip(self._docks, self.dragged, self._rules, strict=True)
            if dock.isVisible() and not dock.isFloating()
        ]
        if wanted:
            docks, widths = zip(*wanted, strict=True)
            self._body.resizeDocks(list(docks), list(widths), Qt.Orientation.Horizontal)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Remember the width that a person drags a dock to."""
        if event.type() == QEvent.Type.Resize and QApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            for place, dock in enumerate(self._docks):
                if watched is dock and dock.width() != self._body.width():
                    self.dragged[place] = dock.width()
        return super().eventFilter(watched, event)
