"""Choosing the Python that runs the workload, from this machine's Pythons, which are listed as they are found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox

from engine.interpreters.free_threaded import is_missing
from engine.wire.interpreter import Interpreter
from engine.wording.versions import python_title
from gui.controls.two_line import TwoLineCombo

_ADD: Final = "\0add"
_FREE: Final = "\0free"
_OWN: Final = ""
_MOST_LETTERS: Final = 40


class InterpreterPicker(TwoLineCombo):
    """The interpreter's name or path, None for the app's own."""

    chosen = Signal(object)  # str or None, by the person
    add_requested = Signal()
    free_threaded_requested = Signal()  # how to get one

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumContentsLength(16)
        self._value = _OWN
        self._found: Sequence[Interpreter] = ()
        self._complete = False
        self._fill()
        self.activated.connect(self._on_activated)
        self.currentTextChanged.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Return the size that the chosen name needs, within bounds: a path may be very long."""
        hint, metrics = super().sizeHint(), self.fontMetrics()
        text_px = min(metrics.horizontalAdvance(self.currentText()), _MOST_LETTERS * metrics.averageCharWidth())
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        content = QSize(text_px + metrics.averageCharWidth(), metrics.height())
        needed = self.style().sizeFromContents(QStyle.ContentsType.CT_ComboBox, option, content, self)
        return QSize(max(hint.width(), needed.width()), hint.height())

    def value(self) -> str | None:
        """Return the name or path, None for the app's own."""
        return self._value or None

    def set_value(self, value: object) -> None:
        """Choose by name or path, None for the app's own, without reporting it."""
        self._value = str(value or _OWN)
        self._select()

    def free_threaded(self) -> bool:
        """Whether the chosen interpreter is known to be a free-threaded build."""
        asked = self._value
        for each in self._found:
            if asked in (each.path, each.name) or (not asked and each.source == "app"):
                return each.free_threaded
        return asked.endswith("t") and asked[:1].isdigit()

    def set_interpreters(self, found: Sequence[Interpreter], complete: bool) -> None:
        """Offer these, as the conductor listed them, best first."""
        self._found = found
        self._complete = complete
        self._fill()

    def _fill(self) -> None:
        self.clear()
        own = next((each for each in self._found if each.source == "app"), None)
        offered = {own.name} if own else set()
        title = f"{_title(own)}" if own else "This app's Python"
        self.add(title, "the one that this window runs on", _OWN)
        for each in self._found:
            if each is own:
                continue
            # A name means the newest match, which comes first; older ones are chosen by their path.
            by_name = bool(each.name) and not each.problem and each.name not in offered
            offered.add(each.name)
            second = each.problem or f"{each.source} · {each.path}"
            first = _title(each) if each.version else each.path
            self.add(first, second, each.name if by_name else each.path, enabled=not each.problem)
        if not self._complete:
            self.add("Still looking…", "more Pythons may be found", None, enabled=False)
        elif is_missing(self._found):
            self.add("Get a free-threaded Python…", "this machine has none: how to install one", _FREE)
        self.add("Add another Python…", "choose its executable", _ADD)
        self._select()

    def _select(self) -> None:
        index = self.findData(self._value)
        if index < 0:
            index = next((row for row, each in self._rows() if self._value in (each.path, each.name)), -1)
        if index < 0:
            self.insertItem(1, self._value, self._value)
            index = 1
        self.setCurrentIndex(index)

    def _rows(self) -> list[tuple[int, Interpreter]]:
        own = [each for each in self._found if each.source == "app"]
        others = [each for each in self._found if each.source != "app"]
        return list(enumerate([*own[:1], *others])) if own else [(row + 1, each) for row, each in enumerate(others)]

    def _on_activated(self, index: int) -> None:
        data = self.itemData(index)
        if data in (_ADD, _FREE):
            self._select()
            (self.add_requested if data == _ADD else self.free_threaded_requested).emit()
        elif data is not None and data != self._value:
            self._value = str(data)
            self.chosen.emit(self.value())


def _title(each: Interpreter) -> str:
    return python_title(each.implementation, each.version, free_threaded=each.free_threaded)
