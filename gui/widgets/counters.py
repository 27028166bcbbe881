"""A run's counters in large figures: updates expected, counted, and lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.wording.state_colors import STATE_COLORS
from gui.widgets.figure_row import FigureRow
from gui.widgets.theme import LIGHT, Theme


class CounterPanel(QWidget):
    """A row of figures for each counter; hidden if the run has none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.rows: list[FigureRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._counts: list[tuple[int, int]] = []
        self.hide()

    def show_counts(self, counters: Mapping[str, Any]) -> None:
        """Show a result's `counters`."""
        counts = [
            (int(each["updates_made"]), int(each["updates_counted"]))
            for each in counters.values()
            if isinstance(each, Mapping) and "updates_made" in each and "updates_counted" in each
        ]
        if counts != self._counts:
            self._counts = counts
            self._make_rows()
        self.setVisible(bool(counts))

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        for row in self.rows:
            row.set_theme(theme)
        self._fill()

    def _make_rows(self) -> None:
        while len(self.rows) > len(self._counts):
            row = self.rows.pop()
            self._layout.removeWidget(row)
            row.deleteLater()
        while len(self.rows) < len(self._counts):
            row = FigureRow("Updates of the shared counter", self)
            row.set_theme(self._theme)
            self._layout.addWidget(row)
            self.rows.append(row)
        self._fill()

    def _fill(self) -> None:
        theme = self._theme
        for row, (expected, got) in zip(self.rows, self._counts, strict=True):
            lost = expected - got
            row.set_figures(
                (theme.muted, "Expected", f"{expected:,}"),
                (STATE_COLORS["cpu"], "Counted", f"{got:,}"),
                (theme.danger if lost else theme.muted, "Lost", f"{lost:,}"),
            )
