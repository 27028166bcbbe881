"""The form for what to compare: models, worker counts, interpreters and the values of parameters."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.comparison.plan import DEFAULT_PRECISION, DEFAULT_REPEATS, Axes
from engine.wire.interpreter import Interpreter
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.parameter import Kind, Value
from engine.workload.toml_table import TomlTable
from gui.compare.parameter_axis import ParameterAxis
from gui.controls.captioned import Captioned
from gui.widgets.button_style import CHECK_BOX_STYLE
from gui.widgets.flow_layout import FlowLayout
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import Theme

FIRST_MODELS: Final = ("sequential", "threads", "processes")
FIRST_WORKERS: Final = "1, 2, 4"
_MOST_BUDGET_MIN: Final = 24 * 60.0


class AxisChoices(QWidget):
    """Check boxes side by side, each with a value."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._flow = FlowLayout(self, spacing=14, row_spacing=4)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self.boxes: dict[str, QCheckBox] = {}

    def offer(self, choices: Mapping[str, tuple[str, str, bool]]) -> None:
        """Offer these values, each with title, tooltip, and whether it can be chosen. Checked ones stay checked."""
        checked = set(self.values())
        for box in self.boxes.values():
            self._flow.removeWidget(box)
            box.deleteLater()
        self.boxes = {}
        for value, (title, tip, possible) in choices.items():
            box = QCheckBox(title)
            box.setStyleSheet(CHECK_BOX_STYLE)
            box.setToolTip(plain_tip(tip))
            box.setEnabled(possible)
            box.setChecked(value in checked)
            box.toggled.connect(self.changed)
            self._flow.addWidget(box)
            box.show()
            self.boxes[value] = box

    def values(self) -> list[str]:
        """Return the checked values, in their order on screen."""
        return [value for value, box in self.boxes.items() if box.isChecked()]

    def check(self, *values: str) -> None:
        """Check these, and uncheck all others."""
        for value, box in self.boxes.items():
            box.setChecked(value in values)


