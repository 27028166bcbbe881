"""The Code pane: the model's function that ran, as it is in its file, and the model's reference card."""

from __future__ import annotations

import math
from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QPalette, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.wire.facts import CostsKnown
from engine.workload.catalogue import ModelCard
from engine.workload.group import numbered_steps
from engine.workload.limits.limit import limit_of, semaphore_words
from gui.code.model_card import ModelCardForm
from gui.code.source import show_source
from gui.widgets.button_style import PushButton
from gui.widgets.fonts import fixed_font, font
from gui.widgets.plain_text import PlainLabel
from gui.widgets.requests import AskCosts, DoCommand, OpenUrl
from gui.widgets.theme import Theme
from gui.widgets.view import View, ViewDescriptor
from gui.widgets.view_data import RunData


class Code(View):
    """Shows the model of the run, or the one that is chosen for the next run."""

    empty_text = "The function that runs your tasks.\nChoose a model, or press Run (F5), to read it."

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Code")
        self.card: ModelCard | None = None
        self._page = QWidget()
        self.title, self.place = PlainLabel(self._page), PlainLabel(self._page)
        self.title.setMinimumWidth(40)
        self.place.setWordWrap(True)
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = PushButton("Copy code", self._page)
        self.copy.clicked.connect(self._on_copy)
        self.editor = QPlainTextEdit(self._page)
        self.editor.setReadOnly(True)
        self.editor.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.editor.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.editor.setAccessibleName("Source of the model")
        self.editor.setTabChangesFocus(True)
        self.limits = PlainLabel(self._page)
        self.limits.setWordWrap(True)
        self.limits.hide()
        self.editor.installEventFilter(self)
        self.form = ModelCardForm(self._page)
        self.form.link_opened.connect(lambda link: self.requested.emit(OpenUrl(link)))
        self.form.measure_requested.connect(lambda: self._ask_costs("again"))
        self.form.measure_all_requested.connect(lambda: self.requested.emit(DoCommand("measure-models")))
        self._scroll = QScrollArea(self.body)
        self._scroll.setAccessibleName("Code")  # it can be scrolled with keys
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.copy)
        self._layout = QVBoxLayout(self._page)
        self._layout.addLayout(head)
        self._layout.addWidget(self.place)
        self._layout.addWidget(self.editor)
        self._layout.addWidget(self.limits)
        self._layout.addWidget(self.form)
        self._layout.addStretch(1)
        self._scroll.setWidget(self._page)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self.body)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)

    def show_model(self, card: ModelCard | None) -> None:
        """Show this model."""
        if card is None or card == self.card:
            return
        self.card = card
        self.title.setText(f"{card.title} (experimental)" if card.experimental else card.title)
        self.place.setText(f"{card.source_file}, line {card.source_line}" if card.source_file else "")
        self.form.show_card(card)
        self._show_source()
        self.show_body(True)
        self._ask_costs("no")  # show known costs only: measuring takes some seconds, and only when asked for

    def show_costs(self, costs: CostsKnown) -> None:
        """Show the costs that were measured on this machine."""
        self.form.show_costs(costs)

    def _ask_costs(self, measure: Literal["no", "again"]) -> None:
        if self.card is not None and not self.card.unavailable_reason:
            self.requested.emit(AskCosts(self.card.key, measure))

    def has_content(self, data: RunData) -> bool:
        """Whether the model is known; the view needs no samples."""
        return data.model_card is not None or self.card is not None

    def refresh(self) -> None:
        """Do nothing: nothing here changes during a run."""

    def on_run(self, data: RunData | None) -> None:
        """Show the run's model."""
        if data is not None:
            self.show_model(data.model_card)
        self._show_limits(data)
        self.show_body(self.card is not None)

    def _show_limits(self, data: RunData | None) -> None:
        """Show what tasks wait for before steps with a limit: this code surrounds the step and is not in the model."""
        card = None if data is None else data.model_card
        lines = []
        for step in numbered_steps(data.experiment["workload"]) if data is not None and card is not None else ():
            limit = limit_of(step)
            if limit is not None and card is not None:
                made = semaphore_words(limit, is_async=card.is_async, shares_memory=card.shares_memory)
                lines.append(f"Around {step['kind']} (at most {limit:,} at once): with {made}")
        self.limits.setText("\n".join(lines))
        self.limits.setVisible(bool(lines))

    def on_theme(self, theme: Theme) -> None:
        """Restyle source and card."""
        margin = round(12 * min(theme.scale, 1.5))
        self._layout.setContentsMargins(margin, margin, margin, margin)
        self._layout.setSpacing(round(margin * 0.75))
        self.title.setFont(font(theme.font_pt * 1.4, QFont.Weight.Bold))
        self.editor.setFont(fixed_font(theme.font_pt))
        self.place.setFont(font(theme.font_pt * 0.95))
        self.limits.setFont(font(theme.font_pt * 0.95))
        self.copy.setFont(font(theme.font_pt * 0.95))
        self.form.set_theme(theme)
        colors: dict[QWidget, tuple[QPalette.ColorRole, str]] = {
            self.title: (QPalette.ColorRole.WindowText, theme.text),
            self.place: (QPalette.ColorRole.WindowText, theme.muted),
            self.limits: (QPalette.ColorRole.WindowText, theme.text),
            self.editor: (QPalette.ColorRole.Base, theme.window),
            self._scroll: (QPalette.ColorRole.Window, theme.panel),
        }
        for widget, (role, color) in colors.items():
            palette = widget.palette()
            palette.setColor(role, QColor(color))
            widget.setPalette(palette)
        self._show_source()

    def _show_source(self) -> None:
        if self.card is None:
            return
        source = self.card.source.rstrip("\n")
        show_source(self.editor.document(), source, self.theme)
        self.editor.moveCursor(self.editor.textCursor().MoveOperation.Start)
        self._fit_editor()

    def _fit_editor(self) -> None:
        """Give the source the height of all its wrapped lines: only the page has a scroll bar."""
        document = self.editor.document()
        lines = round(document.documentLayout().documentSize().height())
        around = 2 * document.documentMargin() + 4
        line = max(
            self.editor.blockBoundingRect(document.firstBlock()).height() / self._lines_of_first(), self._line_height()
        )
        wanted = math.ceil(line * max(1, lines) + around)
        if wanted != self.editor.height():
            self.editor.setFixedHeight(wanted)

    def _lines_of_first(self) -> int:
        return max(1, self.editor.document().firstBlock().layout().lineCount())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wrap the source for its new width."""
        if watched is self.editor and event.type() == QEvent.Type.Resize:
            QTimer.singleShot(0, self, self._fit_editor)
        return super().eventFilter(watched, event)

    def _line_height(self) -> float:
        return float(QFontMetrics(self.editor.font()).lineSpacing())

    def _on_copy(self) -> None:
        if self.card is not None:
            QGuiApplication.clipboard().setText(self.card.source)


VIEW = ViewDescriptor("code", "Code", "right", Code, order=20)
