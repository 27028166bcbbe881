"""A panel: a card with a header, and a view's body below."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.widgets.header import Header
from gui.widgets.requests import SavePlot
from gui.widgets.theme import Theme
from gui.widgets.view import View

_MARGIN = 12
READ_S = 0.29  # of the run's time: figures that change more often flicker


class Panel(View):
    """A view drawn as a card: `self.header` above, then `self.body` or the empty state."""

    def __init__(self, title: str, *, below: bool = False) -> None:
        super().__init__()
        self.header = Header(title, self, below=below)
        self.setAccessibleName(title)
        self.outer.insertWidget(0, self.header)

    def hasHeightForWidth(self) -> bool:
        """Return False: a card takes the height that it is given.

        Else the words of one that is still empty would have the cards beside it ask for all the height they like.
        """
        return False

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
