"""The list of kept runs: a table with its filter, and what can be done with the runs that are selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.history.store import MAX_BYTES, MAX_RUNS, PastRun
from engine.insight import figure_text as figures
from gui.compare.rows import flowing, muted
from gui.history.run_model import RunFilter
from gui.widgets.theme import LIGHT, Theme

NOTHING_YET: Final = "No run is kept yet.\nPress Run (F5): every run that ends is kept here, with all its figures."
NOTHING_FOUND: Final = "No run has all these words in it."
READING: Final = "Reading the history…"
_TITLE: Final = 1  # the column
_WIDEST_TITLE: Final = 140  # pixels at scale 1; wider by hand
_LIMITS: Final = (
    f"At most {MAX_RUNS} runs and {figures.size(MAX_BYTES)} are kept; beyond that the oldest go first. "
    "Runs of a comparison do not count among those, and go last."
)
# What can be done: its name, its button's text, key, how many runs it takes (0: any number), what it does.
_ACTIONS: Final = (
    ("open", "Open", "Return", 1, "Show this run on every page, as if it had just ended"),
    ("pair", "Side by side", "B", 2, "Look at two runs side by side, what differed between them first"),
    ("edit", "Open experiment", "Ctrl+Return", 1, "Put this run's experiment into the window, to be run again"),
    ("csv", "CSV…", "", 1, "Write this run's samples and phases as CSV files"),
    ("trace", "Trace…", "", 1, "Write this run as a trace for Perfetto and Chrome's tracing page"),
    ("delete", "Delete", "Del", 0, "Delete the selected runs; this can be undone for a while"),
)


class RunList(QWidget):
    """`asked` says what is to be done with which runs (their ids, in the order in which they started)."""

    asked = Signal(str, object)  # one of _ACTIONS' names, list of run ids

    def __init__(self) -> None:
        super().__init__()
        self.runs = RunFilter(self)
        self.filter = QLineEdit()
        self.table = QTableView()
        self.empty = QLabel(READING)
        self.disk = QLabel()
        self.actions_by_name: dict[str, QAction] = {}
        self.buttons: dict[str, QPushButton] = {}
        self._theme = LIGHT
        self._fitted: dict[int, int] = {}  # a column's width as its texts asked for
        self._set_up_table()
        self._make_actions()
        self._lay_out()
        self.filter.textChanged.connect(self._on_filter)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.table.doubleClicked.connect(lambda _index: self._ask("open"))
        self._on_selection()

    def show_runs(self, runs: Sequence[PastRun]) -> None:
        """Show these runs; filter, order and selection stay."""
        self.runs.runs.show(runs)
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
        """Return the selected runs, in the order in which they started."""
        rows = [index.row() for index in self.table.selectionModel().selectedRows()]
        return sorted((self.runs.run_at(row) for row in rows), key=lambda run: (run.started_at, run.run_id))

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
        """Fit rows and columns to the table's font, which changes only after the theme has."""
        if watched is self.table and event.type() == QEvent.Type.FontChange:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        self.table.verticalHeader().setDefaultSectionSize(round(self.table.fontMetrics().height() * 1.7))
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Give each column the room its texts need, but those that were made wider or narrower by hand."""
        table, count = self.table, self.runs.columnCount()
        by_hand = {each: table.columnWidth(each) for each in range(count) if each in self._fitted}
        by_hand = {each: width for each, width in by_hand.items() if width != self._fitted[each]}
        table.resizeColumnsToContents()
        widest = round(_WIDEST_TITLE * self._theme.scale)
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
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setResizeContentsPrecision(60)  # rows that are measured: not all of a thousand
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._on_menu)

    def _make_actions(self) -> None:
        for name, text, key, _, tip in _ACTIONS:
            action = QAction(text, self.table)
            if key:
                action.setShortcut(QKeySequence(key))
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(self._asking(name))
            self.table.addAction(action)
            button = QPushButton(text)
            button.setToolTip(f"{tip} ({key})" if key else tip)
            button.clicked.connect(self._asking(name))
            self.actions_by_name[name], self.buttons[name] = action, button

    def _lay_out(self) -> None:
        self.filter.setPlaceholderText("Filter: title, model, Python, date …")
        self.filter.setAccessibleName("Filter the runs")
        self.filter.setClearButtonEnabled(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.disk.setAccessibleName("What the history takes, and how much it may")
        for label in (self.empty, self.disk):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(8)
        layout.addWidget(self.filter)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1)
        tools = flowing(*self.buttons.values())
        tools.setMinimumHeight(1)  # else the window must have room for a column of them
        layout.addWidget(tools)
        layout.addWidget(self.disk)
        self.table.hide()

    def _show_empty(self, text: str) -> None:
        some = self.runs.rowCount() > 0
        self.empty.setText(NOTHING_FOUND if self.runs.runs.runs else text)
        self.table.setVisible(some)
        self.empty.setVisible(not some)

    def _on_filter(self, text: str) -> None:
        self.runs.set_text(text)
        self._show_empty(NOTHING_YET)

    def _on_selection(self) -> None:
        count = len(self.table.selectionModel().selectedRows())
        for name, _, _, wanted, _ in _ACTIONS:
            possible = count == wanted if wanted else count > 0
            self.buttons[name].setEnabled(possible)
            self.actions_by_name[name].setEnabled(possible)

    def _on_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(list(self.actions_by_name.values()))
        menu.popup(self.table.viewport().mapToGlobal(position))

    def _asking(self, name: str) -> Callable[[], None]:
        return lambda *_: self._ask(name)

    def _ask(self, name: str) -> None:
        ids = [run.run_id for run in self.selected()]
        if ids:
            self.asked.emit(name, ids)
