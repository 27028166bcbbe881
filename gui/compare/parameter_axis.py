"""One parameter of the workload as an axis: which one, and the values it takes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit

from engine.comparison.plan import value_of
from engine.workload.parameter import Value
from engine.workload.toml_table import TomlTable


class ParameterAxis(QObject):
    """A box to choose the parameter from, and a line for its values, separated by commas."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.parameter = QComboBox()
        self.parameter.setAccessibleName(name)
        self.values = QLineEdit()
        self.values.setPlaceholderText("1000, 5000")
        self.values.setAccessibleName(f"Values of the {name.lower()}")
        self._experiment: TomlTable = {}
        self.parameter.currentIndexChanged.connect(self._on_parameter)
        self.values.textChanged.connect(self.changed)

    def offer(self, experiment: TomlTable, parameters: Sequence[tuple[str, str]]) -> None:
        """Offer these keys with their titles; the choice stays if it is still offered."""
        self._experiment = experiment
        chosen = self.parameter.currentData()
        with QSignalBlocker(self.parameter):
            self.parameter.clear()
            self.parameter.addItem("none", "")
            for key, title in parameters:
                self.parameter.addItem(title, key)
            self.parameter.setCurrentIndex(max(0, self.parameter.findData(chosen)))
        self.values.setEnabled(bool(self.parameter.currentData()))

    def axis(self) -> dict[str, tuple[Value, ...]]:
        """Return the key with its values; empty if none is chosen."""
        key = self.parameter.currentData()
        if not key:
            return {}
        return {str(key): tuple(value_of(part) for part in self.values.text().split(",") if part.strip())}

    def _on_parameter(self) -> None:
        key = self.parameter.currentData()
        self.values.setEnabled(bool(key))
        steps = self._experiment.get("workload", {}).get("steps", [])
        if key:
            place, _, name = str(key).removeprefix("workload.steps[").partition("].")
            self.values.setText(str(steps[int(place)].get(name, "")))
        self.changed.emit()
