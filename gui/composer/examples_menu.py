"""The menu of the examples, each by its title; one that cannot be read is grey and says why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from gui.composer.examples import Example, list_examples
from gui.widgets.plain_text import wrapped_tip


class ExamplesMenu(QMenu):
    """A new menu is made each time, and deletes itself when it closes. `choose` is called with the chosen example."""

    def __init__(self, parent: QWidget, choose: Callable[[Example], object]) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self.setAccessibleName("Examples")
        for example in list_examples():
            action = self.addAction(example.title.replace("&", "&&"))
            action.setEnabled(example.problem is None)
            action.setToolTip(wrapped_tip(*example.tip.splitlines()))
            action.triggered.connect(partial(self._on_picked, choose, example))
        if self.isEmpty():
            self.addAction("No examples are installed").setEnabled(False)
        self.aboutToHide.connect(self.deleteLater)

    def _on_picked(self, choose: Callable[[Example], object], example: Example, _checked: bool = False) -> None:
        choose(example)