class AxesForm(QWidget):
    """The chosen axes; emits `changed` when they change."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.models = AxisChoices("Models to compare")
        self.workers = QLineEdit(FIRST_WORKERS)
        self.workers.setPlaceholderText("1, 2, 4")
        self.interpreters = AxisChoices("Interpreters to compare")
        self.first, self.second = ParameterAxis("Parameter"), ParameterAxis("Second parameter")
        self.repeats = QSpinBox()
        self.repeats.setRange(1, 1000)
        self.repeats.setValue(DEFAULT_REPEATS)
        self.precision = QDoubleSpinBox()
        self.precision.setRange(0.1, 100.0)
        self.precision.setDecimals(1)
        self.precision.setPrefix("± ")
        self.precision.setSuffix(" %")
        self.precision.setValue(DEFAULT_PRECISION * 100)
        self.budget = QDoubleSpinBox()
        self.budget.setRange(0.0, _MOST_BUDGET_MIN)
        self.budget.setDecimals(1)
        self.budget.setSuffix(" min")
        self.budget.setSpecialValueText("none")
        self._experiment: TomlTable = {}
        self._catalogue: Catalogue | None = None
        self._touched = False
        self._lay_out()
        self._connect()
        self.interpreters.offer({"": ("This app’s Python", "the one that this window runs on", True)})
        self.interpreters.check("")

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these models."""
        first = self._catalogue is None
        self._catalogue = catalogue
        self._offer_models()
        if first:
            self._pick_models()
        self._offer_parameters()

    def _offer_models(self) -> None:
        """Offer every model; one that this app's Python cannot run is enabled only with another Python chosen."""
        cards = self._catalogue.models if self._catalogue is not None else {}
        others = any(self.interpreters.values())
        self.models.offer(
            {
                key: (card.title, card.unavailable_reason or card.use_when, others or card.unavailable_reason is None)
                for key, card in cards.items()
            }
        )

    def set_interpreters(self, found: Sequence[Interpreter]) -> None:
        """Offer these interpreters, as the conductor listed them."""
        own = next((each for each in found if each.source == "app"), None)
        offered = {"": (f"{own.name} (this app’s)" if own else "This app’s Python", "", True)}
        names = {own.name} if own else set()
        for each in found:
            if each is own or each.problem:
                continue
            name, path = each.name, each.path
            title = name if name not in names else f"{name}, {each.source}"
            offered[name if name not in names else path] = (title, path, True)
            names.add(name)
        self.interpreters.offer(offered)

    def set_experiment(self, experiment: TomlTable) -> None:
        """Set the experiment that is compared; the person's own choices stay."""
        self._experiment = experiment
        self._pick_models()
        self._offer_parameters()

    def axes(self) -> Axes:
        """Return the chosen axes. Raises ExperimentError for invalid worker counts."""
        interpreters = tuple(value or None for value in self.interpreters.values())
        return Axes(tuple(self.models.values()), self._worker_counts(), interpreters, self._parameter_axes())

    def bounds(self) -> tuple[int, float, float | None]:
        """Return the repeats, the precision as a fraction, and the budget in seconds or None."""
        return self.repeats.value(), self.precision.value() / 100, self.budget.value() * 60 or None

    def set_theme(self, theme: Theme) -> None:
        """Draw captions and fields with `theme`."""
        for each in self.findChildren(Captioned):
            each.set_theme(theme)

    def _worker_counts(self) -> tuple[int, ...]:
        parts = [part.strip() for part in self.workers.text().split(",") if part.strip()]
        try:
            return tuple(int(part) for part in parts)
        except ValueError:
            raise ExperimentError("workers", f"must be whole numbers separated by commas, got {parts}") from None

    def _pick_models(self) -> None:
        own = str(self._experiment.get("model", {}).get("kind") or "")
        if not self._touched and self._catalogue is not None and own:
            self.models.blockSignals(True)
            self.models.check(own, *FIRST_MODELS)
            self.models.blockSignals(False)
            self.changed.emit()

    def _offer_parameters(self) -> None:
        for axis in (self.first, self.second):
            axis.offer(self._experiment, [*self._parameters()])
        self._show_second()

    def _show_second(self) -> None:
        self._second_row.setVisible(bool(self.first.axis()))

    def _parameter_axes(self) -> dict[str, tuple[Value, ...]]:
        first, second = self.first.axis(), self.second.axis() if self.first.axis() else {}
        for key in second:
            if key in first:
                raise ExperimentError(key, "is chosen twice")
        return {**first, **second}

    def _parameters(self) -> Iterator[tuple[str, str]]:
        steps = self._experiment.get("workload", {}).get("steps", [])
        cards = self._catalogue.steps if self._catalogue else {}
        for place, step in enumerate(steps):
            card = cards.get(str(step.get("kind"))) if isinstance(step, dict) else None
            for parameter in card.parameters if card else ():
                if parameter.kind is not Kind.CODE:
                    title = f"{place + 1}. {card.title if card else ''}: {parameter.title}"
                    yield f"workload.steps[{place}].{parameter.name}", title

    def _connect(self) -> None:
        self.models.changed.connect(self._on_models)
        self.interpreters.changed.connect(self._offer_models)
        self.interpreters.changed.connect(self.changed)
        self.first.parameter.currentIndexChanged.connect(self._show_second)
        for axis in (self.first, self.second):
            axis.changed.connect(self.changed)
        self.workers.textChanged.connect(self.changed)
        for box in (self.repeats, self.precision, self.budget):
            box.valueChanged.connect(self.changed)

    def _on_models(self) -> None:
        self._touched = True
        self.changed.emit()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(Captioned("&Models", self.models))
        layout.addWidget(Captioned("&Interpreters", self.interpreters))
        row = QWidget()
        flow = FlowLayout(row, spacing=14)
        flow.setContentsMargins(0, 0, 0, 0)
        self.workers.setToolTip(plain_tip(f"Numbers of workers; this machine has {os.cpu_count()} cores"))
        self._second_row = Captioned("&And a second one", self.second.parameter, self.second.values)
        flow.addWidget(Captioned("&Workers", self.workers))
        flow.addWidget(Captioned("&Parameter and its values", self.first.parameter, self.first.values))
        flow.addWidget(self._second_row)
        for caption, fields in (
            ("&Repeats, at most", (self.repeats,)),
            ("Pre&cision", (self.precision,)),
            ("&Time limit", (self.budget,)),
        ):
            flow.addWidget(Captioned(caption, *fields))
        layout.addWidget(row)
