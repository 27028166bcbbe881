"""Sliders for what can be changed during a run: the arrival rate and the switch interval."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QWidget

from engine.workload.toml_table import TomlTable
from gui.widgets.button_style import slider_style
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.theme import Theme

STEPS_A_DECADE: Final = 20
SETTLE_MS: Final = 60  # values are sent during a drag too, but not for every pixel
DEFAULT_SWITCH_S: Final = 0.005  # CPython's own


class LogSlider(QWidget):
    """A logarithmic slider, with its value as text. `moved` is emitted only when a person moves it."""

    moved = Signal(float)

    def __init__(self, title: str, low: float, high: float, help_text: str) -> None:
        super().__init__()
        self._low = low
        self._exact: float | None = None  # the value that was set, which may lie between the slider's steps
        self._title = title
        self._label = PlainLabel(title)
        self._value = PlainLabel()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, round(math.log10(high / low) * STEPS_A_DECADE))
        self.slider.setPageStep(STEPS_A_DECADE // 2)
        self.slider.setAccessibleName(title)
        self.slider.setToolTip(plain_tip(help_text))
        self._label.setBuddy(self.slider)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(lambda: self.moved.emit(self.value()))
        self.slider.valueChanged.connect(self._on_changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self._label, self.slider, self._value):
            row.addWidget(part)
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._show_value()

    def value(self) -> float:
        """Return the value that was set, or the slider's position, rounded to three digits."""
        if self._exact is not None:
            return self._exact
        return float(f"{self._low * 10 ** (self.slider.value() / STEPS_A_DECADE):.3g}")

    def set_value(self, value: float) -> None:
        """Show a value, without reporting it."""
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(self.place_of(value))
        self.slider.blockSignals(blocked)
        self._exact = value
        self._show_value()

    def place_of(self, value: float) -> int:
        """Return the slider's position for a value."""
        return round(math.log10(max(value, self._low) / self._low) * STEPS_A_DECADE)

    def words(self, value: float) -> str:
        """Return a value as it is shown."""
        return f"{value:g}"

    def set_theme(self, theme: Theme) -> None:
        """Give the value room for its longest form, so that nothing moves while it changes."""
        self._value.setMinimumWidth(self._value.fontMetrics().horizontalAdvance("000,000 /s "))
        self.slider.setMinimumWidth(round(128 * theme.scale))
        self.slider.setStyleSheet(slider_style(theme))

    def _on_changed(self) -> None:
        self._exact = None
        self._show_value()
        self._settle.start()

    def _show_value(self) -> None:
        text = self.words(self.value())
        self._value.setText(text)
        self.slider.setAccessibleDescription(text)


class RateSlider(LogSlider):
    """The mean rate at which tasks arrive, in 1/s."""

    def __init__(self) -> None:
        super().__init__("Arrivals", 1.0, 100_000.0, "How many tasks arrive in a second, on average")

    def words(self, value: float) -> str:
        """Return a rate as it is shown."""
        return f"{value:,.0f} /s"


class SwitchSlider(LogSlider):
    """`sys.setswitchinterval`, in seconds."""

    def __init__(self) -> None:
        super().__init__(
            "Switch interval",
            1e-5,
            1.0,
            "How long a thread may keep the GIL while another one waits for it (sys.setswitchinterval)",
        )

    def words(self, value: float) -> str:
        """Return an interval as it is shown."""
        return f"{value * 1e3:g} ms"


class LiveControls(QWidget):
    """The sliders for the current run; hidden when there is none, or nothing can be changed."""

    rate_changed = Signal(float)
    switch_interval_changed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Change the run while it goes on")
        self.rate = RateSlider()
        self.switch = SwitchSlider()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(28)
        row.addWidget(self.rate, 1)
        row.addWidget(self.switch, 1)
        row.addStretch(1)
        self.rate.moved.connect(self.rate_changed)
        self.switch.moved.connect(self.switch_interval_changed)
        self._run_id: str | None = None
        self.rate.hide()  # most runs have no rate: keep no space for it
        self.hide()

    def show_run(self, run_id: str | None, experiment: TomlTable, has_gil: bool) -> None:
        """Show the sliders that the current run has; None: there is no run."""
        if run_id is not None and run_id != self._run_id:
            rate = experiment.get("workload", {}).get("arrival_per_s")
            self.rate.setVisible(rate is not None)
            self.rate.set_value(float(rate or 1.0))
            self.switch.setVisible(has_gil)
            self.switch.set_value(DEFAULT_SWITCH_S)
        self._run_id = run_id
        self.setVisible(run_id is not None and not (self.rate.isHidden() and self.switch.isHidden()))

    def show_rate(self, rate: float) -> None:
        """Show the rate that was typed elsewhere."""
        self.rate.set_value(rate)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self.rate.set_theme(theme)
        self.switch.set_theme(theme)
