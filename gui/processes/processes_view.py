"""Processes: the processes and threads that the run really has, as the operating system counts them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout

from gui.processes.process_count import beside_words, headline
from gui.processes.process_names import ProcessNames
from gui.processes.process_table import COLUMNS, ProcessTable
from gui.widgets.fonts import font
from gui.widgets.panel import Panel
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme
from gui.widgets.view import ViewDescriptor
from gui.widgets.view_data import RunData

_BY_WORTH: Final = (3, 4, 2, 1)  # columns, the most telling first


class ProcessesPanel(Panel):
    """`1 process, 9 threads` in large type, its memory, and the table of processes."""

    empty_text = "The processes and threads that the operating system sees.\nPress Run (F5) to see them."

    def __init__(self) -> None:
        super().__init__("Processes and threads", below=True)
        self.table = ProcessTable()
        self._widths: dict[int, int] = {}
        self.list = QTableView(self.body)
        self.list.setModel(self.table)
        self.list.setAccessibleName("Processes of the run")
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setShowGrid(False)
        self.list.setFrameShape(QTableView.Shape.NoFrame)
        self.list.setTabKeyNavigation(False)
        self.list.setWordWrap(False)
        self.list.verticalHeader().hide()
        header = self.list.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self.words = PlainLabel(self.body)
        self.words.setWordWrap(True)
        self.words.hide()
        layout.addWidget(self.words)
        layout.addWidget(self.list, 1)

    def has_content(self, data: RunData) -> bool:
        """Whether a sample has come."""
        return data.latest is not None

    def on_run(self, data: RunData | None) -> None:
        """Forget the former run's processes."""
        self.header.set_figure("")
        self.table.show([])

    def on_refresh(self, data: RunData) -> None:
        """Show the newest sample; of an ended run, the most it had."""
        processes = data.processes.fullest() if data.stage == "ended" else data.processes.now()
        self.table.show(processes, ProcessNames.of(data, processes))
        figure, unit = headline(data)
        reference = self.reference
        if reference is not None and reference.run_id != data.run_id:
            behind = ", ".join(headline(reference))
            self.header.set_figure(figure, f"{unit}; reference: {behind}", unit)
        else:
            self.header.set_figure(figure, unit)
        self.words.setText(beside_words(processes, data.latest.lanes if data.latest is not None else ()))
        self.words.setVisible(bool(self.words.text()))
        self._fit_columns()

    def on_theme(self, theme: Theme) -> None:
        """Restyle the table."""
        points = font(theme.font_pt)
        self.list.setFont(points)
        self.list.horizontalHeader().setFont(font(theme.font_pt * 0.9))
        metrics = QFontMetrics(points)
        self.list.verticalHeader().setDefaultSectionSize(round(metrics.height() * 1.35))
        for column, widest in zip(range(1, len(COLUMNS)), ("999999", "Threads", "100 %", "999 MB"), strict=True):
            self._widths[column] = metrics.horizontalAdvance(widest) + round(9 * theme.scale)
            self.list.setColumnWidth(column, self._widths[column])
        self.words.setFont(font(theme.font_pt * 0.9))
        self.words.setStyleSheet(f"color: {theme.muted};")
        palette = self.list.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(theme.panel))
        palette.setColor(QPalette.ColorRole.Text, QColor(theme.text))
        self.list.setPalette(palette)
        # Fusion's header is a row of buttons; here it is a line of small type.
        self.list.horizontalHeader().setStyleSheet(
            f"QHeaderView, QHeaderView::section {{ background: {theme.panel}; color: {theme.muted}; border: none;"
            f" padding: 2px 3px; }} QHeaderView {{ border-bottom: 1px solid {theme.border}; }}"
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Leave columns out, the least telling first, until the names have the room that they need."""
        metrics = self.list.fontMetrics()
        names = (self.table.index(row, 0).data() for row in range(self.table.rowCount()))
        wanted = max((metrics.horizontalAdvance(name) for name in names), default=0) + round(12 * self.theme.scale)
        room = self.list.viewport().width() - wanted
        for column in _BY_WORTH:
            room -= self._widths.get(column, 0)
            self.list.setColumnHidden(column, room < 0)


VIEW = ViewDescriptor("processes", "Processes and threads", "panel", ProcessesPanel, order=40)
