"""How well text can be read on a colour, by the rules for accessible pages, and the ink that is read best."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor

LEAST: Final = 4.5  # of text; of lines and large type 3
LEAST_OF_LINES: Final = 3.0
_INKS: Final = ("#101418", "#FFFFFF")


def contrast(one: QColor | str, other: QColor | str) -> float:
    """Return the contrast of two opaque colours, from 1 (none) to 21 (black on white)."""
    light, dark = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(color: QColor | str) -> QColor:
    """Return near black or white, whichever is read better on `color`."""
    return QColor(max(_INKS, key=lambda ink: contrast(ink, color)))


def _luminance(color: QColor) -> float:
    red, green, blue = (_linear(part) for part in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
