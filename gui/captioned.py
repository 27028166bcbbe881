"""A field with its caption above, as the run bar lines them up."""

from __future__ import annotations

from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.theme import Theme


class Captioned(QWidget):
    """One caption (its & marks the mnemonic) over one or more fields side by side."""

    def __init__(self, caption: str, *fields: QWidget) -> None:
        super().__init__()
        self._caption = QLabel(caption)
        self._caption.setBuddy(fields[0])
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
        """Draw the caption small and quiet."""
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.86)
        self._caption.setFont(font)
        palette = self._caption.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.muted)
        self._caption.setPalette(palette)
