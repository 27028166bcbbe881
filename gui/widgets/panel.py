"""A panel: a card with a header, and a view's body below."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from gui.widgets.header import MOST_BEHIND, Header
from gui.widgets.requests import SavePlot
from gui.widgets.run_names import ShownNames
from gui.widgets.theme import Theme
from gui.widgets.view import View

CARD = "application/x-gilscope-card"
_MARGIN = 12
READ_S = 0.29  # of the run's time: figures that change more often flicker


class Panel(View):
    """A view drawn as a card: `self.header` above, then `self.body` or the empty state.

    If `is_movable`, it can be dragged by its header; the drag carries its title in the format CARD.
    """

    enlarge_wanted = Signal()  # it was double-clicked

    def __init__(self, title: str, *, below: bool = False) -> None:
        super().__init__()
        self.header = Header(title, self, below=below)
        self.is_movable = False
        self._pressed: QPoint | None = None
        self.setAccessibleName(title)
        self.outer.insertWidget(0, self.header)

    def hasHeightForWidth(self) -> bool:
        """Return False: a card takes the height that it is given.

        Otherwise the wrapped text of an empty card would decide the height of the cards beside it.
        """
        return False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask to be enlarged to the whole page, or restored."""
        self._pressed = None
        self.enlarge_wanted.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag would start."""
        on_header = self.header.geometry().contains(event.position().toPoint())
        self._pressed = event.position().toPoint() if on_header and self.is_movable else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Start dragging the card once the pointer has moved far enough."""
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() < QApplication.startDragDistance():
            return
        self._pressed = None
        drag, carried = QDrag(self), QMimeData()
        carried.setData(CARD, self.header.title.encode())
        drag.setMimeData(carried)
        drag.setPixmap(self.header.grab())
        drag.exec(Qt.DropAction.MoveAction)

    def on_names(self, names: ShownNames | None) -> None:
        """Name the runs in the header, each with a piece of its line if the card has lines."""
        if names is None:
            self.header.set_runs()
            return
        front = self.front_color(self.theme)
        colors = (front, *(self.theme.behind if front else [""] * MOST_BEHIND))
        whole = [names.front.whole, *(each.whole for each in names.behind)]
        self.header.set_runs(*zip(colors, whole, strict=False))

    def front_color(self, theme: Theme) -> str:
        """Return the colour of the line of the run that is shown; "" if the card draws none."""
        return ""

    def plots(self) -> list[tuple[str, QWidget]]:
        """Return the whole card: a picture needs its title and its figure."""
        return [] if self.is_empty else [(self.header.title, self)]

    def save(self) -> None:
        """Ask the window to save this card as a picture."""
        self.requested.emit(SavePlot(self.header.title, self))

    def set_theme(self, theme: Theme) -> None:
        """Draw card, header and body with `theme`."""
        margin = round(_MARGIN * min(theme.scale, 1.5))
        self.outer.setContentsMargins(margin, margin - 2, margin, margin - 2)
        self.header.set_theme(theme)
        super().set_theme(theme)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(self.theme.panel))
        painter.setPen(QPen(QColor(self.theme.border), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
