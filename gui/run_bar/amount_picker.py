"""How much: tasks, seconds or until stopped; and how the tasks arrive."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QSpinBox, QWidget

from engine.workload.toml_table import TomlTable
from gui.controls.captioned import Captioned
from gui.undo.undo_keys import pass_undo_keys
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import Theme

TASKS, SECONDS, UNTIL_STOPPED = "tasks", "duration_s", "until_stopped"
CLOSED, OPEN = "closed", "open"
DEFAULT_TASKS: Final = 400
DEFAULT_SECONDS: Final = 5.0
DEFAULT_RATE: Final = 100.0


class AmountPicker(QWidget):
    """Edits how much a workload runs, and how its tasks arrive."""

    changed = Signal()
    rate_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.unit = _combo((TASKS, "Tasks"), (SECONDS, "Seconds"), (UNTIL_STOPPED, "Until stopped"))
        self.tasks = QSpinBox()
        self.tasks.setRange(1, 1_000_000_000)
        self.tasks.setGroupSeparatorShown(True)
        self.tasks.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.tasks.setAccessibleName("Number of tasks")
        self.seconds = _number(0.01, 86_400, " s", "Seconds to run")
        self.arrival = _combo((CLOSED, "When a worker is free"), (OPEN, "At a rate"))
        self.arrival.setToolTip(
            "Closed loop: a worker takes the next task when it is free.\n"
            "Open loop: tasks arrive at a mean rate (Poisson), whether or not a worker is free, and may queue."
        )
        self.rate = _number(0.001, 1_000_000, " /s", "Arrivals per second")
        self._time_limit_s: object = None
        self._captions = [
            Captioned("&Amount", self.unit, self.tasks, self.seconds),
            Captioned("A&rrivals", self.arrival, self.rate),
        ]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for caption in self._captions:
            layout.addWidget(caption)
        for number in (self.tasks, self.seconds, self.rate):
            pass_undo_keys(number)
        self.set_part({})
        self.unit.currentIndexChanged.connect(self._on_changed)
        self.arrival.currentIndexChanged.connect(self._on_changed)
        self.tasks.valueChanged.connect(self.changed)
        self.seconds.valueChanged.connect(self.changed)
        self.rate.valueChanged.connect(self._on_rate)

    def part(self) -> TomlTable:
        """Return the amount and, in an open loop, the arrival rate, with the keys of a file's workload."""
        amounts: TomlTable = {
            TASKS: self.tasks.value(),
            SECONDS: self.seconds.value(),
            UNTIL_STOPPED: True,
        }
        unit = self.unit.currentData()
        part = {unit: amounts[unit]}
        if self.arrival.currentData() == OPEN:
            part["arrival_per_s"] = self.rate.value()
        if self._time_limit_s is not None:
            part["time_limit_s"] = self._time_limit_s
        return part

    def set_part(self, workload: TomlTable) -> None:
        """Show the amount and arrival of `workload`, without reporting a change."""
        blocked = self.blockSignals(True)
        unit = next((key for key in (SECONDS, UNTIL_STOPPED) if workload.get(key)), TASKS)
        self.unit.setCurrentIndex(self.unit.findData(unit))
        self.tasks.setValue(int(workload.get(TASKS) or DEFAULT_TASKS))
        self.seconds.setValue(float(workload.get(SECONDS) or DEFAULT_SECONDS))
        rate = workload.get("arrival_per_s")
        self.arrival.setCurrentIndex(self.arrival.findData(CLOSED if rate is None else OPEN))
        self.rate.setValue(float(rate or DEFAULT_RATE))
        self._time_limit_s = workload.get("time_limit_s")  # edited in the file
        limit = "" if self._time_limit_s is None else f"Ended after {self._time_limit_s} s at the latest (time_limit_s)"
        self.unit.setToolTip(plain_tip(limit))
        self._show_fields()
        self.blockSignals(blocked)

    def show_rate(self, rate: float) -> None:
        """Show the rate that a slider was moved to, which is now the experiment's rate."""
        if rate != self.rate.value():
            blocked = self.rate.blockSignals(True)
            self.rate.setValue(rate)
            self.rate.blockSignals(blocked)
            self.changed.emit()

    def set_running(self, running: bool) -> None:
        """Allow changing only the arrival rate during a run."""
        for field in (self.unit, self.tasks, self.seconds, self.arrival):
            field.setEnabled(not running)

    def set_grouped(self, grouped: bool) -> None:
        """With groups, the number of tasks is each group's, and arrivals are edited in the groups."""
        self._captions[1].setVisible(not grouped)
        self.tasks.setSuffix(" a group" if grouped else "")

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        for caption in self._captions:
            caption.set_theme(theme)

    def _on_changed(self) -> None:
        self._show_fields()
        self.changed.emit()

    def _on_rate(self, rate: float) -> None:
        self.rate_changed.emit(rate)
        self.changed.emit()

    def _show_fields(self) -> None:
        unit = self.unit.currentData()
        self.tasks.setVisible(unit == TASKS)
        self.seconds.setVisible(unit == SECONDS)
        self.rate.setVisible(self.arrival.currentData() == OPEN)


class PlainNumber(QDoubleSpinBox):
    """A number without trailing zeros: `5 s`, not `5.000 s`."""

    def textFromValue(self, value: float) -> str:
        text: str = super().textFromValue(value)
        point = self.locale().decimalPoint()
        return text.rstrip("0").removesuffix(point) if point in text else text


def _combo(*entries: tuple[str, str]) -> QComboBox:
    combo = QComboBox()
    for data, title in entries:
        combo.addItem(title, data)
    return combo


def _number(minimum: float, maximum: float, suffix: str, name: str) -> QDoubleSpinBox:
    box = PlainNumber()
    box.setDecimals(3)
    box.setRange(minimum, maximum)
    box.setSuffix(suffix)
    box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
    box.setGroupSeparatorShown(True)
    box.setAccessibleName(name)
    box.setKeyboardTracking(False)
    return box
