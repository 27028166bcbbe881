"""A field with its caption above, as in the run bar."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme

FIELD_HEIGHT: Final = 30  # pixels at scale 1


class Captioned(QWidget):
    """One caption (its & marks the mnemonic) over one or more fields side by side."""

    def __init__(self, caption: str, *fields: QWidget) -> None:
        super().__init__()
        self._caption = PlainLabel(caption)
        self._caption.setBuddy(fields[0])
        self._fields = fields
        for field in fields:
            if not field.accessibleName():
                field.setAccessibleName(caption.replace("&", ""))
        row = QHBoxLayout()
        row.setSpacing(6)
        for field in fields:
            row.addWidget(field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self._caption)
        layout.addLayout(row)

    def set_theme(self, theme: Theme) -> None:
        """Draw the caption small and muted, and all fields at the same height."""
        for field in self._fields:
            field.setMinimumHeight(round(FIELD_HEIGHT * theme.scale))
        font = QFont(QApplication.font())
        font.setPointSizeF(font.pointSizeF() * 0.86)
        self._caption.setFont(font)
        palette = self._caption.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.muted)
        self._caption.setPalette(palette)
