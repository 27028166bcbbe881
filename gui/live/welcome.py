"""The first start: three things to try, each with a button that does it, instead of the empty cards."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.widgets.button_style import button_style
from gui.widgets.fonts import font
from gui.widgets.icons import icon
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import LIGHT, Theme

# Title, icon, the button's command and text, and what a person will see.
THINGS: Final = (
    (
        "See the GIL", "timeline-gil", "try-gil", "Run four threads",
        ("Four threads count primes. Under a GIL they take turns, and finish as many tasks as one would. "
        "The Timeline page shows which one holds the GIL at each instant."),
    ),
    (
        "My own code", "code", "try-own-code", "Write a function",
        ("A function of yours becomes the task. Run it in threads, processes or asyncio, "
        "and compare which of them is fastest for it."),
    ),
    (
        "Watch my program", "activity", "watch-program", "Choose a program",
        ("Any Python program, observed from outside while it runs: its cores, its threads, and what they wait for. "
        "Nothing in it is changed."),
    ),
)  # fmt: skip


class Welcome(QWidget):
    """Three cards; emits `chosen` with the id of a card's command."""

    chosen = Signal(str)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Three things to try")
        self._theme = LIGHT
        self.title = PlainLabel("Three things to try")
        self.close_button = QPushButton("Not now")
        self.close_button.clicked.connect(self.closed)
        self.buttons: dict[str, QPushButton] = {}
        self._cards: list[tuple[QFrame, PlainLabel, PlainLabel, PlainLabel, str]] = []
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addLayout(head)
        for thing in THINGS:
            layout.addWidget(self._card(*thing))
        layout.addStretch(1)
        self.setMinimumWidth(200)  # its text wraps: no page makes the window wider than a small screen

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self.title.setFont(font(theme.font_pt * 1.4, QFont.Weight.Bold))
        edge = f"border: 1px solid {theme.border}; border-radius: 8px;"
        for card, picture, name, text, icon_name in self._cards:
            card.setStyleSheet(f"QFrame#card {{ background: {theme.panel}; {edge} }}")
            side = round(28 * min(theme.scale, 1.5))
            picture.setPixmap(icon(icon_name, theme.accent).pixmap(side, side))
            name.setFont(font(theme.font_pt * 1.15, QFont.Weight.DemiBold))
            text.setFont(font(theme.font_pt))
            palette = text.palette()
            palette.setColor(QPalette.ColorRole.WindowText, theme.muted)
            text.setPalette(palette)
        for place, button in enumerate((*self.buttons.values(), self.close_button)):
            button.setStyleSheet(button_style(theme, "" if place else theme.accent))
            button.setFixedHeight(round(32 * theme.scale))

    def _card(self, title: str, icon_name: str, command: str, button_text: str, words: str) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        picture, name, text = PlainLabel(), PlainLabel(title), PlainLabel(words)
        text.setWordWrap(True)
        button = QPushButton(button_text)
        button.setAccessibleName(f"{title}: {button_text}")
        button.clicked.connect(lambda: self.chosen.emit(command))
        self.buttons[command] = button
        said = QVBoxLayout()
        said.setSpacing(4)
        said.addWidget(name)
        said.addWidget(text)
        row = QHBoxLayout(card)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(16)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(said, 1)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._cards.append((card, picture, name, text, icon_name))
        return card
