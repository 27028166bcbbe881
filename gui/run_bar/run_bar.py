"""The run bar: Run and Stop, the model, interpreter and amount, and the run's status."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.wire.interpreter import Interpreter
from engine.workload.catalogue import Catalogue
from engine.workload.toml_table import TomlTable
from gui.controls.captioned import Captioned
from gui.run_bar.amount_picker import AmountPicker
from gui.run_bar.gil_picker import GilPicker
from gui.run_bar.interpreter_picker import InterpreterPicker
from gui.run_bar.live_controls import LiveControls
from gui.run_bar.model_picker import ModelPicker
from gui.run_bar.run_status import RunStatus
from gui.widgets.button_style import button_style
from gui.widgets.flow_layout import FlowLayout
from gui.widgets.icons import icon
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import Theme

OPTION: Final = "option."  # what choices that are a model's options begin with


class RunBar(QWidget):
    """Holds the model's part and the amount's part of the experiment."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Run bar")
        self.run_button = _button("Run", "Run (F5)")
        self.stop_button = _button("Stop", "Stop (Esc)")
        self.model = ModelPicker()
        self.interpreter = InterpreterPicker()
        self._interpreter_caption = Captioned("&Interpreter", self.interpreter)
        self.gil = GilPicker()
        self.amount = AmountPicker()
        self.status = RunStatus()
        self.controls = QWidget()
        self.controls.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        flow = FlowLayout(self.controls, spacing=14)
        flow.setContentsMargins(0, 0, 0, 0)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 6, 0)
        row.setSpacing(8)
        row.addWidget(self.run_button)
        row.addWidget(self.stop_button)
        for part in (buttons, self.model, self._interpreter_caption, self.gil, self.amount):
            flow.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(10)
        layout.addWidget(self.controls)
        self.live = LiveControls()
        layout.addWidget(self.status)
        self._awaits_focus: QToolButton | None = None
        self._field: QWidget | None = None  # where the focus was when the run began
        self.status.put_in_line(self.live)
        self.model.changed.connect(self.changed)
        self.interpreter.chosen.connect(self._on_interpreter)
        self.gil.changed.connect(self.changed)
        self.amount.changed.connect(self.changed)
        self.live.rate_changed.connect(self.amount.show_rate)
        self.amount.rate_changed.connect(self.live.show_rate)

    def minimumSizeHint(self) -> QSize:
        """Ask for the height that the parts need at the present width, not in one column at the least width."""
        hint = super().minimumSizeHint()
        return QSize(hint.width(), min(hint.height(), self.heightForWidth(max(self.width(), hint.width()))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the window the height that the new width needs."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def set_actions(self, run: QAction, stop: QAction) -> None:
        """Let the buttons trigger these actions, and be enabled when they are."""
        # Not their default actions: the buttons' icons are tinted for their own colours.
        for button, action in ((self.run_button, run), (self.stop_button, stop)):
            button.clicked.connect(action.trigger)
            button.setEnabled(action.isEnabled())
        run.enabledChanged.connect(partial(self._set_possible, self.run_button, self.stop_button))
        stop.enabledChanged.connect(partial(self._set_possible, self.stop_button, self.run_button))

    def _set_possible(self, button: QToolButton, other: QToolButton, possible: bool) -> None:
        """Enable or disable a button; the focus then moves to the other button, not to the next field."""
        if possible:
            button.setEnabled(True)
            if self._awaits_focus is button:
                button.setFocus()
            self._awaits_focus = None
            return
        had_focus = button.hasFocus()
        if had_focus and other.isEnabled():
            other.setFocus()
        elif had_focus:
            self._awaits_focus = other
            self.setFocus()  # until the other button is enabled
        button.setEnabled(False)

    def model_part(self) -> TomlTable:
        """Return the model's table: kind, workers, options and the interpreter unless it is the app's own."""
        part = self.model.part()
        name = self.interpreter.value()
        gil = self.gil.value() if self.interpreter.free_threaded() else None
        found = {"interpreter": name or None, "gil": gil}
        return {**part, **{key: value for key, value in found.items() if value is not None}}

    def set_model_part(self, part: TomlTable) -> None:
        """Show a model's table."""
        self.interpreter.set_value(part.get("interpreter"))
        self.gil.set_value(part.get("gil"))
        self._show_gil()
        self.model.set_part({key: value for key, value in part.items() if key not in ("interpreter", "gil")})

    def amount_part(self) -> TomlTable:
        """Return the amount and the arrival rate."""
        return self.amount.part()

    def set_amount_part(self, workload: TomlTable) -> None:
        """Show a workload's amount and arrival rate."""
        self.amount.set_part(workload)

    def choices(self) -> TomlTable:
        """Return everything that is chosen here, flat, for Undo; `set_choices` shows it again.

        Workers are those chosen here, whether or not groups say their own.
        """
        model = self.model.own_part()
        options = {f"{OPTION}{name}": model[name] for name in model.keys() - {"kind", "workers"}}
        chosen = {"kind": model["kind"], "workers": model["workers"], **options}
        return {**chosen, "interpreter": self.interpreter.value(), "gil": self.gil.value(), **self.amount.part()}

    def set_choices(self, choices: TomlTable) -> None:
        """Show what `choices` returned, and tell the run that is on if its arrival rate is another."""
        rate = self.amount.part().get("arrival_per_s")
        options = {key.removeprefix(OPTION): value for key, value in choices.items() if key.startswith(OPTION)}
        known = {key: choices[key] for key in ("kind", "workers", "interpreter", "gil")}
        self.set_model_part({**known, **options})
        self.set_amount_part(choices)
        if (other := choices.get("arrival_per_s")) is not None and other != rate:
            self.amount.rate_changed.emit(other)

    def set_group_workers(self, together: int | None, *, side_by_side: bool) -> None:
        """Show how many workers groups or stages have together (None: there are none), and whether they are groups."""
        self.model.set_group_workers(together)
        self.amount.set_grouped(side_by_side)

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer the catalogue's models."""
        self.model.set_catalogue(catalogue)

    def set_interpreters(self, found: Sequence[Interpreter], complete: bool) -> None:
        """Offer these interpreters, as the conductor listed them."""
        self.interpreter.set_interpreters(found, complete)
        self._show_gil()

    def _on_interpreter(self) -> None:
        self._show_gil()
        self.changed.emit()

    def _show_gil(self) -> None:
        self.gil.setVisible(self.interpreter.free_threaded())

    def set_running(self, running: bool) -> None:
        """Disable the model, interpreter and amount during a run; the focus waits at Stop, and then goes back."""
        if running:
            self._leave_field()
        self.model.setEnabled(not running)
        self.interpreter.setEnabled(not running)
        self.gil.setEnabled(not running)
        self.amount.set_running(running)
        if not running and self._field is not None:
            if self.stop_button.hasFocus() or self.run_button.hasFocus() or self.hasFocus():
                self._field.setFocus()
            self._field = None

    def _leave_field(self) -> None:
        """Move the focus on from a field that is about to be disabled: disabled, it would be lost to the keyboard."""
        field, rate = QApplication.focusWidget(), self.amount.rate
        if field is None or field is rate or rate.isAncestorOf(field):  # the rate can be changed during a run
            return
        parts: tuple[QWidget, ...] = (self.model, self.interpreter, self.gil, self.amount)
        if any(part is field or part.isAncestorOf(field) for part in parts):
            self._field, self._awaits_focus = field, self.stop_button
            self.setFocus()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        for part in (self.model, self._interpreter_caption, self.gil, self.amount, self.status, self.live):
            part.set_theme(theme)
        height = round(34 * theme.scale)
        for button, name, color in ((self.run_button, "play", theme.accent), (self.stop_button, "square", "")):
            button.setStyleSheet(button_style(theme, color))
            button.setFixedHeight(height)
            button.setIconSize(QSize(round(16 * theme.scale), round(16 * theme.scale)))
            on = ("#10151B" if theme.dark else "#FFFFFF") if color else theme.danger
            button.setIcon(icon(name, on, theme.muted, filled=True))


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setToolTip(plain_tip(tip))
    button.setAccessibleName(text)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
