"""A task's path as a waterfall: a row for each part at its time, with its duration and its meaning."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from engine.trace.picture.path_parts import Part
from engine.trace.picture.task_path import TaskPath
from engine.wording import figure_text as figures
from gui.widgets.button_style import PushButton
from gui.widgets.fonts import font
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.state_fill import fill_state
from gui.widgets.theme import LIGHT, Theme

_ROWS_SEEN = 9  # the most at scale 1: the lanes need room too
_LEAST_ROWS = 5
_WORDS_LEFT = 0.5  # of the width: to the right of the bars is the text


class Waterfall(QFrame):
    """Shows one task's path below the lanes; emits `closed` when it is closed by Esc or its button."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = PlainLabel(self)
        self.close_button = PushButton("Close", self)
        self.close_button.setToolTip("Close the task's path (Esc)")
        self.close_button.clicked.connect(self.close_path)
        self.bars = _Bars()
        self._scroll = QScrollArea(self)
        self._scroll.setWidget(self.bars)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._scroll.setAccessibleName("A task's path")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self._scroll)
        self.hide()

    @property
    def path(self) -> TaskPath | None:
        """The path that is shown."""
        return None if self.isHidden() else self.bars.path

    def show_path(self, path: TaskPath) -> None:
        """Show a task's path."""
        self.bars.path = path
        self.title.setText(path.title)
        self._scroll.setAccessibleDescription("; ".join(_spoken(part) for part in path.parts))
        self.bars.setToolTip(plain_tip("\n".join(_spoken(part) for part in path.parts)))
        self._fit()
        self.show()
        self.bars.update()

    def close_path(self) -> None:
        """Hide the path."""
        if self.path is not None:
            self.hide()
            self.closed.emit()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self.bars.theme = theme
        self.title.setFont(font(theme.font_pt * 1.05, QFont.Weight.DemiBold))
        self.close_button.setFont(font(theme.font_pt * 0.95))
        for widget, role, color in (
            (self.title, self.title.foregroundRole(), theme.text),
            (self._scroll, self._scroll.viewport().backgroundRole(), theme.panel),
            (self.bars, self.bars.backgroundRole(), theme.panel),
        ):
            palette = widget.palette()
            palette.setColor(role, QColor(color))
            widget.setPalette(palette)
        self._fit()
        self.bars.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_path()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        rows = len(self.bars.path.parts) if self.bars.path else 1
        self.bars.setMinimumHeight(round(rows * self.bars.pitch))
        seen = min(rows, max(_LEAST_ROWS, round(_ROWS_SEEN / self.bars.theme.scale)))
        self._scroll.setFixedHeight(round(seen * self.bars.pitch) + 2)


class _Bars(QWidget):
    """The rows themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.path: TaskPath | None = None
        self.theme: Theme = LIGHT

    @property
    def pitch(self) -> float:
        """The height of a row."""
        return QFontMetricsF(font(self.theme.font_pt)).height() * 1.35

    def minimumSizeHint(self) -> QSize:
        """Return the smallest readable size."""
        return QSize(200, round(self.pitch))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.panel))
        if self.path is None:
            return
        metrics = QFontMetricsF(font(self.theme.font_pt))
        gap = 8 * self.theme.scale
        titles = max(metrics.horizontalAdvance(part.title) for part in self.path.parts) + gap
        numbers = metrics.horizontalAdvance("888.8 ms") + gap
        left = min(titles, self.width() * 0.25) + numbers
        right = left + (self.width() - left) * (1 - _WORDS_LEFT)
        for row, part in enumerate(self.path.parts):
            top = row * self.pitch
            self._paint_words(painter, part, QRectF(0, top, left - numbers - gap / 2, self.pitch), part.title)
            place = QRectF(left - numbers, top, numbers - gap, self.pitch)
            self._paint_words(painter, part, place, _length(part), right=True)
            self._paint_bar(painter, part, QRectF(left, top, right - left, self.pitch))
            words = QRectF(right + gap, top, self.width() - right - gap, self.pitch)
            self._paint_words(painter, part, words, part.words, muted=True)

    def _paint_words(
        self, painter: QPainter, part: Part, place: QRectF, words: str, *, muted: bool = False, right: bool = False
    ) -> None:
        theme = self.theme
        painter.setFont(font(theme.font_pt * (0.95 if muted else 1.0)))
        known = part.begin_ns is not None
        painter.setPen(QColor(theme.danger if part.failed else theme.text if known and not muted else theme.muted))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | side, shown)

    def _paint_bar(self, painter: QPainter, part: Part, place: QRectF) -> None:
        theme = self.theme
        painter.setPen(QPen(QColor(theme.grid), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(place.left(), place.bottom()), QPointF(place.right(), place.bottom()))
        if self.path is None or part.begin_ns is None or part.end_ns is None:
            return
        begin, end = self.path.span_ns
        scale = place.width() / max(end - begin, 1)
        high = place.adjusted(0, place.height() * 0.18, 0, -place.height() * 0.18)
        left = place.left() + (part.begin_ns - begin) * scale
        if not part.pieces:
            painter.setPen(QPen(QColor(theme.text), 2 * theme.scale))
            left = min(max(left, place.left() + theme.scale), place.right() - theme.scale)
            painter.drawLine(QPointF(left, high.top()), QPointF(left, high.bottom()))
            return
        for piece in part.pieces:
            at = place.left() + (piece.begin_ns - begin) * scale
            width = max((piece.end_ns - piece.begin_ns) * scale, 1.5 * theme.scale)
            fill_state(painter, QRectF(at, high.top(), width, high.height()), piece.state)
        if part.failed:
            width = (part.end_ns - part.begin_ns) * scale
            stripe = QRectF(left, high.top(), max(width, 3 * theme.scale), high.height() * 0.3)
            painter.fillRect(stripe, QColor(theme.danger))


def _length(part: Part) -> str:
    if part.length_ns is None:
        return "–"
    return figures.seconds(part.length_ns / 1e9) if part.pieces else f"{(part.begin_ns or 0) / 1e9:.3f} s"


def _spoken(part: Part) -> str:
    return f"{part.title} {_length(part)}, {part.words}"
