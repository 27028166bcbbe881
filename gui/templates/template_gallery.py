"""The templates as cards; pressing one chooses it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from engine.resources_path import resources_path
from engine.workload.catalogue import Catalogue
from gui.composer.examples import Example, list_examples
from gui.templates.template_card import WIDTH_PX, TemplateCard
from gui.widgets.dialog_look import GRID_PX, dress
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme

FOLDER: Final = resources_path("templates")
_COLUMNS: Final = 2


def list_templates(folder: Path = FOLDER) -> list[Example]:
    """Return the templates, by their files' names; unreadable ones included."""
    return list_examples(folder)


class TemplateGallery(QDialog):
    """Emits `chosen` with the template whose card was pressed, and closes."""

    chosen = Signal(object)  # Example

    def __init__(
        self, parent: QWidget | None, catalogue: Catalogue | None, theme: Theme, templates: Sequence[Example]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("New from template")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setSpacing(2 * GRID_PX)
        self.cards = [TemplateCard(each, catalogue, theme, inside) for each in templates]
        for place, card in enumerate(self.cards):
            card.clicked.connect(lambda _=False, card=card: self._on_pressed(card))
            grid.addWidget(card, place // _COLUMNS, place % _COLUMNS)
        grid.setRowStretch(len(self.cards), 1)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        self._area = area
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        text = "Choose the template that is most like your work, then put in your own steps and numbers."
        layout.addWidget(PlainLabel(text if self.cards else "No templates are installed."))
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        dress(self)
        if self.cards:
            self.cards[0].setFocus()

    def sizeHint(self) -> QSize:
        """Return the size of two cards beside each other, at most as high as the window."""
        width = round((2 * WIDTH_PX + 70) * self._theme.scale)
        parent = self.parentWidget()
        height = round(860 * self._theme.scale)
        return QSize(width, min(height, parent.height() - 60) if parent is not None else height)

    def _on_pressed(self, card: TemplateCard) -> None:
        self.accept()
        self.chosen.emit(card.template)
