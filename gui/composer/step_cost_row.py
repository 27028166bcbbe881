"""The row below a step of one's own code: a button that measures it alone, and what came of that."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.composer.step_costs import ShownCost
from gui.widgets.button_style import PushButton
from gui.widgets.plain_text import PlainLabel, plain_tip, wrapped_tip
from gui.widgets.theme import LIGHT, Theme

_TIP: Final = "Run this step by itself for about a second, and say how long a task takes, how much of it is computing."
STALE: Final = "before the last change"


class StepCostRow(QWidget):
    """`requested` is emitted when the person wants the step measured."""

    requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._theme: Theme = LIGHT
        self._cost = ShownCost()
        self.button = PushButton("Measure alone")
        self.button.setAutoDefault(False)
        self.button.setToolTip(wrapped_tip(_TIP))
        self.words = PlainLabel()
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3, 0, 3, 0)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.words, 1)
        self.button.clicked.connect(self.requested)

    def show_cost(self, cost: ShownCost) -> None:
        """Show what is known of the step's cost."""
        self._cost = cost
        self.button.setEnabled(not cost.is_measuring)
        self.words.setText(f"{cost.text} ({STALE})" if cost.is_stale else cost.text)
        self.words.setToolTip(plain_tip(cost.tip))
        self.words.setAccessibleName(f"Alone: {self.words.text()}" if cost.text else "")
        self._tint()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self._tint()

    def _tint(self) -> None:
        theme, cost = self._theme, self._cost
        is_muted = cost.is_stale or cost.is_measuring
        palette = self.words.palette()
        color = theme.muted if is_muted else theme.danger if cost.is_error else theme.text
        palette.setColor(QPalette.ColorRole.WindowText, QColor(color))
        self.words.setPalette(palette)
