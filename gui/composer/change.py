"""One change of a draft that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtGui import QUndoCommand

from gui.composer.draft import Draft

_MERGEABLE = 1


class Change(QUndoCommand):
    """Shows one draft instead of another. Changes in a row about the same `topic` count as one."""

    def __init__(
        self, text: str, before: Draft, after: Draft, show: Callable[[Draft], None], topic: Hashable = None
    ) -> None:
        super().__init__(text)
        self._before = before
        self._after = after
        self._show = show
        self._topic = topic

    def id(self) -> int:
        return -1 if self._topic is None else _MERGEABLE

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, Change) or other._topic != self._topic:
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        self._show(self._after)

    def undo(self) -> None:
        self._show(self._before)
