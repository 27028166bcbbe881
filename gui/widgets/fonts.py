"""Fonts by size and weight: pyqtgraph and painted widgets do not take the application's by themselves."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase


def font(points: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the application's font in this size and weight."""
    made = QFont()
    made.setPointSizeF(points)
    made.setWeight(weight)
    return made


def fixed_font(points: float) -> QFont:
    """Return the system's font for code in this size."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPointSizeF(points)
    return made
