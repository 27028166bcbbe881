"""Icons: the SVGs of resources/icons, drawn in the colour that the theme asks for."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from engine.resources_path import resources_path

SIZES: Final = (16, 24, 36)


@lru_cache(maxsize=256)
def icon(name: str, color: str, disabled_color: str = "", *, filled: bool = False) -> QIcon:
    """Return the icon `name`, its lines in `color`, and its inside if `filled`.

    Raises FileNotFoundError if there is no such file.
    """
    drawn = QIcon()
    _draw(drawn, name, color, QIcon.Mode.Normal, filled)
    if disabled_color:
        _draw(drawn, name, disabled_color, QIcon.Mode.Disabled, filled)
    return drawn


def _draw(target: QIcon, name: str, color: str, mode: QIcon.Mode, filled: bool) -> None:
    source = resources_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    if filled:
        source = source.replace('fill="none"', f'fill="{color}"', 1)
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", color).encode()))
    for size in SIZES:
        pixmap = QPixmap(QSize(size, size))
        pixmap.fill("transparent")
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        target.addPixmap(pixmap, mode)
