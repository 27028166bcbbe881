"""Saves any view's plot as PNG (at twice the screen's resolution) or SVG."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect
from PySide6.QtGui import QImage, QImageWriter, QPainter, QPen
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QWidget

PNG_SCALE = 2
TOOL = "a tool, not a part of the picture"  # the property of widgets that are left out of saved pictures
_EMPTY_PATH = re.compile(rb'<path\b[^>]*\bd=""[^>]*/>')  # Qt writes these, and warns about them when it reads them


def save_plot(widget: QWidget, path: str | Path) -> None:
    """Write `widget` as it looks now to `path`, in the format of its ending, `.png` or `.svg`.

    A temporary file is written and renamed, so that the file is either complete or absent. Raises ValueError for
    another ending, OSError with a sentence when the file cannot be written.
    """
    target = Path(path)
    write_picture(target, _png(widget) if picture_kind(target) == ".png" else _svg(widget))


def picture_kind(target: Path) -> str:
    """Return the ending of a picture's name, `.png` or `.svg`. Raises ValueError for another."""
    kind = target.suffix.lower()
    if kind not in (".png", ".svg"):
        raise ValueError(f"{target.name}: a picture's name must end in .png or .svg")
    return kind


def _png(widget: QWidget) -> bytes:
    image = QImage(widget.size() * PNG_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(PNG_SCALE)
    image.fill(widget.palette().window().color())
    with without_tools(widget), drawn_afresh(widget, pen_scale=PNG_SCALE):
        painter = QPainter(image)
        widget.render(painter, QPoint())
        painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    if not writer.write(image):
        raise OSError(f"The picture cannot be encoded: {writer.errorString()}")
    return bytes(buffer.data().data())


def _svg(widget: QWidget) -> bytes:
    # pyqtgraph's own SVG exporter fails on current Qt, and knows nothing of the widgets around a plot.
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(), widget.size()))
    generator.setResolution(widget.logicalDpiX())
    generator.setTitle(widget.accessibleName())
    with without_tools(widget), drawn_afresh(widget):
        painter = QPainter(generator)
        widget.render(painter, QPoint())
        painter.end()
    return cleaned_svg(bytes(buffer.data().data()))


def cleaned_svg(data: bytes) -> bytes:
    """Return a drawing without empty paths, which Qt writes but warns about when it reads them."""
    return _EMPTY_PATH.sub(b"", data)


@contextmanager
def without_tools(widget: QWidget) -> Iterator[None]:
    """Hide buttons and other tools, which are useless in a picture; the widgets below take their room."""
    tools = [each for each in widget.findChildren(QWidget) if each.property(TOOL) and not each.isHidden()]
    try:
        for tool in tools:
            _show(tool, False)
        yield
    finally:
        for tool in tools:
            _show(tool, True)


def _show(tool: QWidget, shown: bool) -> None:
    tool.setVisible(shown)
    parent = tool.parentWidget()
    layout = None if parent is None else parent.layout()
    if layout is not None:
        layout.activate()  # now, not in the event loop's next round


@contextmanager
def drawn_afresh(widget: QWidget, pen_scale: float = 1.0) -> Iterator[None]:
    """Let every plot under `widget` draw its lines and texts again, instead of its cached pictures of them.

    A curve's pen has its width in the device's pixels, so it must be wider on a device with smaller pixels.
    """
    views = [each for each in (widget, *widget.findChildren(QGraphicsView)) if isinstance(each, QGraphicsView)]
    items = [item for view in views for item in view.scene().items()]
    cached = [(item, item.cacheMode()) for item in items if item.cacheMode() != QGraphicsItem.CacheMode.NoCache]
    curves = [
        (item, item.opts["segmentedLineMode"], QPen(item.opts["pen"]))
        for item in items
        if isinstance(item, pg.PlotCurveItem) and item.opts["pen"] is not None
    ]
    try:
        for item, _ in cached:
            item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        for curve, _, pen in curves:
            wide = QPen(pen)
            wide.setWidthF(pen.widthF() * pen_scale)
            curve.setPen(wide)
            curve.setSegmentedLineMode("off")
        yield
    finally:
        for item, mode in cached:
            item.setCacheMode(mode)
        for curve, mode, pen in curves:
            curve.setPen(pen)
            curve.setSegmentedLineMode(mode)


def write_picture(target: Path, data: bytes) -> None:
    """Write a temporary file and rename it to `target`. Raises OSError with a sentence."""
    name: str | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except OSError as error:
        if name is not None and os.path.exists(name):
            os.unlink(name)
        reason = error.strerror or str(error)
        raise OSError(f"The picture cannot be saved as {target}: {reason}") from error
