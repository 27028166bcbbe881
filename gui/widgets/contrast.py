"""The contrast of text on a colour, by the web accessibility guidelines (WCAG), and the text colour that reads best."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor

LEAST: Final = 4.5  # for text; for lines and large letters 3
LEAST_OF_LINES: Final = 3.0
_INKS: Final = ("#101418", "#FFFFFF")


def contrast(one: QColor | str, other: QColor | str) -> float:
    """Return the contrast of two opaque colours, from 1 (none) to 21 (black on white)."""
    light, dark = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(color: QColor | str) -> QColor:
    """Return near black or white, whichever has more contrast on `color`."""
    return QColor(max(_INKS, key=lambda ink: contrast(ink, color)))


def _luminance(color: QColor) -> float:
    red, green, blue = (_linear(part) for part in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
