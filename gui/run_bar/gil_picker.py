"""Choosing whether a free-threaded build runs with its GIL off, as intended, or on."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from gui.controls.captioned import Captioned
from gui.widgets.theme import Theme

_CHOICES: Final[tuple[tuple[str, bool | None], ...]] = (("As it is", None), ("Off", False), ("On", True))


class GilPicker(QWidget):
    """Edits `gil` of a model's table; only for free-threaded builds."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._combo = QComboBox()
        for text, value in _CHOICES:
            self._combo.addItem(text, value)
        self._combo.setToolTip("Sets PYTHON_GIL for the run: threads in parallel (off), or one at a time (on)")
        self._caption = Captioned("&GIL", self._combo)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._caption)
        self._combo.activated.connect(self.changed)
        self.hide()

    def value(self) -> bool | None:
        """Return whether the GIL is to be on; None leaves it to the build and the environment."""
        return _CHOICES[self._combo.currentIndex()][1]

    def set_value(self, value: object) -> None:
        """Show a choice without reporting it."""
        self._combo.setCurrentIndex(next((row for row, each in enumerate(_CHOICES) if each[1] is value), 0))

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self._caption.set_theme(theme)
