"""A concurrency model's reference card: what it is, since when, when to use it, what it costs."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from engine.wire.facts import CostsKnown
from engine.wording.figure_text import seconds, size
from engine.workload.catalogue import ModelCard
from gui.widgets.fonts import font
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import LIGHT, Theme

_ROWS = ("Module", "Since", "A worker is", "Use it", "It costs", "On this machine", "Read more")


UNKNOWN = "not measured yet"  # the conductor's words for it


def cost_words(costs: CostsKnown) -> str:
    """Return a model's costs in words; a cost that is None could not be distinguished from the machine's noise."""
    parts = []
    if costs.create_worker_s is not None:
        parts.append(f"{seconds(costs.create_worker_s)} to start and end a worker")
    if costs.forkserver_worker_s is not None:
        parts.append(f"{seconds(costs.forkserver_worker_s)} from a fork server")
    if costs.worker_bytes is not None:
        parts.append(f"{size(costs.worker_bytes)} of memory for each")
    if costs.task_overhead_s is not None:
        parts.append(f"{seconds(costs.task_overhead_s)} of overhead for each task")
    return ", ".join(parts) + "." if parts else "Too small to be distinguished from noise."


class ModelCardForm(QWidget):
    """Captions and texts, one row each; the last is a link."""

    link_opened = Signal(str)
    measure_requested = Signal()
    measure_all_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._form = QGridLayout(self)  # QFormLayout keeps the previous card's row heights
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setColumnStretch(1, 1)
        self._texts: dict[str, QLabel] = {}
        self._captions: list[QLabel] = []
        for caption in _ROWS:
            self._add_row(caption)
        self._texts["Read more"].setTextFormat(Qt.TextFormat.RichText)
        self._texts["Read more"].linkActivated.connect(self.link_opened)
        self._texts["On this machine"].setTextFormat(Qt.TextFormat.RichText)
        self._texts["On this machine"].linkActivated.connect(self._on_link)
        self._costs: CostsKnown | None = None
        self._theme = LIGHT
        self._card: ModelCard | None = None

    def show_card(self, card: ModelCard) -> None:
        """Show this card."""
        if self._card is None or card.key != self._card.key:
            self._costs = None
        self._card = card
        self._show_costs()
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

    def show_costs(self, costs: CostsKnown) -> None:
        """Show the measured costs, if they are those of the model on the card."""
        if self._card is not None and costs.model == self._card.key:
            self._costs = costs
            self._show_costs()

    def _show_costs(self) -> None:
        link = f'<a href="measure" style="color: {self._theme.accent}">{{}}</a>'
        if self._costs is None:
            text = link.format("Measure it")
        elif self._costs.reason:
            known = self._costs.reason == UNKNOWN
            text = link.format("Measure it") if known else f"{escape(self._costs.reason)}. {link.format('Try again')}"
        else:
            text = f"{escape(cost_words(self._costs))} {link.format('Measure again')}"
        every = link.replace("measure", "every").format("all models")
        self._texts["On this machine"].setText(f"{text} · {every}")

    def _on_link(self, link: str) -> None:
        if link == "every":
            self.measure_all_requested.emit()
            return
        self._texts["On this machine"].setText("Measuring: some seconds…")
        self.measure_requested.emit()

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
        head, text = PlainLabel(caption, self), PlainLabel(self)
        head.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        text.setAccessibleName(caption)
        head.setBuddy(text)
        self._captions.append(head)
        self._texts[caption] = text
        row = self._form.rowCount()
        self._form.addWidget(head, row, 0)
        self._form.addWidget(text, row, 1)
