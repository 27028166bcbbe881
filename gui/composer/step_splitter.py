"""The splitter between the list of steps and the chosen step's form, with a handle that a person may move."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from gui.composer.step_editor import StepEditor
from gui.composer.step_list import StepList

# The most of the height that the list takes of itself. It does not depend on which step is chosen, so that nothing
# moves under the pointer that chooses one.
_SHARE = 0.42


class StepSplitter(QSplitter):
    """Gives the list what its cards need, up to a share of the height, and the form the rest."""

    def __init__(self, steps: StepList, editor: StepEditor, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._steps = steps
        self._by_hand = False
        self.addWidget(steps)
        self.addWidget(editor)
        self.setChildrenCollapsible(False)
        self.setStretchFactor(0, 0)
        self.setStretchFactor(1, 1)
        self.splitterMoved.connect(self._on_moved)

    def fit(self) -> None:
        """Put the handle at its computed position, unless a person has moved it."""
        if self._by_hand or self.height() < 1:
            return
        room = self.height() - self.handleWidth()
        wanted = min(self._steps.content_height(), round(room * _SHARE))
        self.setSizes([wanted, room - wanted])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def _on_moved(self) -> None:
        self._by_hand = True
