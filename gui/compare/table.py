"""The table of a comparison: a row for each cell, sortable by any column, with the cell's ledger as a small bar."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from engine.comparison.judged import Judged, JudgedCell
from engine.comparison.table import interval_text, remark
from engine.wire.protocol import LEDGER_STATES
from engine.wording import figure_text as figures
from engine.wording.state_names import state_title
from engine.workload.parameter import shown
from gui.widgets.plain_text import plain_tip
from gui.widgets.state_fill import fill_state
from gui.widgets.theme import LIGHT, Theme

_ORDER: Final = Qt.ItemDataRole.UserRole
_LEDGER: Final = Qt.ItemDataRole.UserRole + 1
_PLACE: Final = Qt.ItemDataRole.UserRole + 2  # of the cell in the comparison, in the first column
COLUMNS: Final = (
    "Model",
    "Workers",
    "Python",
    "With",
    "Tasks/s",
    "",
    "Where the time went",
    "Speed-up",
    "Efficiency",
    "95 % interval",
    "Median",
    "p99",
    "Start-up",
    "Memory",
    "Runs",
    "Remark",
)
_LEDGER_COLUMN: Final = COLUMNS.index("Where the time went")


class ResultTable(QTableWidget):
    """Shows what `engine.comparison.judgement.judge` returns."""

    def __init__(self) -> None:
        super().__init__(0, len(COLUMNS))
        self.setHorizontalHeaderLabels(list(COLUMNS))
        self.setAccessibleName("Results of the comparison")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setSortingEnabled(True)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(self.Shape.NoFrame)
        self.verticalHeader().hide()
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().setHighlightSections(False)
        self.setItemDelegateForColumn(_LEDGER_COLUMN, _LedgerDelegate(self))
        self._theme = LIGHT

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self._fit_rows()
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit rows and columns to the font, which changes only after the theme has."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_rows()
            self._fit()

    def _fit_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.7))

    def show_judged(self, judged: Judged | None, titles: Mapping[str, str] | None = None) -> None:
        """Show these cells, with their models' `titles`; the chosen order and the selection stay."""
        cells = [] if judged is None else judged["cells"]
        chosen = self.chosen()
        blocked = self.blockSignals(True)
        self.setSortingEnabled(False)
        self.setRowCount(len(cells))
        for row, cell in enumerate(cells):
            for column, item in enumerate(_items(cell, titles or {})):
                self.setItem(row, column, item)
            self._first(row).setData(_PLACE, row)
            if cell["best"]:
                self._embolden(row)
        self.setSortingEnabled(True)
        self._choose(chosen)
        self.blockSignals(blocked)
        self.setColumnHidden(COLUMNS.index("Python"), len({cell["interpreter"] for cell in cells}) < 2)
        self.setColumnHidden(COLUMNS.index("With"), not any(cell["settings"] for cell in cells))
        self._fit()

    def chosen(self) -> set[int]:
        """Return the indices, in the comparison, of the cells whose rows are selected."""
        return {self._first(index.row()).data(_PLACE) for index in self.selectionModel().selectedRows()}

    def _choose(self, places: set[int]) -> None:
        # The selected rows may hold other cells now: the figures have changed, and so has the order.
        self.clearSelection()
        selection = QItemSelection()
        for row in range(self.rowCount()):
            if self._first(row).data(_PLACE) in places:
                selection.select(self.model().index(row, 0), self.model().index(row, len(COLUMNS) - 1))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)

    def _first(self, row: int) -> QTableWidgetItem:
        item = self.item(row, 0)
        assert item is not None  # every row is filled
        return item

    def _embolden(self, row: int) -> None:
        for column in range(self.columnCount()):
            item = self.item(row, column)
            if item is not None:
                bold = self.font()
                bold.setBold(True)
                item.setFont(bold)

    def _fit(self) -> None:
        self.resizeColumnsToContents()
        self.setColumnWidth(_LEDGER_COLUMN, round(150 * self._theme.scale))
        header = self.horizontalHeader()
        header.setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.ResizeToContents)


