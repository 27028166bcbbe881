"""The Processes page: the run's processes and threads as a tree, with all figures that the operating system reports."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QGuiApplication,
    QPalette,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTreeView, QVBoxLayout

from engine.wire.known_process import KnownProcess
from engine.wording.csv_cell import csv_cell
from gui.commands.actions import processes_actions
from gui.processes.process_count import headline
from gui.processes.process_names import ProcessNames
from gui.processes.process_rows import (
    COLUMNS,
    Key,
    ProcessRow,
    is_behind,
    is_name,
    named_rows,
    rows_of,
    unknown_columns,
)
from gui.widgets.fonts import font
from gui.widgets.panel import Panel
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.run_names import ShownName
from gui.widgets.theme import Theme
from gui.widgets.view import ViewDescriptor
from gui.widgets.view_data import RunData

_DEEPEST: Final = 4  # a name, the host, a process, its thread
_SORT: Final = Qt.ItemDataRole.UserRole


class ProcessTreeView(Panel):
    """The tree; its columns can be sorted, and selected lines copied as text or as CSV."""

    empty_text = "Every process and thread of the run, from the operating system.\nPress Run (F5) to see them."

    def __init__(self) -> None:
        super().__init__("Processes and threads")
        self.model = QStandardItemModel(0, len(COLUMNS), self)
        self.model.setHorizontalHeaderLabels([title for title, _, _ in COLUMNS])
        self.model.setSortRole(_SORT)
        for column, (_, meaning, _) in enumerate(COLUMNS):
            self.model.setHeaderData(column, Qt.Orientation.Horizontal, meaning, Qt.ItemDataRole.ToolTipRole)
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            align = side | Qt.AlignmentFlag.AlignVCenter
            self.model.setHeaderData(column, Qt.Orientation.Horizontal, align, Qt.ItemDataRole.TextAlignmentRole)
        self._rows: dict[Key, ProcessRow] = {}
        self._items: dict[Key, list[QStandardItem]] = {}
        self.tree = QTreeView(self.body)
        self._build_tree()
        self.note = PlainLabel(self.body)
        self.note.setWordWrap(True)
        self.commands = processes_actions(self.tree, self)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.note)

    def has_content(self, data: RunData) -> bool:
        """Whether a sample has come."""
        return data.latest is not None

    def on_run(self, data: RunData | None) -> None:
        """Forget the previous run's processes."""
        self.header.set_figure("")
        self._show([])

    def on_refresh(self, data: RunData) -> None:
        """Show the newest figures; for an ended run, every process that ran tasks."""
        ended = data.stage == "ended"
        processes = _processes_of(data)
        self._show(self._lines(data, processes))
        unknown = unknown_columns(processes)
        words = [f"Not known on this system: {', '.join(unknown)}."] if unknown else []
        if ended:
            words.append("Each as it was last seen with all its threads.")
        self.note.setText(" ".join(words))
        self.note.setVisible(bool(words))
        count, memory = headline(data)
        self.header.set_figure("", f"{count}, {memory}")

    def _lines(self, data: RunData, processes: list[KnownProcess]) -> list[ProcessRow]:
        """Return the run's lines; if there are runs behind it, the lines of each run, under its name."""
        rows, names = rows_of(processes, ProcessNames.of(data, processes)), self.names
        if (names is not None) != any(map(is_name, self._rows)):
            self._show([])  # lines move from the root to below a name, or back
        if names is None:
            return rows
        lines = named_rows(rows, _titled(names.front, data), 0)
        for whose, (run, name) in enumerate(zip(self.behind, names.behind, strict=True), start=1):
            theirs = _processes_of(run)
            lines += named_rows(rows_of(theirs, ProcessNames.of(run, theirs)), _titled(name, run), whose)
        return lines

    def on_theme(self, theme: Theme) -> None:
        """Restyle the tree."""
        self._show([])  # the lines of runs behind are in the theme's colour
        points = font(theme.font_pt)
        self.tree.setFont(points)
        self.tree.header().setFont(font(theme.font_pt * 0.9))
        self.note.setFont(font(theme.font_pt * 0.95))
        self.note.setStyleSheet(f"color: {theme.muted};")
        metrics = QFontMetrics(points)
        for column, (title, _, widest) in enumerate(COLUMNS):
            texts = (widest, f"{title}  ") if column else ("main thread, runs the tasks",)
            width = max(metrics.horizontalAdvance(text) for text in texts)
            deep = 0 if column else self.tree.indentation() * _DEEPEST
            self.tree.setColumnWidth(column, width + deep + round(18 * theme.scale))
        palette = self.tree.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(theme.panel))
        palette.setColor(QPalette.ColorRole.Text, QColor(theme.text))
        self.tree.setPalette(palette)
        self.tree.header().setStyleSheet(
            f"QHeaderView, QHeaderView::section {{ background: {theme.panel}; color: {theme.muted}; border: none;"
            f" padding: 3px 12px 3px 4px; }} QHeaderView {{ border-bottom: 1px solid {theme.border}; }}"
        )

    def copy(self, separator: str) -> None:
        """Put what `text` returns on the clipboard."""
        QGuiApplication.clipboard().setText(self.text(separator))

    def text(self, separator: str) -> str:
        """Return the selected lines (all if none is selected) below the titles."""
        selected = {index.siblingAtColumn(0).data(_SORT + 1) for index in self.tree.selectedIndexes()}
        shown = [self._rows[key] for key in self._in_order(QModelIndex()) if not selected or key in selected]
        into = io.StringIO()
        writer = csv.writer(into, delimiter=separator, lineterminator="\n")
        writer.writerow(title for title, _, _ in COLUMNS)
        writer.writerows([csv_cell(text) for text in row.texts] for row in shown)
        return into.getvalue()

    def _build_tree(self) -> None:
        tree = self.tree
        tree.setModel(self.model)
        tree.setAccessibleName("Processes and threads of the run")
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setFrameShape(QTreeView.Shape.NoFrame)
        tree.setUniformRowHeights(True)
        tree.setSortingEnabled(True)
        tree.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._on_menu)

    def _on_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.tree.actions())
        menu.popup(self.tree.viewport().mapToGlobal(place))

    def _show(self, rows: list[ProcessRow]) -> None:
        """Update the model to these rows; lines that stay keep their selection and whether they are expanded."""
        keys = {row.key for row in rows}
        for key in [key for key in self._items if key not in keys]:
            self._remove(key)
        for row in rows:
            if row.key not in self._items:
                self._insert(row)
            elif row != self._rows[row.key]:
                self._change(row)
            self._rows[row.key] = row
        header = self.tree.header()
        self.model.sort(header.sortIndicatorSection(), header.sortIndicatorOrder())

    def _insert(self, row: ProcessRow) -> None:
        items = [QStandardItem(text) for text in row.texts]
        for column, (item, value) in enumerate(zip(items, row.values, strict=True)):
            item.setData(value, _SORT)
            if column:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if is_behind(row.key):
                item.setForeground(QColor(self.theme.muted))
        items[0].setData(row.key, _SORT + 1)
        items[0].setToolTip(plain_tip(row.tip))
        parent = self._items[row.parent][0] if row.parent in self._items else self.model.invisibleRootItem()
        parent.appendRow(items)
        self._items[row.key] = items
        at = items[0].index()
        self.tree.expand(at.parent())
        if is_name(row.key):
            self.tree.setFirstColumnSpanned(at.row(), at.parent(), True)

    def _change(self, row: ProcessRow) -> None:
        before = self._rows[row.key]
        if row.tip != before.tip:
            self._items[row.key][0].setToolTip(plain_tip(row.tip))
        for column, item in enumerate(self._items[row.key]):
            if row.texts[column] != before.texts[column]:
                item.setText(row.texts[column])
            if row.values[column] != before.values[column]:
                item.setData(row.values[column], _SORT)

    def _remove(self, key: Key) -> None:
        items = self._items.pop(key, None)
        if items is None:  # it was removed with its process
            return
        self._rows.pop(key, None)
        for below in range(items[0].rowCount()):
            child: Any = items[0].child(below).data(_SORT + 1)
            self._forget(child)
        index = items[0].index()
        self.model.removeRow(index.row(), index.parent())

    def _forget(self, key: Key) -> None:
        items = self._items.pop(key, None)
        self._rows.pop(key, None)
        if items is not None:
            for below in range(items[0].rowCount()):
                self._forget(items[0].child(below).data(_SORT + 1))

    def _in_order(self, parent: QModelIndex) -> list[Key]:
        found: list[Key] = []
        for number in range(self.model.rowCount(parent)):
            index = self.model.index(number, 0, parent)
            found += [index.data(_SORT + 1), *self._in_order(index)]
        return found


def _processes_of(data: RunData) -> list[KnownProcess]:
    return data.processes.all_workers() if data.stage == "ended" else data.processes.now()


def _titled(name: ShownName, run: RunData) -> str:
    return f"{name.whole}: {', '.join(headline(run))}"


VIEW = ViewDescriptor("process_tree", "Processes", "tab", ProcessTreeView, order=40)
