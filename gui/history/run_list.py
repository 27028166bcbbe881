"""The list of kept runs: a table with a filter, and the actions on the selected runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.history.past_run import PastRun
from engine.history.referenced import ComparedRuns
from engine.history.store import MAX_BYTES, MAX_RUNS
from engine.wording import figure_text as figures
from gui.commands.actions import history_actions
from gui.commands.buttons import tool_tip
from gui.commands.command import When
from gui.compare.rows import flowing, muted
from gui.history.press_button import press_button
from gui.history.run_groups import is_group
from gui.history.run_model import RunFilter
from gui.widgets.button_style import PushButton
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.run_requests import RestoreRuns, RunsRequest
from gui.widgets.theme import LIGHT, Theme

NOTHING_YET: Final = "No run is kept yet.\nPress Run (F5): every run that ends is kept here, with all its figures."
NOTHING_FOUND: Final = "No run contains all these words."
READING: Final = "Reading the history…"
_TITLE: Final = 1  # the column
_WIDEST_TITLE: Final = 140  # pixels at scale 1; wider by hand
_LIMITS: Final = (
    f"At most {MAX_RUNS} runs and {figures.size(MAX_BYTES)} are kept; beyond that the oldest are removed first. "
    "Runs of a comparison, and runs with a star, do not count as such runs, and are removed last."
)


class RunList(QWidget):
    """Emits `requested` with an action and the runs that it is for."""

    requested = Signal(object)  # a request of `gui.widgets.run_requests`
    fill_wanted = Signal()  # the person wants to make a run, while none is kept

    def __init__(self) -> None:
        super().__init__()
        self.runs = RunFilter(self)
        self.filter = QLineEdit()
        self.table = QTableView()
        self.empty = PlainLabel(READING)
        self.fill_button = press_button("Run", self.fill_wanted.emit)
        self.fill_button.setAccessibleName("Run, to fill this page")
        self.fill_button.setObjectName("fill")
        self.fill_button.hide()
        self.disk = PlainLabel()
        self.buttons: dict[str, QPushButton] = {}
        self._theme = LIGHT
        self._fitted: dict[int, int] = {}  # each column's width that fits its texts
        self._set_up_table()
        self.commands = history_actions(self.table, self)
        self._make_buttons()
        self._lay_out()
        self.filter.textChanged.connect(self._on_filter)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.table.doubleClicked.connect(self._on_double_click)
        self._on_selection()

    def show_runs(self, runs: Sequence[PastRun], compared: Sequence[ComparedRuns] = ()) -> None:
        """Show these runs, a comparison's as one row that expands; filter, order and selection stay."""
        self.runs.runs.show(runs, compared)
        count = figures.counted(len(runs), "run")
        size = figures.size(sum(run.size_bytes for run in runs))
        self.disk.setText(f"{count} {'takes' if len(runs) == 1 else 'take'} {size} of disk. {_LIMITS}")
        self._fit_columns()
        self._show_empty(NOTHING_YET)
        self._on_selection()

    def show_problem(self, text: str) -> None:
        """Say why there is nothing to list."""
        self._show_empty(text)

    def selected(self) -> list[PastRun]:
        """Return the selected runs, in the order in which they started; a comparison's row means all its runs."""
        rows = [self.runs.run_at(index.row()) for index in self.table.selectionModel().selectedRows()]
        found = {run.run_id: run for row in rows for run in self.runs.runs.groups.runs_of(row)}
        return sorted(found.values(), key=lambda run: (run.started_at, run.run_id))

    def select(self, *run_ids: str) -> None:
        """Select these runs, and nothing else."""
        model = self.table.selectionModel()
        model.clearSelection()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in range(self.runs.rowCount()):
            if self.runs.run_at(row).run_id in run_ids:
                model.select(self.runs.index(row, 0), flags)
                model.setCurrentIndex(self.runs.index(row, 0), QItemSelectionModel.SelectionFlag.NoUpdate)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self._fit()
        for label in (self.empty, self.disk):
            muted(theme, label)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit rows and columns to the table's font, which changes only after the theme."""
        if watched is self.table and event.type() == QEvent.Type.FontChange:
            self._fit()
        if watched is self.table.viewport() and event.type() == QEvent.Type.Resize:
            self._fit_columns()
        if watched is self.table and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        """Expand and collapse a comparison's row with the keys of a tree; return whether the key was one of them."""
        index = self.table.currentIndex()
        row = self.runs.run_at(index.row()) if index.isValid() else None
        if row is None or not is_group(row):
            return False
        opened = row.run_id in self.runs.runs.groups.opened
        keys = {Qt.Key.Key_Right: True, Qt.Key.Key_Left: False, Qt.Key.Key_Return: not opened}
        wanted = keys.get(Qt.Key(event.key()))
        if wanted is None:
            return False
        if wanted != opened:
            self.runs.runs.toggle(row)
        return True

    def _on_double_click(self, index: QModelIndex) -> None:
        row = self.runs.run_at(index.row())
        if is_group(row):
            self.runs.runs.toggle(row)
        else:
            self.commands["history-open"].trigger()

    def _fit(self) -> None:
        self.table.verticalHeader().setDefaultSectionSize(round(self.table.fontMetrics().height() * 1.7))
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Fit each column to its texts, except columns that a person has resized."""
        table, count = self.table, self.runs.columnCount()
        by_hand = {each: table.columnWidth(each) for each in range(count) if each in self._fitted}
        by_hand = {each: width for each, width in by_hand.items() if width != self._fitted[each]}
        table.resizeColumnsToContents()
        rest = sum(table.columnWidth(each) for each in range(count) if each != _TITLE)
        widest = max(round(_WIDEST_TITLE * self._theme.scale), table.viewport().width() - rest)
        table.setColumnWidth(_TITLE, min(table.columnWidth(_TITLE), widest))
        self._fitted = {each: table.columnWidth(each) for each in range(count)}
        for each, width in by_hand.items():
            table.setColumnWidth(each, width)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.runs)
        table.setAccessibleName("Kept runs")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.installEventFilter(self)
        table.viewport().installEventFilter(self)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setResizeContentsPrecision(60)  # measure this many rows, not all of a thousand
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._on_menu)

    def _make_buttons(self) -> None:
        for command, action in self.commands:
            button = PushButton(command.label)
            button.setToolTip(plain_tip(tool_tip(command)))
            button.clicked.connect(action.trigger)
            self.buttons[command.id.removeprefix("history-")] = button

    def _lay_out(self) -> None:
        self.filter.setPlaceholderText("Filter: title, tag, note, model, Python, date …")
        self.filter.setAccessibleName("Filter the runs")
        self.filter.setClearButtonEnabled(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.disk.setAccessibleName("Size of the history, and its limits")
        for label in (self.empty, self.disk):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(8)
        layout.addWidget(self.filter)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.fill_button, 0, Qt.AlignmentFlag.AlignHCenter)
        tools = flowing(*self.buttons.values())
        tools.setMinimumHeight(1)  # else the window must be high enough for all of them in a column
        layout.addWidget(tools)
        layout.addWidget(self.disk)
        self.table.hide()

    def _show_empty(self, text: str) -> None:
        some = self.runs.rowCount() > 0
        self.empty.setText(NOTHING_FOUND if self.runs.runs.runs else text)
        self.table.setVisible(some)
        self.empty.setVisible(not some)
        self.fill_button.setVisible(self.empty.text() == NOTHING_YET and not some)

    def _on_filter(self, text: str) -> None:
        self.runs.set_text(text)
        self._show_empty(NOTHING_YET)

    def _on_selection(self) -> None:
        count = len(self.selected())
        holds = {When.ONE_RUN: count == 1, When.TWO_RUNS: count == 2, When.SOME_RUNS: count > 0}
        self.commands.allow(holds.__getitem__)
        for (_, action), button in zip(self.commands, self.buttons.values(), strict=True):
            button.setEnabled(action.isEnabled())

    def _on_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([action for _, action in self.commands])
        menu.popup(self.table.viewport().mapToGlobal(position))

    def ask(self, request: type[RunsRequest]) -> None:
        """Request an action on the selected runs."""
        ids = tuple(run.run_id for run in self.selected())
        if ids:
            self.requested.emit(request(ids))

    def ask_restore(self) -> None:
        """Request the list of deleted runs."""
        self.requested.emit(RestoreRuns(()))
