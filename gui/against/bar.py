"""The bar of Run against: how B differs, and then how many times as fast it is, in large figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from engine.lessons.ratio import RepeatedRatio
from engine.wire.interpreter import Interpreter
from engine.wording import figure_text as figures
from engine.wording.versions import python_title
from engine.workload.catalogue import Catalogue
from engine.workload.toml_table import TomlTable
from gui.against.variant import ParameterPlace, Variant, parameters_of
from gui.compare.rows import flowing, muted
from gui.history.press_button import press_button
from gui.widgets.plain_text import PlainLabel
from gui.widgets.run_names import part_places
from gui.widgets.theme import Theme

_INVITATION: Final = "A is the loaded experiment. Change something for B; both run in turn."
_NO_PARAMETER: Final = "same parameters"


@dataclass(frozen=True, slots=True)
class AgainstRatio:
    """B's or C's throughput as a multiple of A's: its letter, its name, the ratio, and the number of pairs of runs."""

    letter: str
    name: str
    ratio: RepeatedRatio
    pairs: int

    @property
    def interval(self) -> str:
        """The ratio's interval in words, empty while there is none."""
        low, high = self.ratio.low, self.ratio.high
        if low is None or high is None:
            return ""
        return f"95 % interval {figures.number(low)} to {figures.number(high)}, {self.pairs} pairs of runs."


class AgainstBar(QWidget):
    """Asks by signals. Shows the choice of B, and the ratio once both have run."""

    wanted = Signal(object)  # Variant
    third_wanted = Signal(object)  # Variant
    again_wanted = Signal()
    pair_wanted = Signal(int)  # which is put side by side with A: 1 is B, 2 is C
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Run against")
        self.model, self.workers, self.python = QComboBox(), QSpinBox(), QComboBox()
        self.parameter, self.value = QComboBox(), QDoubleSpinBox()
        self.workers.setRange(1, 100_000)
        self.value.setRange(0, 1e12)
        self.value.setDecimals(3)
        self.value.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self._places: list[ParameterPlace] = []
        names = ("Model of B", "Workers of B", "Interpreter of B", "Parameter of B", "Its value")
        for field, name in zip((self.model, self.workers, self.python, self.parameter, self.value), names, strict=True):
            field.setAccessibleName(name)
        self.letter = PlainLabel("B")
        self.start = press_button("Run both", lambda: self.wanted.emit(self._variant()))
        self.third = press_button("Run a third", lambda: self.third_wanted.emit(self._variant()))
        self.again = press_button("Run both again", self.again_wanted.emit)
        self.pair = press_button("Side by side", lambda: self.pair_wanted.emit(1))
        self.pair_of_third = press_button("A and C side by side", lambda: self.pair_wanted.emit(2))
        self.number, self.words = PlainLabel(), PlainLabel(_INVITATION)
        self.number.setAccessibleName("How many times")
        self.words.setWordWrap(True)
        self.parameter.currentIndexChanged.connect(self._on_parameter)
        self.tools = flowing(
            self.letter, self.model, self.workers, self.python, self.parameter, self.value, self.start,
            self.third, self.again, self.pair, self.pair_of_third, press_button("Close", self.closed.emit),
        )  # fmt: skip
        row = QHBoxLayout()
        row.addWidget(self.number)
        row.addWidget(self.words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 6)
        layout.addWidget(self.tools)
        layout.addLayout(row)
        self.show_nothing("")

    def offer(self, experiment: TomlTable, catalogue: Catalogue, pythons: Sequence[Interpreter]) -> None:
        """Offer how B may differ; at first B is the same as A."""
        model = experiment["model"]
        self.model.clear()
        for card in catalogue.models.values():
            if not card.unavailable_reason:
                self.model.addItem(card.title, card.key)
        self.model.setCurrentIndex(self.model.findData(model["kind"]))
        self.workers.setValue(int(model.get("workers", 1)))
        self.workers.setVisible(not part_places(experiment))  # a group's workers are among the parameters
        self.python.clear()
        self.python.addItem("the app's own Python", None)
        for each in pythons:
            if each.usable and each.source != "app":
                title = python_title(each.implementation, each.version, free_threaded=each.free_threaded)
                self.python.addItem(title, each.path)
        self.python.setCurrentIndex(max(0, self.python.findData(model.get("interpreter"))))
        self._places = list(parameters_of(experiment, catalogue))
        self.parameter.clear()
        self.parameter.addItems([_NO_PARAMETER, *(place.title for place in self._places)])
        self.show_nothing("")

    def show_progress(self, words: str) -> None:
        """Show which run is made now, and allow no changes; empty: none is made."""
        self.tools.setEnabled(not words)
        if words:
            self.words.setText(words)

    def show_nothing(self, words: str) -> None:
        """Show no ratio: nothing has run yet, or `words` say why there is none."""
        for part in (self.number, self.again, self.pair, self.third, self.pair_of_third):
            part.hide()
        self.letter.setText("B")
        self.words.setText(words or _INVITATION)

    def show_ratios(self, found: Sequence[AgainstRatio], first: str) -> None:
        """Show the throughput of the others as multiples of A's; `first` is A's name."""
        for part in (self.number, self.again, self.pair):
            part.show()
        is_pair = len(found) == 1
        self.third.setVisible(is_pair)
        self.pair_of_third.setVisible(not is_pair)
        self.pair.setText("Side by side" if is_pair else "A and B side by side")
        self.letter.setText("C" if is_pair else "")
        self.again.setText("Run both again" if is_pair else "Run all three again")
        numbers = [f"{each.letter} {figures.number(each.ratio.value)} times" for each in found]
        self.number.setText(numbers[0].partition(" ")[2] if is_pair else "   ".join(numbers))
        if is_pair:
            [only] = found
            words = f"as many tasks a second with {only.letter} ({only.name}) as with A ({first}). "
            self.words.setText(words + (only.interval or "Run both three times for an interval."))
        else:
            parts = [f"{each.letter}: {each.name}. {each.interval}".strip() for each in found]
            self.words.setText(f"As many tasks a second as with A ({first}). {' '.join(parts)}")

    def minimumSizeHint(self) -> QSize:
        """Return the height that it needs as wide as it is: at its narrowest, its words would want a third of 720."""
        least = super().minimumSizeHint()
        return QSize(least.width(), max(0, self.heightForWidth(max(self.width(), least.width()))))

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        muted(theme, self.words)
        font = QFont(self.font())
        font.setPointSizeF(theme.font_pt * 2.8)
        font.setBold(True)
        self.number.setFont(font)
        self.number.setStyleSheet(f"color: {theme.accent};")

    def _on_parameter(self, index: int) -> None:
        self.value.setVisible(index > 0)
        if 0 < index <= len(self._places):
            self.value.setValue(self._places[index - 1].value * 2)

    def _variant(self) -> Variant:
        place = self._places[self.parameter.currentIndex() - 1] if self.parameter.currentIndex() > 0 else None
        value = self.value.value()
        model: TomlTable = {"kind": self.model.currentData(), "interpreter": self.python.currentData()}
        if not self.workers.isHidden():
            model["workers"] = self.workers.value()
        exact = int(value) if value.is_integer() else value
        return Variant(model, place, exact if place is not None else None)
