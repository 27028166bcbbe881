"""The picture of a workload as a widget: with the mouse or the keyboard a person chooses a part or a step in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.widgets.plain_text import wrapped_tip
from gui.widgets.theme import LIGHT, Theme
from gui.workload.layout import PicturePlaces, places_of
from gui.workload.painter import PictureMarks, paint_picture
from gui.workload.parts import WorkloadPicture, tip_of, words_of

_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PictureWidget(QWidget):
    """Shows a picture in its full height. Left and Right go from part to part, Up and Down from step to step."""

    part_chosen = Signal(int)
    step_chosen = Signal(int, int)  # the part, the place of the step in it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._strip = False
        self._chosen = (0, 0)
        self._pointed = -1
        self.picture = WorkloadPicture()
        self.setAccessibleName(words_of(self.picture))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    @property
    def places(self) -> PicturePlaces:
        """The present places of all parts."""
        return places_of(self.picture, self.width(), self.font(), strip=self._strip)

    def show_picture(self, picture: WorkloadPicture) -> None:
        """Show another picture."""
        if picture != self.picture:
            self.picture = picture
            self.setAccessibleName(words_of(picture))
            self._fit()

    def show_chosen(self, part: int, step: int) -> None:
        """Highlight a part, and in it the step at a place (-1: none)."""
        self._chosen = (part, step)
        self.update()

    def set_strip(self, strip: bool) -> None:
        """Show one line without steps, or everything."""
        if strip != self._strip:
            self._strip = strip
            self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self._fit()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(places_of(self.picture, width, self.font(), strip=self._strip).height)

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.heightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        marks = PictureMarks(*self._chosen, self._pointed, self.hasFocus())
        paint_picture(QPainter(self), self.picture, self.places, self._theme, self.font(), marks)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        part, step = self._at(event.position())
        if part < 0 or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        elif step >= 0:
            self.step_chosen.emit(part, step)
        else:
            self.part_chosen.emit(part)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._at(event.position())[0])

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        parts, steps = _STEPS.get(Qt.Key(event.key()), (0, 0))
        if not (parts or steps) or not self._go(parts, steps):
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See this widget's own requests for a tool tip: which part is under the pointer decides the text."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            part, _ = self._at(QPointF(event.pos()))
            if part >= 0:
                QToolTip.showText(event.globalPos(), wrapped_tip(*tip_of(self.picture.parts[part])), self)
            else:
                QToolTip.hideText()
            return True
        return super().eventFilter(watched, event)

    def _go(self, parts: int, steps: int) -> bool:
        part, step = self._chosen
        if parts and 0 <= part + parts < len(self.picture.parts):
            self.part_chosen.emit(part + parts)
            return True
        if steps and 0 <= part < len(self.picture.parts) and 0 <= step + steps < len(self.picture.parts[part].steps):
            self.step_chosen.emit(part, step + steps)
            return True
        return False

    def _at(self, place: QPointF) -> tuple[int, int]:
        """Return the part at a position and the step in it, -1 if there is none."""
        places = self.places
        for number, part in enumerate(places.parts):
            if part.box.contains(place):
                rows = () if places.strip else part.steps
                return number, next((row for row, each in enumerate(rows) if each.contains(place)), -1)
        return -1, -1

    def _point_at(self, part: int) -> None:
        if part != self._pointed:
            self._pointed = part
            self.setCursor(Qt.CursorShape.PointingHandCursor if part >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def _fit(self) -> None:
        self.updateGeometry()
        self.update()
