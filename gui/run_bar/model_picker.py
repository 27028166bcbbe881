"""Choosing the model, its workers and its own options."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from engine.workload.catalogue import Catalogue, ModelCard
from engine.workload.toml_table import TomlTable
from gui.controls.captioned import Captioned
from gui.controls.two_line import TwoLineCombo
from gui.forms.fields import Field, field_for
from gui.undo.undo_keys import pass_undo_keys
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import Theme
from gui.workload.parts import PLURALS

MOST_WORKERS: Final = 1_000_000


class ModelPicker(QWidget):
    """Edits the model's part of an experiment, except the interpreter.

    Keys of a file that this catalogue does not know (another model's options) are kept and returned by `part`.
    """

    changed = Signal()  # anything
    model_chosen = Signal(str)  # another model, by the person

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = TwoLineCombo()
        self.kind.setMinimumContentsLength(15)
        self.workers = QSpinBox()
        self.workers.setRange(1, MOST_WORKERS)
        pass_undo_keys(self.workers)
        self.workers.setGroupSeparatorShown(True)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(12)
        self._captions = [Captioned("&Model", self.kind), Captioned("&Workers", self.workers)]
        for caption in self._captions:
            self._layout.addWidget(caption)
        self._options: dict[str, Field] = {}
        self._option_captions: list[Captioned] = []
        self._catalogue: Catalogue | None = None
        self._part: TomlTable = {"kind": "", "workers": 1}
        self._workers = 1
        self._together: int | None = None  # the workers of all groups
        self._theme: Theme | None = None
        self.kind.activated.connect(self._on_chosen)
        self.workers.valueChanged.connect(self._on_workers)

    @property
    def card(self) -> ModelCard | None:
        """The chosen model's card, None while it is not known."""
        return self._catalogue.models.get(str(self._part["kind"])) if self._catalogue else None

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these models; the choice does not change."""
        self._catalogue = catalogue
        self.kind.clear()
        for card in catalogue.models.values():
            reason = card.unavailable_reason
            since = "" if card.since == "always" else f" · {card.since}"
            about = f"{'experimental · ' if card.experimental else ''}{card.module}{since}"
            self.kind.add(card.title, reason or about, card.key, enabled=not reason)
        self._show_part()

    def part(self) -> TomlTable:
        """Return kind, workers and options."""
        options = {name: field.value for name, field in self._options.items()}
        return {**self._part, "workers": self._workers_asked(), **options}

    def own_part(self) -> TomlTable:
        """Return kind, workers and options as chosen here, also where groups say their own workers."""
        return {**self.part(), "workers": self._workers}

    def set_part(self, part: TomlTable) -> None:
        """Show `part`, which has the keys of a file's model table."""
        self._part = dict(part)
        workers = part.get("workers", 1)
        self._workers = workers if isinstance(workers, int) else 1
        self._show_part()

    def set_group_workers(self, together: int | None) -> None:
        """Show how many workers the groups, which edit them, have together; None: there are no groups."""
        if together != self._together:
            self._together = together
            self._show_part()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self._theme = theme
        for caption in (*self._captions, *self._option_captions):
            caption.set_theme(theme)

    def _workers_asked(self) -> int:
        if self._together is not None:
            return self._together
        card = self.card
        return min(self._workers, card.max_workers) if card is not None else self._workers

    def _on_chosen(self, index: int) -> None:
        key = self.kind.itemData(index)
        if key != self._part["kind"]:
            self._part = {**self.part(), "kind": key, "workers": self._workers}
            self._show_part()
            self.model_chosen.emit(key)
            self.changed.emit()

    def _on_workers(self, workers: int) -> None:
        self._workers = workers
        self.changed.emit()

    def _show_part(self) -> None:
        self.kind.setCurrentIndex(self.kind.findData(self._part["kind"]))
        card = self.card
        blocked = self.workers.blockSignals(True)
        single = card is not None and card.max_workers == 1
        self.workers.setMaximum(card.max_workers if card else MOST_WORKERS)
        grouped = self._together is not None
        self.workers.setValue(self._workers if self._together is None else self._together)
        self.workers.setEnabled(not single and not grouped)
        self.workers.setSuffix(f" {PLURALS.get(card.worker_kind, 'workers')}" if card and not single else "")
        tip = "The workers of all groups together: each group has its own number." if grouped else ""
        self.workers.setToolTip(plain_tip(tip or (f"A worker is {card.worker}." if card else "")))
        self.workers.blockSignals(blocked)
        self._show_options(card)

    def _show_options(self, card: ModelCard | None) -> None:
        parameters = card.parameters if card else ()
        if tuple(field.parameter for field in self._options.values()) == parameters:
            for name, field in self._options.items():  # the same fields: one that has the focus keeps it
                field.set_value(self._part.get(name, field.parameter.default))
            return
        for caption in self._option_captions:
            self._layout.removeWidget(caption)
            caption.hide()
            caption.deleteLater()
        self._options = {each.name: field_for(each, compact=True) for each in parameters}
        self._option_captions = []
        for name, field in self._options.items():
            field.set_value(self._part.get(name, field.parameter.default))
            field.edited.connect(self.changed)
            pass_undo_keys(field.editor)
            caption = Captioned(field.parameter.title, field)
            self._option_captions.append(caption)
            self._layout.addWidget(caption)
            if self._theme is not None:
                caption.set_theme(self._theme)
