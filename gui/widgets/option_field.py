"""Form fields for a model's own options, made from their parameters."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from engine.workload.parameter import Kind, Parameter, Value

_INT_MAX: Final = 2**31 - 1


class OptionField(QWidget):
    """One option: `value`, `set_value`, and `edited` when the person changes it."""

    edited = Signal()

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.parameter = parameter
        self._editor = _EDITORS[parameter.kind](parameter, self.edited.emit)
        self._editor.setToolTip(parameter.help)
        self._editor.setAccessibleName(parameter.title)
        self.setAccessibleName(parameter.title)
        self.setFocusProxy(self._editor)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._editor)
        self._editor.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.set_value(parameter.default)

    def value(self) -> Value:
        """Return what stands in the field."""
        editor = self._editor
        if isinstance(editor, QComboBox):
            return editor.currentText()
        if isinstance(editor, QSpinBox | QDoubleSpinBox):
            return editor.value()
        return editor.isChecked() if isinstance(editor, QCheckBox) else str(editor.property("text"))

    def set_value(self, value: object) -> None:
        """Put `value` into the field without reporting an edit; one that does not fit is the default."""
        try:
            checked = self.parameter.check(value, self.parameter.name)
        except ValueError:
            checked = self.parameter.default
        editor = self._editor
        blocked = editor.blockSignals(True)
        if isinstance(editor, QComboBox):
            editor.setCurrentText(str(checked))
        elif isinstance(editor, QSpinBox):
            editor.setValue(int(checked))
        elif isinstance(editor, QDoubleSpinBox):
            editor.setValue(float(checked))
        elif isinstance(editor, QCheckBox):
            editor.setChecked(bool(checked))
        elif isinstance(editor, QLineEdit):
            editor.setText(str(checked))
        editor.blockSignals(blocked)


def _choice(parameter: Parameter, edited: object) -> QWidget:
    box = QComboBox()
    box.addItems(list(parameter.choices))
    box.currentTextChanged.connect(edited)
    return box


def _integer(parameter: Parameter, edited: object) -> QWidget:
    box = QSpinBox()
    box.setRange(int(parameter.minimum or 0), int(min(parameter.maximum or _INT_MAX, _INT_MAX)))
    box.setSuffix(f" {parameter.unit}" if parameter.unit else "")
    box.valueChanged.connect(edited)
    return box


def _number(parameter: Parameter, edited: object) -> QWidget:
    box = QDoubleSpinBox()
    box.setDecimals(3)
    box.setRange(parameter.minimum or 0.0, parameter.maximum if parameter.maximum is not None else 1e9)
    box.setSuffix(f" {parameter.unit}" if parameter.unit else "")
    box.valueChanged.connect(edited)
    return box


def _boolean(parameter: Parameter, edited: object) -> QWidget:
    box = QCheckBox()
    box.toggled.connect(edited)
    return box


def _text(parameter: Parameter, edited: object) -> QWidget:
    field = QLineEdit()
    field.textEdited.connect(edited)
    return field


_EDITORS = {
    Kind.CHOICE: _choice,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.TEXT: _text,
    Kind.CODE: _text,
}
