"""The bar that selects two Pythons to run the loaded experiment on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from engine.wire.interpreter import Interpreter
from engine.wording.versions import python_title
from engine.workload.toml_table import TomlTable
from gui.compare.rows import flowing, muted
from gui.history.press_button import press_button
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme

_INVITATION: Final = "The experiment runs on A, then on B; then both runs are shown side by side."
_ONLY_ONE: Final = "Only one Python was found so far. Run > Add an interpreter… adds another."


@dataclass(frozen=True)
class Python:
    """A Python that can be chosen: its title, its name or path (None: the app's own), and whether its GIL is set."""

    title: str
    interpreter: str | None
    gil: bool | None = None
    has_gil: bool = True

    def model_part(self, model: Mapping[str, Any]) -> TomlTable:
        """Return a model's table with this Python in it."""
        own = {"interpreter": self.interpreter, "gil": self.gil}
        rest = {key: value for key, value in model.items() if key not in own}
        return {**rest, **{key: value for key, value in own.items() if value is not None}}


def pythons(found: Sequence[Interpreter]) -> list[Python]:
    """Return the usable Pythons of the conductor's list; a free-threaded one also with its GIL on."""
    offered: list[Python] = []
    names: set[str] = set()
    for each in sorted(found, key=lambda each: each.source != "app"):
        if each.problem:
            continue
        name = each.name
        # A name means the newest match, which comes first; older ones are chosen by their path.
        asked = None if each.source == "app" else name if name and name not in names else each.path
        title = python_title(each.implementation, each.version)
        title += f" ({each.path})" if name in names else ""
        names.add(name)
        if each.free_threaded:
            offered.append(Python(f"{title} without GIL", asked, False, has_gil=False))
            offered.append(Python(f"{title} with its GIL on", asked, True))
        else:
            offered.append(Python(title, asked))
    return offered


class TwoPythons(QWidget):
    """A bar with two choices; emits `wanted` when the person starts both runs."""

    wanted = Signal(object, object)  # two of Python
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Run on two Pythons")
        self.choices = (QComboBox(), QComboBox())
        self.start = press_button("Run on both", self._on_start)
        self.words = PlainLabel(_INVITATION)
        self.offered: list[Python] = []
        self._busy = self._chosen = False
        captions = []
        for name, choice in zip("AB", self.choices, strict=True):
            choice.setAccessibleName(f"Python for {name}")
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(18)  # "Python 3.13.5 without GIL"
            choice.currentIndexChanged.connect(self._show_state)
            choice.activated.connect(self._on_chosen)
            caption = PlainLabel(f"&{name}")
            caption.setBuddy(choice)
            captions.append(caption)
        self.words.setWordWrap(True)
        self.words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        tools = flowing(
            captions[0], self.choices[0], captions[1], self.choices[1], self.start,
            press_button("Close", self.closed.emit),
        )  # fmt: skip
        tools.setMinimumHeight(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 2)
        layout.addWidget(tools)
        layout.addWidget(self.words)

    def offer(self, found: Sequence[Interpreter], model: Mapping[str, Any]) -> None:
        """Offer these; a person's choice stays. At first: the `model`'s Python, and one whose GIL state differs."""
        picked = [self._picked(place) for place in (0, 1)]
        self.offered = pythons(found)
        if not self._chosen or not {*picked} <= {*self.offered}:
            picked = list(_first_choice(self.offered, model))
        for choice, python in zip(self.choices, picked, strict=True):
            choice.blockSignals(True)
            choice.clear()
            choice.addItems([each.title for each in self.offered])
            choice.setCurrentIndex(self.offered.index(python) if python is not None else -1)
            choice.blockSignals(False)
        self._show_state()

    def show_progress(self, text: str) -> None:
        """Show which run is made now; empty if none is."""
        self._busy = bool(text)
        self._show_state()
        if text:
            self.words.setText(text)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        muted(theme, self.words)

    def _picked(self, place: int) -> Python | None:
        index = self.choices[place].currentIndex()
        return self.offered[index] if 0 <= index < len(self.offered) else None

    def _show_state(self) -> None:
        one, other = self._picked(0), self._picked(1)
        ready = one is not None and other is not None and one != other
        self.start.setEnabled(ready and not self._busy)
        for choice in self.choices:
            choice.setEnabled(not self._busy)
        if not self._busy:
            same = "Choose two different ones." if one == other else _INVITATION
            self.words.setText(_ONLY_ONE if len(self.offered) < 2 else same)

    def _on_chosen(self) -> None:
        self._chosen = True

    def _on_start(self) -> None:
        self.wanted.emit(self._picked(0), self._picked(1))


def _first_choice(offered: Sequence[Python], model: Mapping[str, Any]) -> tuple[Python | None, Python | None]:
    asked = model.get("interpreter")
    one = next((each for each in offered if each.interpreter == asked), offered[0] if offered else None)
    if one is None:
        return None, None
    others = [each for each in offered if each != one]
    return one, next((each for each in others if each.has_gil != one.has_gil), others[0] if others else None)
