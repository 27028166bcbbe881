"""A concurrency model's reference card: what it is, since when, when to use it, what it costs."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QFormLayout, QLabel, QSizePolicy, QWidget

from engine.workload.catalogue import ModelCard
from gui.theme import LIGHT, Theme
from gui.views._fonts import font

_ROWS = ("Module", "Since", "A worker is", "Use it", "It costs", "Read more")


class ModelCardForm(QWidget):
    """Captions and texts, one row each; the last is a link."""

    link_opened = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._form.setFormAlignment(Qt.AlignmentFlag.AlignTop)
        self._texts: dict[str, QLabel] = {}
        self._captions: list[QLabel] = []
        for caption in _ROWS:
            self._add_row(caption)
        self._texts["Read more"].setTextFormat(Qt.TextFormat.RichText)
        self._texts["Read more"].linkActivated.connect(self.link_opened)
        self._theme = LIGHT
        self._card: ModelCard | None = None

    def show_card(self, card: ModelCard) -> None:
        """Show this card."""
        self._card = card
        values = {
            "Module": card.module,
            "Since": card.since,
            "A worker is": card.worker,
            "Use it": card.use_when,
            "It costs": card.costs,
        }
        for caption, value in values.items():
            self._texts[caption].setText(value)
        link = escape(card.documentation, quote=True)
        shown = "Python's documentation" if "docs.python.org" in link else link
        self._texts["Read more"].setText(f'<a href="{link}" style="color: {self._theme.accent}">{shown}</a>')

    def set_theme(self, theme: Theme) -> None:
        """Restyle every row."""
        self._theme = theme
        self._form.setVerticalSpacing(round(6 * theme.scale))
        self._form.setHorizontalSpacing(round(10 * theme.scale))
        for label in (*self._captions, *self._texts.values()):
            caption = label in self._captions
            label.setFont(font(theme.font_pt, QFont.Weight.DemiBold if caption else QFont.Weight.Normal))
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.muted if caption else theme.text))
            label.setPalette(palette)
        if self._card is not None:
            self.show_card(self._card)

    def _add_row(self, caption: str) -> None:
        head, text = QLabel(caption, self), QLabel(self)
        head.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        head.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        text.setAccessibleName(caption)
        head.setBuddy(text)
        self._captions.append(head)
        self._texts[caption] = text
        self._form.addRow(head, text)
