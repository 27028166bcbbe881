"""One change of an edited value that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from PySide6.QtGui import QUndoCommand

_MERGEABLE = 1
_Edited = TypeVar("_Edited")


class Change(QUndoCommand, Generic[_Edited]):
    """Shows one value instead of another. Changes in a row about the same `topic` count as one.

    `while_running` says whether it can be undone and made again while a run is under way.
    """

    def __init__(
        self,
        text: str,
        before: _Edited,
        after: _Edited,
        show: Callable[[_Edited], None],
        topic: Hashable = None,
        *,
        while_running: bool = True,
    ) -> None:
        super().__init__(text)
        self._before = before
        self._after = after
        self._show = show
        self._topic = topic
        self.while_running = while_running

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
