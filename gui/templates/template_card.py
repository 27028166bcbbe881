"""A template as a card that is pressed: its title, its workload as a picture, and a sentence."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QSizePolicy, QWidget

from engine.workload import experiment_file
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from gui.composer.examples import Example
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import Theme
from gui.workload.layout import places_of
from gui.workload.painter import paint_picture
from gui.workload.parts import WorkloadPicture, picture_of, words_of

WIDTH_PX: Final = 400
_MARGIN: Final = 14
_WRAP: Final = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class TemplateCard(QAbstractButton):
    """A template that cannot be read is grey and says why."""

    def __init__(self, template: Example, catalogue: Catalogue | None, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.template = template
        self._theme = theme
        self.picture = _picture(template, catalogue)
        self.setText(template.title)
        self.setEnabled(template.problem is None)
        self.setAccessibleName(template.title)
        self.setAccessibleDescription(f"{template.tip} {words_of(self.picture)}")
        self.setToolTip(plain_tip(template.problem or words_of(self.picture)))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        width = round(WIDTH_PX * self._theme.scale)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(260 * self._theme.scale), 80)  # the height follows the width

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        title, sentence, picture = self._parts(width)
        return round(title.height() + sentence.height() + picture.height()) + 4 * _MARGIN

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pointed = self.isEnabled() and self.underMouse()
        line = theme.accent if self.hasFocus() else theme.muted if pointed else theme.border
        painter.setPen(QPen(QColor(line), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(theme.window if self.isDown() else theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        title, sentence, picture = self._parts(self.width())
        painter.setFont(_title_font())
        painter.setPen(QColor(theme.text if self.isEnabled() else theme.muted))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(title, left, self.shown_title(title.width()))
        painter.setFont(self.font())
        painter.setPen(QColor(theme.muted))
        painter.drawText(sentence, _WRAP, self.template.tip)
        painter.translate(QPointF(picture.topLeft()))
        places = places_of(self.picture, picture.width(), self.font(), strip=False)
        paint_picture(painter, self.picture, places, theme, self.font())

    def shown_title(self, width: int) -> str:
        """Return the title as it is drawn in so many pixels."""
        return QFontMetrics(_title_font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, width)

    def _parts(self, width: int) -> tuple[QRect, QRect, QRect]:
        """Return the rectangles of title, sentence and picture in a card of that width."""
        inner = max(width, 1) - 2 * _MARGIN
        height = round(QFontMetricsF(_title_font()).height())
        title = QRect(_MARGIN, _MARGIN, inner, height)
        rows = self.fontMetrics().boundingRect(QRect(0, 0, inner, 10_000), _WRAP, self.template.tip).height()
        sentence = QRect(_MARGIN, title.bottom() + _MARGIN // 2, inner, rows)
        drawn = round(places_of(self.picture, inner, self.font(), strip=False).height)
        return title, sentence, QRect(_MARGIN, sentence.bottom() + _MARGIN, inner, drawn)


def _picture(template: Example, catalogue: Catalogue | None) -> WorkloadPicture:
    try:
        return picture_of(experiment_file.read(template.path), catalogue)
    except ExperimentError:  # the card says so, from `template.problem`
        return WorkloadPicture()


def _title_font() -> QFont:
    font = QApplication.font()
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * 1.1)
    return font
