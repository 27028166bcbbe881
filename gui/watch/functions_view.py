"""The Functions pane: which functions of a watched program hold the GIL, wait for it, run or wait; and their source."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontDatabase, QPalette, QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPlainTextEdit,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QTextEdit,
    QVBoxLayout,
)

from engine.trace.watched import is_watch
from engine.wire.watch_messages import FunctionFigures, FunctionsSampled
from gui.widgets.button_style import PushButton
from gui.widgets.fonts import font
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.requests import SampleFunctions
from gui.widgets.theme import Theme
from gui.widgets.view import View, ViewDescriptor
from gui.widgets.view_data import RunData

_COLUMNS: Final = (
    ("Function", "the innermost function on a thread’s stack that is the program’s own"),
    ("GIL", "share of the samples in which it held the GIL"),
    ("Waits", "… waited for the GIL"),
    ("Runs", "… ran, or was ready for a core, without the GIL"),
    ("Locks", "… waited for a lock"),
    ("Sleeps", "… waited for anything else"),
)
_HINT: Final = "Stacks are read four times a second, from outside, while sampling is on."
_LONGEST_SOURCE: Final = 2_000_000  # bytes: larger files are not shown


class Functions(View):
    """A table; a click shows the line of the source. Sampling is off at first: it takes some percent of a core."""

    empty_command = ("watch-program", "Watch a program…")
    empty_text = "Watch a program (File > Watch a program…), and this says which of its functions hold the GIL."

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Functions")
        self.button = PushButton("Sample the functions", self.body)
        self.button.setCheckable(True)
        self.button.clicked.connect(lambda on: self.requested.emit(SampleFunctions(on)))
        self.words = PlainLabel(self.body)
        self.words.setWordWrap(True)
        self.table = QTableWidget(0, len(_COLUMNS), self.body)
        self._set_up_table()
        self.place = PlainLabel(self.body)
        self.source = QPlainTextEdit(self.body)
        self.source.setReadOnly(True)
        self.source.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.source.setAccessibleName("Source of the function")
        self._functions: tuple[FunctionFigures, ...] = ()
        self._shown = ("", 0)
        splitter = QSplitter(Qt.Orientation.Vertical, self.body)
        splitter.addWidget(self.table)
        splitter.addWidget(self.source)
        layout = QVBoxLayout(self.body)
        for widget in (self.button, self.words, self.place):
            layout.addWidget(widget)
        layout.insertWidget(2, splitter, 1)

    def has_content(self, data: RunData) -> bool:
        """Whether a program is watched."""
        return is_watch(data.experiment)

    def on_run(self, data: RunData | None) -> None:
        """Forget the previous run's functions."""
        self._functions, self._shown = (), ("", 0)
        self.table.setRowCount(0)
        self.source.clear()
        self.place.clear()
        self.words.clear()
        self.button.setChecked(False)

    def on_refresh(self, data: RunData) -> None:
        """Show the newest counts."""
        sampled, ended = data.functions, data.stage == "ended"
        self.button.setVisible(not ended)
        on = sampled is not None and sampled.sampling and not ended
        self.button.setChecked(on)
        self.button.setText("Stop sampling" if on else "Sample the functions")
        self.words.setText(_words(sampled, ended=ended))
        if sampled is not None:
            self._fill(sampled)

    def on_theme(self, theme: Theme) -> None:
        """Restyle everything."""
        for widget in (self.button, self.words, self.table, self.place):
            widget.setFont(font(theme.font_pt * 0.95))
        code = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        code.setPointSizeF(theme.font_pt * 0.95)
        self.source.setFont(code)
        palette = self.source.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(theme.window))
        self.source.setPalette(palette)

    def _fill(self, sampled: FunctionsSampled) -> None:
        selected = self._selected()
        self._functions = sampled.functions
        self.table.blockSignals(True)
        self.table.setRowCount(len(self._functions))
        for row, each in enumerate(self._functions):
            name = Path(each.file).name
            shares = (each.holds, each.waits, each.runs, each.locks, each.sleeps)
            texts = [f"{each.name} · {name}:{each.line}", *(_share(count, sampled.samples) for count in shares)]
            for column, text in enumerate(texts):
                item = self.table.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                    self.table.setItem(row, column, item)
                item.setText(text)
                item.setToolTip(plain_tip(f"{each.file}, line {each.line}"))
        place = next((row for row, each in enumerate(self._functions) if (each.file, each.name) == selected), None)
        if place is None:
            self.table.clearSelection()
        else:
            self.table.selectRow(place)
        self.table.blockSignals(False)

    def _selected(self) -> tuple[str, str] | None:
        rows = {item.row() for item in self.table.selectedItems()}
        row = min(rows, default=-1)
        return (self._functions[row].file, self._functions[row].name) if 0 <= row < len(self._functions) else None

    def _on_selected(self) -> None:
        selected = self._selected()
        found = next((each for each in self._functions if (each.file, each.name) == selected), None)
        if found is not None and (found.file, found.line) != self._shown:
            self._show_source(found)

    def _show_source(self, function: FunctionFigures) -> None:
        self._shown = function.file, function.line
        self.place.setText(f"{function.file}, line {function.line}")
        try:
            with open(function.file, encoding="utf-8", errors="replace") as file:
                self.source.setPlainText(file.read(_LONGEST_SOURCE))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            self.source.setPlainText(f"The source cannot be shown: {reason}")
            return
        block = self.source.document().findBlockByNumber(max(0, function.line - 1))
        cursor = QTextCursor(block)
        self.source.setTextCursor(cursor)
        self.source.centerCursor()
        mark = QTextEdit.ExtraSelection()
        mark.cursor = cursor
        mark.format.setBackground(QColor(self.theme.accent).lighter(180))
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        self.source.setExtraSelections([mark])

    def _set_up_table(self) -> None:
        table = self.table
        table.setAccessibleName("Functions of the watched program")
        table.setHorizontalHeaderLabels([title for title, _ in _COLUMNS])
        for column, (_, tip) in enumerate(_COLUMNS):
            heading = table.horizontalHeaderItem(column)
            if heading is not None:
                heading.setToolTip(plain_tip(tip))
        table.verticalHeader().hide()
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.itemSelectionChanged.connect(self._on_selected)


def _share(count: int, samples: int) -> str:
    return f"{count / samples:.0%}" if count and samples else ""


def _words(sampled: FunctionsSampled | None, *, ended: bool) -> str:
    if sampled is None:
        return "Stacks were not sampled." if ended else _HINT
    count = "1 sample" if sampled.samples == 1 else f"{sampled.samples:,} samples"
    return " ".join([f"{count}; a share of 100 % is one thread all of the time.", *sampled.reasons])


VIEW = ViewDescriptor("functions", "Functions", "right", Functions, order=30)
