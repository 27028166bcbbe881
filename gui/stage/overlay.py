"""The layer over a scene: black, a spotlight, and a pen whose lines the next scene erases."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.stage.look import StageLook


class Overlay(QWidget):
    """Lets the mouse through unless the pen or the spotlight is on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.look = StageLook()
        self.black = False
        self.spotlight = False
        self.pen = False
        self.lines: list[list[QPointF]] = []
        self._at = QPointF()
        self.setMouseTracking(True)
        self._apply()

    def set_look(self, look: StageLook) -> None:
        """Draw with the stage's sizes."""
        self.look = look
        self.update()

    def toggle_black(self) -> None:
        """Blank the stage, or show it again."""
        self.black = not self.black
        self._apply()

    def toggle_spotlight(self) -> None:
        """Darken everything except a circle that follows the mouse."""
        self.spotlight, self.pen = not self.spotlight, False
        self._at = QPointF(self.mapFromGlobal(self.cursor().pos()))
        self._apply()

    def toggle_pen(self) -> None:
        """Let the mouse draw, or give it back to the scene; drawn lines stay."""
        self.pen, self.spotlight = not self.pen, False
        self._apply()

    def erase(self) -> None:
        """Remove the drawn lines, and everything else that is over the scene."""
        self.lines.clear()
        self.black = self.spotlight = self.pen = False
        self._apply()

    @property
    def active(self) -> bool:
        """Whether Esc has anything to remove here."""
        return self.black or self.spotlight or self.pen or bool(self.lines)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a line."""
        if self.pen:
            self.lines.append([event.position()])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the spotlight, or continue the line."""
        self._at = event.position()
        if self.pen and self.lines and event.buttons():
            self.lines[-1].append(event.position())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what is switched on."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.black:
            painter.fillRect(self.rect(), QColor("#000000"))
            return
        painter.setPen(QPen(QColor("#E0218A"), self.look.height / 120, c=Qt.PenCapStyle.RoundCap))
        for line in self.lines:
            painter.drawPolyline(line)
        if self.spotlight:
            around = QPainterPath()
            around.addRect(QRectF(self.rect()))
            light = QPainterPath()
            radius = self.look.height / 6
            light.addEllipse(self._at, radius, radius)
            painter.fillPath(around.subtracted(light), QColor(0, 0, 0, 170))

    def _apply(self) -> None:
        over = self.black or self.spotlight or self.pen
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not over)
        self.setCursor(Qt.CursorShape.BlankCursor if self.black else Qt.CursorShape.CrossCursor if self.pen
                       else Qt.CursorShape.ArrowCursor)  # fmt: skip
        self.setVisible(over or bool(self.lines))
        self.raise_()
        self.update()
