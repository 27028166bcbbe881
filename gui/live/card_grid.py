"""The grid of the Live page's cards: it fits the page, keeps the person's order, and can enlarge one card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.widgets.panel import CARD, Panel
from gui.widgets.plain_text import plain_tip

_TIP = "Double-click: enlarge, or back. Drag the title: move the card to another place."


class CardGrid(QWidget):
    """Places cards column by column. `order` are their keys; `enlarged` is the card that fills the page, if any."""

    order_changed = Signal()

    def __init__(self, cards: Mapping[str, Panel]) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Cards of the run")
        self.cards = dict(cards)
        self.order: list[str] = list(cards)
        self.enlarged: str | None = None
        self._columns = 0
        self._grid = QGridLayout(self)
        for key, card in self.cards.items():
            card.is_movable = True
            card.header.setToolTip(plain_tip(_TIP))
            card.enlarge_wanted.connect(lambda key=key: self.enlarge(key))

    def set_order(self, order: Sequence[str]) -> None:
        """Put the cards in another order; cards that are not in it come last."""
        known = [key for key in dict.fromkeys(order) if key in self.cards]
        self.order = [*known, *(key for key in self.cards if key not in known)]
        self.place_cards(self._columns)

    def enlarge(self, key: str | None) -> None:
        """Enlarge a card to the whole page; if it is enlarged already, or for None, show all."""
        self.enlarged = None if key == self.enlarged else key
        self.place_cards(self._columns)

    def enlarge_place(self, place: int) -> None:
        """Enlarge the card at a place, counted from 0, or show all again."""
        if self.enlarged is not None:
            self.enlarge(None)
        elif place < len(self.order):
            self.enlarge(self.order[place])

    def swap(self, one: str, other: str) -> None:
        """Swap two cards."""
        if one != other and {one, other} <= self.cards.keys():
            places = self.order.index(one), self.order.index(other)
            self.order[places[0]], self.order[places[1]] = other, one
            self.place_cards(self._columns)
            self.order_changed.emit()

    def turn(self) -> None:
        """Move every card by one place, the last one to the first."""
        self.order = [self.order[-1], *self.order[:-1]]
        self.place_cards(self._columns)
        self.order_changed.emit()

    def set_spacing(self, spacing: int) -> None:
        """Leave `spacing` pixels around and between the cards."""
        self._grid.setContentsMargins(spacing, spacing, spacing, spacing)
        self._grid.setSpacing(spacing)

    def place_cards(self, columns: int) -> None:
        """Lay the cards out in this many columns."""
        self._columns = columns
        if not columns:
            return
        shown = [self.enlarged] if self.enlarged is not None else self.order
        rows = -(-len(shown) // columns)
        for card in self.cards.values():
            self._grid.removeWidget(card)
        for key, card in self.cards.items():
            if key in shown:
                place = shown.index(key)
                self._grid.addWidget(card, place % rows, place // rows)
            card.setVisible(key in shown)
        used = columns if self.enlarged is None else 1
        for row in range(len(self.cards)):
            self._grid.setRowStretch(row, 1 if row < rows else 0)
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1 if column < used else 0)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept cards."""
        if event.mimeData().hasFormat(CARD):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Swap the card with the one that it is dropped on."""
        title = bytes(event.mimeData().data(CARD).data()).decode()
        by_title = {card.header.title: key for key, card in self.cards.items()}
        below = next(
            (key for key, card in self.cards.items() if card.geometry().contains(event.position().toPoint())), ""
        )
        if title in by_title and below:
            self.swap(by_title[title], below)
            event.acceptProposedAction()
