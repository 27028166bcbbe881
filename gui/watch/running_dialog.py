"""Lists the running Python programs, to watch one of them; says why one cannot be watched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.wire.watch_messages import RunningPython, WatchTarget
from engine.wording.durations import running_time
from gui.widgets.dialog_look import dress
from gui.widgets.plain_text import PlainLabel, plain_tip

_EVERY_MS: Final = 1_000
_HEADINGS: Final = ("Process", "Command", "Age", "Threads", "CPU", "")
_PID: Final = Qt.ItemDataRole.UserRole


class RunningDialog(QDialog):
    """Emits `chosen` with a WatchTarget. `ask` requests a new list; the answer comes by `show_processes`."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None, ask: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Watch a running program")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._processes: tuple[RunningPython, ...] = ()
        self.filter = QLineEdit()
        self.filter.setAccessibleName("Filter by command or process id")
        self.filter.setPlaceholderText("Filter by command or process id")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._fill)
        self.table = QTableWidget(0, len(_HEADINGS))
        self.table.setAccessibleName("Running Python programs")
        self.table.setHorizontalHeaderLabels(list(_HEADINGS))
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.table.itemDoubleClicked.connect(lambda _item: self._on_accept())
        self.words = PlainLabel("Looking for Python programs…")
        self.words.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.watch = self.buttons.addButton("&Watch", QDialogButtonBox.ButtonRole.AcceptRole)
        self.watch.setEnabled(False)
        self.buttons.accepted.connect(self._on_accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.filter, self.table, self.words, self.buttons):
            layout.addWidget(widget)
        dress(self, {self.watch: "activity"})
        self.resize(self.fontMetrics().averageCharWidth() * 110, self.fontMetrics().height() * 26)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(ask)
        self._timer.start()
        ask()

    def show_processes(self, processes: Sequence[RunningPython]) -> None:
        """Show these; what is selected stays selected."""
        self._processes = tuple(processes)
        self._fill()

    @property
    def selected(self) -> RunningPython | None:
        """The selected program."""
        rows = {item.row() for item in self.table.selectedItems()}
        item = self.table.item(min(rows), 0) if rows else None
        pid = item.data(_PID) if item is not None else None
        return next((each for each in self._processes if each.pid == pid), None)

    def _fill(self) -> None:
        selected = self.selected
        words = self.filter.text().casefold().split()
        shown = [each for each in self._processes if all(w in f"{each.pid} {each.command}".casefold() for w in words)]
        self.table.blockSignals(True)
        self.table.setRowCount(len(shown))
        for row, each in enumerate(shown):
            self._fill_row(row, each)
        self.table.blockSignals(False)
        place = next((row for row, each in enumerate(shown) if selected is not None and each.pid == selected.pid), None)
        if place is None:
            self.table.clearSelection()
        else:
            self.table.selectRow(place)
        self._on_selected()

    def _fill_row(self, row: int, each: RunningPython) -> None:
        cpu = "" if each.cpu is None else f"{each.cpu:.0%}"
        threads = "" if each.threads is None else f"{each.threads:,}"
        texts = (str(each.pid), each.command, running_time(each.age_s), threads, cpu, "cannot" if each.reason else "")
        for column, text in enumerate(texts):
            item = self.table.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                self.table.setItem(row, column, item)
            item.setText(text)
            item.setData(_PID, each.pid)
            item.setToolTip(plain_tip(each.reason or each.command))
            right = column not in (1, 5)
            across = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(across | Qt.AlignmentFlag.AlignVCenter)
            flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
            item.setFlags(flags)

    def _on_selected(self) -> None:
        selected = self.selected
        self.watch.setEnabled(selected is not None and selected.reason is None)
        if selected is not None and selected.reason:
            self.words.setText(f"It cannot be watched: {selected.reason}.")
        elif selected is not None:
            self.words.setText("It is observed from outside, and keeps running when the watch ends.")
        elif self._processes:
            self.words.setText("Choose the program to watch.")
        else:
            self.words.setText("No other Python program of yours is running.")

    def _on_accept(self) -> None:
        selected = self.selected
        if selected is not None and selected.reason is None:
            self.chosen.emit(WatchTarget(pid=selected.pid))
            self.accept()
