"""The table of a run's processes: a model that keeps its rows and changes only their figures."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from engine.wire.known_process import KnownProcess
from engine.wire.tick import ProcessFigures
from engine.wording import figure_text as figures
from gui.processes.process_names import ProcessNames
from gui.widgets.plain_text import plain_tip

COLUMNS = ("Process", "PID", "Threads", "CPU", "Memory")
_Index = QModelIndex | QPersistentModelIndex


class ProcessTable(QAbstractTableModel):
    """Rows are processes in the order in which they were first seen, but children below their parent."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[ProcessFigures, int]] = []
        self._texts: list[list[str]] = []

    def show(self, processes: list[KnownProcess], names: ProcessNames | None = None) -> None:
        """Show these processes; rows that stay are changed in place."""
        rows = _as_tree([each.figures for each in processes], names)
        texts = [_texts(process, depth, names) for process, depth in rows]
        if [row[0].pid for row in rows] != [row[0].pid for row in self._rows]:
            self.beginResetModel()
            self._rows, self._texts = rows, texts
            self.endResetModel()
            return
        changed = [place for place, line in enumerate(texts) if line != self._texts[place]]
        self._rows, self._texts = rows, texts
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(COLUMNS) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of processes."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title, aligned like its figures."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return _side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text and alignment; the tooltip names the process and when it started."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_tip(self._rows[index.row()][0]))
        return None


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


def _tip(process: ProcessFigures) -> str:
    started = process.started_s
    when = f", started {figures.seconds(started)} into the run" if figures.known(started) else ""
    return f"{process.name or 'a process'}{when}"


def _texts(process: ProcessFigures, depth: int, names: ProcessNames | None) -> list[str]:
    return [
        "  " * depth + (names.process(process, brief=True) if names is not None else process.name),
        str(process.pid),
        figures.number(process.threads),
        figures.percent(process.cpu),
        figures.size(process.rss_bytes),
    ]


def _as_tree(processes: list[ProcessFigures], names: ProcessNames | None) -> list[tuple[ProcessFigures, int]]:
    """Return each process with its depth below the host; processes without a known parent are at the root."""
    if names is not None:
        processes = sorted(processes, key=names.place)
    known = {process.pid for process in processes}
    children: dict[int | None, list[ProcessFigures]] = {}
    for process in processes:
        parent = process.parent
        children.setdefault(parent if parent in known and parent != process.pid else None, []).append(process)
    rows: list[tuple[ProcessFigures, int]] = []
    waiting = [(process, 0) for process in reversed(children.get(None, []))]
    while waiting:
        process, depth = waiting.pop()
        rows.append((process, depth))
        waiting.extend((child, depth + 1) for child in reversed(children.get(process.pid, [])))
    return rows
