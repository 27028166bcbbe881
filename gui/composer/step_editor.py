"""The selected step in full: its header and the form of its parameters."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from engine.workload.catalogue import StepCard
from engine.workload.code_permission import code_parameters
from gui.composer.draft import StepDraft
from gui.composer.parameter_form import ParameterForm
from gui.composer.problems import Problem
from gui.composer.step_cost_row import StepCostRow
from gui.composer.step_header import StepHeader
from gui.widgets.theme import Theme

_LEAST_FORM_LINES = 6  # of text: a parameter's caption and field, and a part of the next


class StepEditor(QWidget):
    """Shows one step and asks for changes of it; its signals carry the step's uid."""

    moved = Signal(int, int)  # uid, the place it is to have
    duplicate_requested = Signal(int)
    remove_requested = Signal(int)
    cost_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._uid = 0
        self._place = 0
        self.header = StepHeader()
        self.form = ParameterForm()
        self.cost = StepCostRow()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.header)
        layout.addWidget(self.form, 1)
        layout.addWidget(self.cost)
        self.header.up_requested.connect(lambda: self.moved.emit(self._uid, self._place - 1))
        self.header.down_requested.connect(lambda: self.moved.emit(self._uid, self._place + 1))
        self.header.duplicate_requested.connect(lambda: self.duplicate_requested.emit(self._uid))
        self.header.remove_requested.connect(lambda: self.remove_requested.emit(self._uid))
        self.cost.requested.connect(lambda: self.cost_requested.emit(self._uid))

    def show_step(
        self, step: StepDraft, card: StepCard | None, place: int, count: int, problems: list[Problem]
    ) -> None:
        """Show the step at `place` of `count`, and its errors."""
        self._uid, self._place = step.uid, place
        unknown = next((each.text for each in problems if each.name == "kind"), "")
        self.header.show_step(step, card, place, count, unknown)
        self.form.show_step(step, card, problems)
        self.cost.setVisible(card is not None and bool(code_parameters(card)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        least = self.fontMetrics().height() * _LEAST_FORM_LINES  # a half-cut description is worse than none
        self.header.fit_note(self.height() - least)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self.header.set_theme(theme)
        self.form.set_theme(theme)
        self.cost.set_theme(theme)
