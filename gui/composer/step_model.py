"""The steps as rows that a list can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from engine.workload.catalogue import Catalogue
from gui.composer.draft import Draft
from gui.composer.problems import Problem
from gui.widgets.plain_text import plain_tip
from gui.workload.wording import StepBadge, badges, raw_summary, summary

ROW_ROLE = Qt.ItemDataRole.UserRole
LIFTED_ROLE = Qt.ItemDataRole.UserRole + 1

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class StepRow:
    """What a card shows of one step."""

    uid: int
    title: str
    summary: str
    badges: tuple[StepBadge, ...] = ()
    problem: str = ""
    help: str = ""


def rows_of(draft: Draft, catalogue: Catalogue | None, problems: Sequence[Problem], group: int = 0) -> list[StepRow]:
    """Return the rows of a draft's group; a step that the catalogue lacks is shown with its file's own words."""
    rows = []
    for step in draft.steps:
        if step.group != group:
            continue
        first = next((each for each in problems if each.uid == step.uid), None)
        where = f"{first.name}: " if first and first.name not in ("", "kind") else ""
        problem = f"{where}{first.text}" if first else ""
        card = catalogue.steps.get(step.kind) if catalogue else None
        if card is None:
            rows.append(StepRow(step.uid, step.kind, raw_summary(step.values), (), problem))
        else:
            rows.append(StepRow(step.uid, card.title, summary(step.values, card), badges(card), problem, card.summary))
    return rows


class StepModel(QAbstractListModel):
    """The rows in the order they are shown, which during a drag is not yet the draft's."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[StepRow] = []
        self._lifted: int | None = None

    def set_rows(self, rows: list[StepRow]) -> None:
        """Show other rows; if only their contents differ, selection and scroll position stay."""
        if [each.uid for each in rows] == [each.uid for each in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def row_of(self, uid: int | None) -> int:
        """Return the place of the row with that uid, -1 if there is none."""
        return next((place for place, row in enumerate(self.rows) if row.uid == uid), -1)

    def move(self, source: int, target: int) -> None:
        """Show the row at `source` at `target`."""
        if source == target:
            return
        parent = QModelIndex()
        self.beginMoveRows(parent, source, source, parent, target + 1 if target > source else target)
        self.rows.insert(target, self.rows.pop(source))
        self.endMoveRows()

    def lift(self, uid: int | None) -> None:
        """Show the row with that uid as a gap while it is dragged; None ends that."""
        self._lifted = uid
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == ROW_ROLE:
            return row
        if role == LIFTED_ROLE:
            return row.uid == self._lifted
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = [f"Step {index.row() + 1}: {row.title}", row.summary, *(each.text for each in row.badges)]
            return ", ".join(word for word in (*words, row.problem) if word)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(row.problem or row.help)
        return None
