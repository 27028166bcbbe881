"""Pictures for slides: light, captioned, at a chosen size, with letters that can be read from the back row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QImageWriter, QPainter, QPalette
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from gui.plots.plot_export import PNG_SCALE, cleaned_svg, drawn_afresh, picture_kind, without_tools, write_picture
from gui.widgets.appearance import palette_of
from gui.widgets.fonts import font
from gui.widgets.theme import LIGHT, Theme

_HEIGHT: Final = 500.0  # of a slide in the window's own pixels: ten-point letters are then 1/38 of it
_CAPTION_PT: Final = 10.0
_MARGIN: Final = 10


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """A file type of the dialog: its filter, and the picture's size; without a size as large as on the screen."""

    words: str
    size: QSize | None = None
    own: bool = False  # the person is asked for the size

    @property
    def filter(self) -> str:
        """The text of the file dialog's filter."""
        return f"{self.words} ({'*.svg' if self.words.startswith('Drawing') else '*.png'})"

    @property
    def suffix(self) -> str:
        """The ending of its files."""
        return ".svg" if self.words.startswith("Drawing") else ".png"


FORMATS: Final = (
    PictureFormat("Slide, 1920 × 1080", QSize(1920, 1080)),
    PictureFormat("Slide, 1280 × 720", QSize(1280, 720)),
    PictureFormat("Slide, 3840 × 2160", QSize(3840, 2160)),
    PictureFormat("Slide 4:3, 1600 × 1200", QSize(1600, 1200)),
    PictureFormat("Slide, a size of your own", own=True),
    PictureFormat("As on the screen"),
    PictureFormat("Drawing"),
)

AS_ON_SCREEN: Final = FORMATS[5]
LEAST_PX, MOST_PX = 200, 10_000


def format_of(chosen_filter: str) -> PictureFormat:
    """Return the format of a filter; the format "As on the screen" if it is unknown."""
    return next((each for each in FORMATS if each.filter == chosen_filter), AS_ON_SCREEN)


def own_size(text: str) -> QSize:
    """Return the size that was typed, `1400 x 1050`. Raises ValueError for anything else."""
    found = re.fullmatch(r"\s*(\d{1,5})\s*[x×X*, ]\s*(\d{1,5})\s*", text)
    if found is None:
        raise ValueError(f"{text}: a size is width x height in pixels, such as 1400 x 1050")
    size = QSize(int(found[1]), int(found[2]))
    if min(size.width(), size.height()) < LEAST_PX or max(size.width(), size.height()) > MOST_PX:
        raise ValueError(f"{text}: each side must have {LEAST_PX} to {MOST_PX:,} pixels")
    return size


def save_picture(widget: QWidget, target: Path, wanted: PictureFormat, caption: str, theme: Theme) -> None:
    """Write a widget as a picture with a caption below, on a light background whatever the window's `theme`.

    Raises ValueError for a name that ends neither in .png nor in .svg, OSError with a sentence if it cannot be
    written.
    """
    kind = picture_kind(target)
    with _light(widget, theme):
        write_picture(target, _svg(widget, caption) if kind == ".svg" else _png(widget, wanted.size, caption))


def _png(widget: QWidget, size: QSize | None, caption: str) -> bytes:
    low = _caption_height(widget.width(), caption)
    logical = QSize(widget.width(), widget.height() + low)
    scale = float(PNG_SCALE)
    if size is not None:
        scale = size.height() / _HEIGHT
        logical = QSize(round(size.width() / scale), round(_HEIGHT))
        low = _caption_height(logical.width(), caption)
    image = QImage(size or logical * PNG_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor(LIGHT.panel))
    with ExitStack() as stack:
        if size is not None:
            stack.enter_context(_resized(widget, QSize(logical.width(), logical.height() - low)))
        stack.enter_context(without_tools(widget))
        stack.enter_context(drawn_afresh(widget, pen_scale=scale))
        painter = QPainter(image)
        painter.scale(scale, scale)
        widget.render(painter, QPoint())
        _draw_caption(painter, logical, low, caption)
        painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    writer.setText("Description", caption)
    if not writer.write(image):
        raise OSError(f"The picture cannot be encoded: {writer.errorString()}")
    return bytes(buffer.data().data())


def _svg(widget: QWidget, caption: str) -> bytes:
    low = _caption_height(widget.width(), caption)
    whole = QSize(widget.width(), widget.height() + low)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(whole)
    generator.setViewBox(QRect(QPoint(), whole))
    generator.setResolution(widget.logicalDpiX())
    generator.setTitle(widget.accessibleName())
    generator.setDescription(caption)
    with without_tools(widget), drawn_afresh(widget):
        painter = QPainter(generator)
        painter.fillRect(QRect(QPoint(), whole), QColor(LIGHT.panel))
        widget.render(painter, QPoint())
        _draw_caption(painter, whole, low, caption)
        painter.end()
    return cleaned_svg(bytes(buffer.data().data()))


def _caption_height(width: int, caption: str) -> int:
    if not caption:
        return 0
    room = QRectF(0, 0, width - 2 * _MARGIN, 1_000)
    taken = QFontMetricsF(font(_CAPTION_PT)).boundingRect(room, int(Qt.TextFlag.TextWordWrap), caption)
    return round(taken.height() + _MARGIN)


def _draw_caption(painter: QPainter, whole: QSize, low: int, caption: str) -> None:
    room = QRectF(_MARGIN, whole.height() - low, whole.width() - 2 * _MARGIN, low - _MARGIN / 2)
    painter.setFont(font(_CAPTION_PT))
    painter.setPen(QColor(LIGHT.muted))
    painter.drawText(room, int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter), caption)


@contextmanager
def _resized(widget: QWidget, size: QSize) -> Iterator[None]:
    """Lay a widget out in another size, and restore its own size at the end."""
    before, least = widget.geometry(), widget.minimumSize()
    try:
        widget.setMinimumSize(0, 0)
        widget.resize(size)
        _lay_out(widget)
        yield
    finally:
        widget.setMinimumSize(least)
        widget.setGeometry(before)
        _lay_out(widget)


def _lay_out(widget: QWidget) -> None:
    for each in (widget, *widget.findChildren(QWidget)):
        layout = each.layout()
        if layout is not None:
            layout.activate()


@contextmanager
def _light(widget: QWidget, theme: Theme) -> Iterator[None]:
    """Draw a widget light while the window is dark."""
    if not theme.dark:
        yield
        return
    restyle, before = _restyler(widget), QPalette(widget.palette())
    try:
        widget.setPalette(palette_of(LIGHT))
        restyle(LIGHT)
        yield
    finally:
        widget.setPalette(before)
        restyle(theme)


def _restyler(widget: QWidget) -> Callable[[Theme], None]:
    """Return the method that sets the theme of a widget, or of the page that it is on."""
    owner: QWidget | None = widget
    while owner is not None:
        found = getattr(owner, "set_theme", None)
        if found is not None:
            return cast("Callable[[Theme], None]", found)
        owner = owner.parentWidget()
    return lambda _theme: None
