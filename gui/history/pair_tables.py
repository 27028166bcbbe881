"""Two runs as tables: what differed, and their figures with the ratio."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableWidget, QTableWidgetItem

from engine.history.difference_text import figure_value_text, ratio_text, value_text
from engine.history.differences import Difference, RunFigure
from engine.wording.key_titles import key_title
from engine.wording.state_names import state_title
from gui.widgets.plain_text import plain_tip

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class PairTable(QTableWidget):
    """A row for each difference or figure: its name, A's value, B's value, and for figures the ratio B / A."""

    def __init__(self, name: str, header: Sequence[str]) -> None:
        super().__init__(0, len(header))
        self.setHorizontalHeaderLabels(list(header))
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)

    def show_differences(self, found: Sequence[Difference]) -> None:
        """Show what differed."""
        rows = [[key_title(each.key), value_text(each, each.one), value_text(each, each.other)] for each in found]
        self._show(rows, [[each.key, str(each.one), str(each.other)] for each in found], figures=False)

    def show_figures(
        self, found: Sequence[RunFigure], ledger: Sequence[RunFigure], *, merged: bool, estimated: bool
    ) -> None:
        """Show figures, then the parts of the workers' time.

        `merged`: waiting for a core and for the GIL are one figure; `estimated`: waiting for the GIL was not observed.
        """
        titles = [each.title for each in found] + [
            state_title(each.title, merged=merged, estimated=estimated) for each in ledger
        ]
        rows = [
            [title, figure_value_text(each, each.one), figure_value_text(each, each.other), ratio_text(each.ratio)]
            for title, each in zip(titles, (*found, *ledger), strict=True)
        ]
        self._show(rows, [], figures=True)

    def height_of(self, rows: int) -> int:
        """Return the height that shows this many rows, or all if there are fewer."""
        shown = min(max(self.rowCount(), 1), rows)
        return self.horizontalHeader().sizeHint().height() + shown * self.verticalHeader().defaultSectionSize() + 4

    def fit_rows(self) -> None:
        """Fit the rows' heights to the font."""
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.5))

    def changeEvent(self, event: QEvent) -> None:
        """Fit the rows' heights to the new font, which changes only after the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.fit_rows()

    def _show(self, rows: list[list[str]], tips: list[list[str]], *, figures: bool) -> None:
        self.setRowCount(len(rows))
        for number, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if figures and column:
                    item.setTextAlignment(_RIGHT)
                item.setToolTip(plain_tip(tips[number][column][:2000] if tips else ""))
                self.setItem(number, column, item)
