"""Live's panel of processes: how many processes and threads the run has, by the operating system's count."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout

from engine.wording import figure_text as figures
from gui.plots.behind_curves import BehindCurves
from gui.plots.spoken import spoken_line
from gui.plots.time_plot import TimePlot, sample_at
from gui.processes.process_count import beside_words, headline
from gui.processes.process_names import ProcessNames
from gui.processes.process_table import COLUMNS, ProcessTable
from gui.widgets.fonts import font
from gui.widgets.panel import Panel
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme
from gui.widgets.view import ViewDescriptor
from gui.widgets.view_data import RunData

_LEAST_CHART_PX: Final = 84  # at scale 1
_ANY_HEIGHT: Final = 16_777_215  # Qt's QWIDGETSIZE_MAX
_BY_WORTH: Final = (3, 4, 2, 1)  # columns, the most useful first


class ProcessesPanel(Panel):
    """`1 process, 9 threads` in large type, its memory, and the table of processes."""

    empty_command = ("", "")
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
        self.of_behind = PlainLabel(self.body)
        self.of_behind.hide()
        layout.addWidget(self.of_behind)
        layout.addWidget(self.words)
        layout.addWidget(self.list, 1)
        self.memory = TimePlot("Memory of the run's processes over time", text=_bytes)
        self.memory.readout = self._readout
        self.memory.save_requested.connect(self.save)
        self.behind_curves = BehindCurves(self.memory)
        self._curve = self.memory.add_curve(weight=1.2)
        self._memory_title = PlainLabel("Memory of all its processes", self.body)
        layout.addWidget(self._memory_title)
        layout.addWidget(self.memory, 2)
        self._t = self._rss = np.empty(0)

    def has_content(self, data: RunData) -> bool:
        """Whether a sample has come."""
        return data.latest is not None

    def on_run(self, data: RunData | None) -> None:
        """Forget the previous run's processes."""
        self.header.set_figure("")
        self.table.show([])
        self._t = self._rss = np.empty(0)
        self.memory.set_ranges(1.0, 1.0)

    def on_refresh(self, data: RunData) -> None:
        """Show the newest sample; for an ended run, the most it had."""
        processes = data.processes.fullest() if data.stage == "ended" else data.processes.now()
        self.table.show(processes, ProcessNames.of(data, processes))
        figure, unit = headline(data)
        self.header.set_figure(figure, unit)
        names = self.names.behind if self.names is not None else ()
        told = (f"{name.label}: {', '.join(headline(run))}" for run, name in zip(self.behind, names, strict=True))
        self.of_behind.setText("\n".join(told))
        self.of_behind.setVisible(bool(self.behind))
        self.words.setText(beside_words(processes, data.latest.lanes if data.latest is not None else ()))
        self.words.setVisible(bool(self.words.text()))
        self._t, self._rss = data.samples.t_s, data.samples.figure("rss_bytes")
        self._draw_memory(ended=data.stage == "ended")
        self._fit_columns()
        self._fit_rows()

    def _draw_memory(self, *, ended: bool) -> None:
        """Draw the run's memory over time; the headline has its peak."""
        self._curve.show(self._t, self._rss)
        self.behind_curves.show([(each.samples.t_s, each.samples.figure("rss_bytes")) for each in self.behind])
        now_s = float(self._t[-1]) if len(self._t) else 0.0
        self.memory.fit_time(max(now_s, self.behind_curves.end_s), ended=ended)
        self.memory.fit_height(np.concatenate([self._rss, self.behind_curves.heights]))
        self.memory.paint_whole()
        self.memory.say(now_s, lambda: spoken_line("Memory", self._t, self._rss, figures.size), ended=ended)

    def _readout(self, time_s: float, _height: float) -> str:
        place = sample_at(self._t, time_s)
        if place is None or not np.isfinite(self._rss[place]):
            return ""
        return f"{self._t[place]:.1f} s: {figures.size(float(self._rss[place]))} of memory"

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
        self.memory.set_theme(theme)
        self._curve.paint_with(theme.series[2], theme)
        self.behind_curves.set_theme(theme)
        self._memory_title.setFont(font(theme.font_pt * 0.9))
        self._memory_title.setStyleSheet(f"color: {theme.muted};")
        for label in (self.words, self.of_behind):
            label.setFont(font(theme.font_pt * 0.9))
            label.setStyleSheet(f"color: {theme.muted};")
        palette = self.list.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(theme.panel))
        palette.setColor(QPalette.ColorRole.Text, QColor(theme.text))
        self.list.setPalette(palette)
        # Fusion's header is a row of buttons; here it is a line of small letters.
        self.list.horizontalHeader().setStyleSheet(
            f"QHeaderView, QHeaderView::section {{ background: {theme.panel}; color: {theme.muted}; border: none;"
            f" padding: 2px 3px; }} QHeaderView {{ border-bottom: 1px solid {theme.border}; }}"
        )

    def front_color(self, theme: Theme) -> str:
        """Return the colour of the run's memory."""
        return theme.series[2]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide what there is no room for."""
        super().resizeEvent(event)
        self._fit_columns()
        self._fit_rows()

    def _fit_rows(self) -> None:
        """Give the table the height of its rows, and the memory chart the rest if that is enough."""
        rows = self.table.rowCount() * self.list.verticalHeader().defaultSectionSize()
        wanted = rows + self.list.horizontalHeader().sizeHint().height() + 4
        told = [each for each in (self.words, self.of_behind) if each.isVisibleTo(self)]
        words = sum(each.sizeHint().height() for each in told)
        room = self.body.height() - words - wanted - self._memory_title.sizeHint().height()
        shows = room >= _LEAST_CHART_PX * self.theme.scale and bool(np.isfinite(self._rss).any())
        self.list.setMaximumHeight(wanted if shows else _ANY_HEIGHT)
        for part in (self._memory_title, self.memory):
            part.setVisible(shows)

    def _fit_columns(self) -> None:
        """Hide columns, the least useful first, until the names have enough room."""
        metrics = self.list.fontMetrics()
        names = (self.table.index(row, 0).data() for row in range(self.table.rowCount()))
        wanted = max((metrics.horizontalAdvance(name) for name in names), default=0) + round(12 * self.theme.scale)
        room = self.list.viewport().width() - wanted
        for column in _BY_WORTH:
            room -= self._widths.get(column, 0)
            self.list.setColumnHidden(column, room < 0)


def _bytes(value: float) -> str:
    return figures.size(value) if value else "0"


VIEW = ViewDescriptor("processes", "Processes and threads", "panel", ProcessesPanel, order=40)