class _Item(QTableWidgetItem):
    """A cell that is sorted by its value, not its text; unmeasured values come last."""

    def __init__(self, text: str, order: float | str | None = None, *, number: bool = False) -> None:
        super().__init__(text)
        self.setData(_ORDER, math.inf if number and order is None else text if order is None else order)
        if number:
            self.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        mine, theirs = self.data(_ORDER), other.data(_ORDER)
        return bool(mine < theirs) if type(mine) is type(theirs) else str(mine) < str(theirs)


class _LedgerDelegate(QStyledItemDelegate):
    """Paints a cell's ledger as one stacked bar."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the bar over the row's background."""
        super().paint(painter, option, index)
        ledger = index.data(_LEDGER) or {}
        total = sum(ledger.values())
        place = QRectF(option.rect).adjusted(4, option.rect.height() * 0.28, -4, -option.rect.height() * 0.28)
        x = place.left()
        for state in LEDGER_STATES:
            width = place.width() * ledger.get(state, 0.0) / total if total > 0 else 0.0
            fill_state(painter, QRectF(x, place.top(), width, place.height()), state)
            x += width


def _items(cell: JudgedCell, titles: Mapping[str, str]) -> list[QTableWidgetItem]:
    throughput, speedup = cell["throughput_per_s"] or {}, cell["speedup"] or {}
    median, gain = throughput.get("median"), speedup.get("median")
    settings = ", ".join(f"{key.rpartition('.')[2]} {shown(value)}" for key, value in cell["settings"].items())
    return [
        _Item(titles.get(cell["model"], cell["model"])),
        _Item(str(cell["workers"]), float(cell["workers"]), number=True),
        _Item(str(cell["interpreter"] or figures.UNKNOWN)),
        _Item(settings),
        _Item(figures.rate(median), median, number=True),
        _Item(_state(cell)),
        _ledger_item(cell["ledger_s"]),
        _Item(figures.UNKNOWN if gain is None else f"{gain:.2f}×", gain, number=True),
        _Item(figures.percent(cell["efficiency"]), cell["efficiency"], number=True),
        _Item(interval_text(cell["throughput_per_s"]), throughput.get("low"), number=True),
        _Item(figures.seconds(cell["latency_p50_s"]), cell["latency_p50_s"], number=True),
        _Item(figures.seconds(cell["latency_p99_s"]), cell["latency_p99_s"], number=True),
        _Item(figures.seconds(cell["startup_s"]), cell["startup_s"], number=True),
        _Item(figures.size(cell["rss_peak_bytes"]), cell["rss_peak_bytes"], number=True),
        _Item(str(cell["repeats"]), float(cell["repeats"]), number=True),
        _remark_item(cell),
    ]


def _state(cell: JudgedCell) -> str:
    """Return a cell's state in a word or two; the remark has the details."""
    if not cell["repeats"]:
        return "failed" if cell["reason"] else ""
    remarks = {"best": cell["best"], "unstable": not cell["stable"], "too short": cell["too_short"]}
    return ", ".join(remark for remark, holds in remarks.items() if holds)


def _ledger_item(ledger: Mapping[str, float | None]) -> QTableWidgetItem:
    known = {state: value for state, value in ledger.items() if value}
    total = sum(known.values())
    item = _Item("", known.get("cpu", 0.0) / total if total else None, number=True)
    item.setData(_LEDGER, known)
    words = [_words(state, value / total) for state, value in known.items()]
    item.setToolTip(plain_tip("\n".join(words)))
    item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(words))
    return item


def _words(state: str, share: float) -> str:
    return f"{state_title(state)} {figures.percent(share)}"


def _remark_item(cell: JudgedCell) -> QTableWidgetItem:
    item = _Item(remark(cell))
    item.setToolTip(plain_tip("\n".join(str(each) for each in (cell["reason"], cell["unstable_reason"]) if each)))
    return item
