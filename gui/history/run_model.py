"""The kept runs as a table's model, and its sorting and filtering."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from engine.history.past_run import PastRun
from engine.history.referenced import ComparedRuns
from engine.wording import figure_text as figures
from gui.history.run_groups import RunGroups, is_group
from gui.widgets.plain_text import plain_tip

_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class RunColumn:
    """A column: its heading, a run's text in it, the value that it is sorted by, and whether that is a figure."""

    title: str
    text: Callable[[PastRun], str]
    order: Callable[[PastRun], float | str | None]
    figure: bool = False


@functools.lru_cache(maxsize=4096)
def started_text(run: PastRun) -> str:
    """Return when a run started, in this machine's time zone: `22 Nov 23:51:03`, with the year if it is another."""
    try:
        at = datetime.fromisoformat(run.started_at).astimezone()
    except ValueError:
        return figures.UNKNOWN
    year = "" if at.year == datetime.now().astimezone().year else f"{at.year} "
    return f"{at.day} {QLocale().monthName(at.month, QLocale.FormatType.ShortFormat)} {year}{at:%H:%M:%S}"


def python_text(run: PastRun) -> str:
    """Return the interpreter in short form, without "CPython"."""
    return run.interpreter.removeprefix("CPython ").replace(" without GIL", ", no GIL")


def title_text(run: PastRun) -> str:
    """Return a run's title, with its star and its tags."""
    tags = f"  [{', '.join(run.notes.tags)}]" if run.tags else ""
    return f"{'★ ' if run.starred else ''}{run.shown_title}{tags}"


# Words first, then figures: a right-aligned figure would touch the left-aligned words after it.
COLUMNS: Final = (
    RunColumn("Started", started_text, lambda run: run.started_at),
    RunColumn("Title", title_text, lambda run: run.shown_title.casefold()),
    RunColumn("Model", lambda run: run.model, lambda run: run.model),
    RunColumn("Python", python_text, lambda run: run.interpreter),
    RunColumn("Ended", lambda run: run.status, lambda run: run.status),
    RunColumn("Workers", lambda run: f"{run.workers:,}" if run.workers else "", lambda run: run.workers, True),
    RunColumn("Tasks/s", lambda run: figures.rate(run.throughput_per_s), lambda run: run.throughput_per_s, True),
    RunColumn("Median", lambda run: figures.seconds(run.latency_p50_s), lambda run: run.latency_p50_s, True),
    RunColumn("p99", lambda run: figures.seconds(run.latency_p99_s), lambda run: run.latency_p99_s, True),
    RunColumn("Took", lambda run: figures.seconds(run.elapsed_s), lambda run: run.elapsed_s, True),
    RunColumn("Disk", lambda run: figures.size(run.size_bytes), lambda run: run.size_bytes, True),
)


_OF_A_GROUP: Final = ("Started", "Model", "Took", "Disk")  # the figures of a comparison's row


@functools.lru_cache(maxsize=4096)
def search_text(run: PastRun) -> str:
    """Return the text that a filter searches."""
    texts = [run.run_id, run.started_at, run.interpreter, run.title, run.note or ""]
    texts += [column.text(run) for column in COLUMNS]
    return "\n".join(texts).casefold()


class RunTableModel(QAbstractTableModel):
    """A row for each run, sorted by the values of a column; unmeasured values come last."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.runs: list[PastRun] = []  # the rows
        self.groups = RunGroups()
        self._model_titles: dict[str, str] = {}
        self._column, self._order = 0, Qt.SortOrder.DescendingOrder

    def set_model_titles(self, titles: Mapping[str, str]) -> None:
        """Show models by these titles, given by key."""
        self._model_titles = dict(titles)
        if self.runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.runs) - 1, len(COLUMNS) - 1))

    def show(self, runs: Sequence[PastRun], compared: Sequence[ComparedRuns] = ()) -> None:
        """Show these runs; rows that stay the same keep their selection."""
        self.groups.take(runs, compared)
        self._show_rows()

    def set_flat(self, flat: bool) -> None:
        """Show every run as a row of its own, or each comparison as one row."""
        if flat != self.groups.flat:
            self.groups.flat = flat
            self._show_rows()

    def toggle(self, row: PastRun) -> None:
        """Open a comparison's row, or close it."""
        self.groups.opened ^= {row.run_id}
        self._show_rows()

    def _show_rows(self) -> None:
        wanted = self.groups.arranged(COLUMNS[0].order, reverse=True)
        there = {run.run_id for run in wanted}
        for row in reversed(range(len(self.runs))):
            if self.runs[row].run_id not in there:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self.runs[row]
                self.endRemoveRows()
        known = {run.run_id for run in self.runs}
        new = [run for run in wanted if run.run_id not in known]
        if new:
            self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
            self.runs[:0] = new
            self.endInsertRows()
        by_id = {run.run_id: run for run in wanted}
        self.runs = [by_id[run.run_id] for run in self.runs]
        self.sort(self._column, self._order)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column < 0:
            return
        # Sorted here and not in the filter model, which Qt would call ten thousand times for a thousand runs.
        self._column, self._order = column, order
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self.runs[index.row()].run_id for index in before]
        reverse = order == Qt.SortOrder.DescendingOrder
        self.runs = self.groups.arranged(COLUMNS[column].order, reverse=reverse)
        rows = {run.run_id: row for row, run in enumerate(self.runs)}
        after = [self.index(rows[run_id], index.column()) for run_id, index in zip(ids, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if COLUMNS[section].figure else int(Qt.AlignmentFlag.AlignLeft)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        column, run = COLUMNS[index.column()], self.runs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            text = self._text(column, run)
            return self._model_titles.get(text, text) if column.title == "Model" else text
        if role == Qt.ItemDataRole.TextAlignmentRole and column.figure:
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            named = run.title if run.name else None
            return plain_tip("\n".join(each for each in (run.run_id, named, run.note, run.reason) if each))
        return None

    def _text(self, column: RunColumn, run: PastRun) -> str:
        if is_group(run):
            if column.title == "Title":
                return f"{'▾' if run.run_id in self.groups.opened else '▸'} {run.title}"
            return column.text(run) if column.title in _OF_A_GROUP else ""
        text = column.text(run)
        return f"    {text}" if column.title == "Title" and self.groups.is_member(run) else text


class RunFilter(QSortFilterProxyModel):
    """Keeps the rows that have every word of a text."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.runs = RunTableModel(self)
        self.setSourceModel(self.runs)

    def set_text(self, text: str) -> None:
        """Keep the runs that have every word of `text` in their texts or their id."""
        self._words = tuple(text.casefold().split())
        self.runs.set_flat(bool(self._words))
        self.setFilterFixedString(text)  # makes every version of Qt filter again

    def run_at(self, row: int) -> PastRun:
        """Return the run in a row of the present order."""
        return self.runs.runs[self.mapToSource(self.index(row, 0)).row()]

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        if not self._words:
            return True
        whole = search_text(self.runs.runs[source_row])
        return all(word in whole for word in self._words)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.runs.sort(column, order)
