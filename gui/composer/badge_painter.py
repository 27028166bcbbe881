"""Draws badges: a dot in the colour of a worker's state, and a few words."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.wording.state_colors import STATE_COLORS
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import LIGHT, Theme
from gui.workload.wording import StepBadge

_GAP = 6


def badge_font(font: QFont) -> QFont:
    """Return the font of badges beside text in `font`."""
    small = QFont(font)
    small.setBold(False)
    small.setPointSizeF(font.pointSizeF() * 0.86)
    return small


def badge_size(badge: StepBadge, font: QFont) -> QSize:
    """Return the size of a badge beside text in `font`."""
    metrics = QFontMetrics(badge_font(font))
    return QSize(metrics.horizontalAdvance(badge.text) + round(metrics.height() * 1.6), metrics.height() + 4)


def draw_badge(painter: QPainter, rect: QRect, badge: StepBadge, theme: Theme, font: QFont) -> None:
    """Draw a badge into `rect`, which has its `badge_size`."""
    color = QColor(STATE_COLORS[badge.state])
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    ground = QColor(color)
    ground.setAlpha(52 if theme.dark else 40)
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(rect), rect.height() / 2, rect.height() / 2)
    radius = rect.height() * 0.2
    painter.setBrush(color)
    painter.drawEllipse(QPointF(rect.left() + rect.height() * 0.5, rect.center().y() + 0.5), radius, radius)
    painter.setPen(QColor(theme.text))
    painter.setFont(badge_font(font))
    words = rect.adjusted(round(rect.height() * 0.86), 0, 0, 0)
    painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, badge.text)
    painter.restore()


class BadgeRow(QWidget):
    """The badges of one step, side by side if they fit, otherwise below each other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._badges: tuple[StepBadge, ...] = ()
        self._theme: Theme = LIGHT
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_badges(self, badges: tuple[StepBadge, ...]) -> None:
        """Show other badges."""
        self._badges = badges
        self.setVisible(bool(badges))
        self.setToolTip(plain_tip("\n".join(f"{each.text[:1].upper()}{each.text[1:]}: {each.help}" for each in badges)))
        self.setAccessibleName(", ".join(each.text for each in badges))
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return places[-1].bottom() + 1 if places else 0

    def sizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for badge, place in zip(self._badges, self._places(self.width()), strict=True):
            draw_badge(painter, place, badge, self._theme, self.font())

    def _places(self, width: int) -> list[QRect]:
        places: list[QRect] = []
        x = y = 0
        for badge in self._badges:
            size = badge_size(badge, self.font())
            if x and x + size.width() > width:
                x, y = 0, y + size.height() + _GAP // 2
            places.append(QRect(x, y, size.width(), size.height()))
            x += size.width() + _GAP
        return places
