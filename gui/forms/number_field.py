"""A field for a number with its unit: arrows and the wheel step it; typed text is never changed, valid or not."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPalette, QResizeEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from engine.workload.parameter import Kind, Parameter
from gui.forms.number_text import number_text, parse_number, plain_number_text
from gui.widgets.plain_text import PlainLabel


class NumberField(QAbstractSpinBox):
    """Edits an INTEGER or NUMBER. `edited` carries the typed number, or the text if it is not a number.

    Unlike Qt's own spin boxes it has no limit of 32 bits, and never changes or refuses what a person types.
    """

    edited = Signal(object)

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parameter = parameter
        self._value: object = parameter.default
        self._unit = PlainLabel(parameter.unit or "", self.lineEdit())
        self._unit.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._unit.setVisible(bool(parameter.unit))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccelerated(True)
        self._show()
        self.lineEdit().textEdited.connect(self._on_text_edited)

    def value(self) -> object:
        """Return the number, or the text if it is not a number."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show another value, unless the text has this value already."""
        if type(value) is not type(self._value) or value != self._value:
            self._value = value
            self._show()

    def set_unit_color(self, color: str) -> None:
        """Write the unit in `color`."""
        palette = self._unit.palette()
        palette.setColor(QPalette.ColorRole.WindowText, color)
        self._unit.setPalette(palette)

    def stepBy(self, steps: int) -> None:
        number = self._number()
        if number is None:
            number = float(self._parameter.default)
        for _ in range(abs(steps)):
            number = self._stepped(number, 1 if steps > 0 else -1)
        value: object = int(number) if self._parameter.kind is Kind.INTEGER else number
        self.set_value(value)
        self.lineEdit().selectAll()
        self.edited.emit(self._value)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        number = self._number()
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        low, high = self._parameter.minimum, self._parameter.maximum
        if number is None or high is None or number < high:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if number is None or low is None or number > low:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def fixup(self, text: str) -> str:
        return text

    def wheelEvent(self, event: QWheelEvent) -> None:
        # When the wheel scrolls the form, it must not change the fields under the pointer.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show()
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_unit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._place_unit()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(max(hint.width(), self.fontMetrics().averageCharWidth() * 14), hint.height())

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(self.fontMetrics().averageCharWidth() * 10, hint.height())

    def _on_text_edited(self, text: str) -> None:
        self._value = parse_number(text, self._parameter.kind)
        self.edited.emit(self._value)
        self.update()

    def _number(self) -> int | float | None:
        value = self._value
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def _show(self) -> None:
        """Write the value: grouped for reading, plain while it is edited; a text with this value is not changed."""
        text = plain_number_text(self._value) if self.hasFocus() else number_text(self._value)
        current = self.lineEdit().text()
        if self.hasFocus() and parse_number(current, self._parameter.kind) == self._value and "," not in current:
            return
        self.lineEdit().setText(text)

    def _stepped(self, number: int | float, direction: int) -> int | float:
        """Return the next number, with a step that depends on its size: 1 below 100, 10 below 1,000, and so on."""
        size = abs(number)
        whole = self._parameter.kind is Kind.INTEGER
        if number * direction < 0 and size > 0:
            size *= 1 - 1e-9  # down from 1,000, the step is that of the numbers below it
        digits = math.floor(math.log10(size)) - 1 if size > 0 else -1
        if whole:
            unit = 10 ** max(digits, 0)
            moved: int | float = int(number) + direction * unit
        else:
            unit_digits = min(max(digits, -6), 15)
            moved = round(number + direction * 10.0**unit_digits, max(-unit_digits, 0))
        low, high = self._parameter.minimum, self._parameter.maximum
        if high is not None and moved > high:
            moved = int(high) if whole else high
        if low is not None and moved < low:
            moved = int(low) if whole else low
        return moved

    def _place_unit(self) -> None:
        edit = self.lineEdit()
        if not self._parameter.unit:
            return
        self._unit.setFont(self.font())
        width = self._unit.sizeHint().width()
        edit.setTextMargins(0, 0, width + 6, 0)
        self._unit.setGeometry(edit.width() - width - 4, 0, width, edit.height())
