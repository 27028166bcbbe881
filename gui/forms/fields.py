"""Fields: one widget for each kind of parameter, with its title, its range and an error message."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.workload.parameter import Kind, Parameter, shown
from gui.forms.number_field import NumberField
from gui.forms.number_text import range_hint
from gui.widgets.button_style import CHECK_BOX_STYLE, PushButton
from gui.widgets.plain_text import PlainLabel, wrapped_tip
from gui.widgets.theme import LIGHT, Theme


class Field(QWidget):
    """One parameter: title and range above, the editor below, and under it the message while the value is wrong.

    A `compact` field is only the editor, for a row of fields with captions; its message is in the tooltip.
    Subclasses provide `_make_editor` and `_write`, and emit `edited(value)` when a person changes the value.
    """

    edited = Signal(object)

    editor: QWidget

    def __init__(self, parameter: Parameter, *, compact: bool = False) -> None:
        super().__init__()
        self.parameter = parameter
        self.compact = compact
        self.theme: Theme = LIGHT
        self.value: object = parameter.default
        self.message = PlainLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.hide()
        self.title = PlainLabel(parameter.title)
        self.hint = PlainLabel(range_hint(parameter))
        self.hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.editor = self._make_editor()
        self.setFocusProxy(self.editor)
        self._lay_out()
        if compact:  # elsewhere the form shows what its step says
            self.set_value(parameter.default)
        self._name_for_readers("")

    def set_value(self, value: object) -> None:
        """Show `value`; text that a person is typing is not changed if it has the same value."""
        self.value = value
        self._write(value)

    def set_problem(self, text: str, line: int = 0, column: int = 0) -> None:
        """Show an error at the field, or none if `text` is empty. `line` and `column` are those in its source."""
        self.message.setText(text)
        self.message.setVisible(bool(text) and not self.compact)
        self._name_for_readers(text)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self.theme = theme
        _color(self.message, theme.danger)
        _color(self.hint, theme.muted)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.message.text():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.danger), 1.5 * self.theme.scale))
        painter.drawRoundedRect(QRectF(self.editor.geometry()).adjusted(-2, -2, 2, 2), 4, 4)

    def _make_editor(self) -> QWidget:
        raise NotImplementedError

    def _write(self, value: object) -> None:
        raise NotImplementedError

    def _changed(self, value: object) -> None:
        self.value = value
        self.edited.emit(value)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        if self.compact:
            for hidden in (self.title, self.hint, self.message):
                hidden.setParent(self)
                hidden.hide()
            layout.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(self.editor)
            self.editor.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
            self.setAccessibleName(self.parameter.title)
            return
        layout.setContentsMargins(3, 0, 3, 0)
        layout.setSpacing(4)
        heading = QHBoxLayout()
        heading.addWidget(self.title)
        heading.addWidget(self.hint, 1)
        layout.addLayout(heading)
        layout.addWidget(self.editor, 1)
        layout.addWidget(self.message)
        self.title.setBuddy(self.editor)

    def _name_for_readers(self, problem: str) -> None:
        """Set the tooltip and the texts for screen readers."""
        parameter = self.parameter
        unit = f", {parameter.unit}" if parameter.unit else ""
        self.editor.setAccessibleName(f"{parameter.title}{unit}")
        texts = [problem, parameter.help, range_hint(parameter)]
        self.editor.setAccessibleDescription(". ".join(text.rstrip(".") for text in texts if text))
        default = "" if parameter.kind is Kind.CODE else f"Default: {_default_text(parameter)}"
        tips = (problem if self.compact else "", parameter.help, default)
        self.setToolTip(wrapped_tip(*(text for text in tips if text)))


class NumberParameterField(Field):
    """A number with its unit and range."""

    def _make_editor(self) -> QWidget:
        self._number = NumberField(self.parameter)
        self._number.edited.connect(self._changed)
        return self._number

    def _write(self, value: object) -> None:
        self._number.set_value(value)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._number.set_unit_color(theme.muted)


class BooleanField(Field):
    """A yes or no; its title stands beside the box."""

    def _make_editor(self) -> QWidget:
        self.title.hide()
        self.hint.hide()
        self._box = QCheckBox("" if self.compact else self.parameter.title)
        self._box.setStyleSheet(CHECK_BOX_STYLE)
        self._box.clicked.connect(self._changed)
        return self._box

    def _write(self, value: object) -> None:
        self._box.setChecked(value is True)


class ChoiceField(Field):
    """One of a few words. An invalid value is listed too, so that it is visible."""

    def _make_editor(self) -> QWidget:
        self._combo = _QuietCombo()
        self._combo.addItems(list(self.parameter.choices))
        self._combo.activated.connect(self._on_activated)
        return self._combo

    def _write(self, value: object) -> None:
        text = value if isinstance(value, str) else shown(value)
        index = self._combo.findText(text)
        if index < 0:
            self._combo.addItem(text)
            index = self._combo.count() - 1
        self._combo.setCurrentIndex(index)
        while self._combo.count() > len(self.parameter.choices) and self._combo.currentIndex() != (
            self._combo.count() - 1
        ):
            self._combo.removeItem(self._combo.count() - 1)

    def _on_activated(self, index: int) -> None:
        self._changed(self._combo.itemText(index))


class TextField(Field):
    """A line of text."""

    def _make_editor(self) -> QWidget:
        self._line = QLineEdit()
        self._line.textEdited.connect(self._changed)
        return self._line

    def _write(self, value: object) -> None:
        text = value if isinstance(value, str) else shown(value)
        if self._line.text() != text:
            self._line.setText(text)


class CodeField(Field):
    """An editor for the user's own source."""

    def _make_editor(self) -> QWidget:
        # Imported only if there is source to edit: it imports Pygments, which would delay the window.
        from gui.code_editor.code_editor import CodeEditor

        self._code = CodeEditor()
        self._code.edited.connect(self._changed)
        self._code.remarked.connect(self._show_remarks)
        self._code.large_requested.connect(self.enlarge)
        self.large: QWidget | None = None
        self.remarks = PlainLabel()
        self.remarks.setWordWrap(True)
        self.remarks.setAccessibleName("Warnings about the source")
        self.remarks.hide()
        self.enlarge_button = PushButton("Large (F8)")
        self.enlarge_button.setToolTip("Edit the source as large as the window; Esc goes back")
        self.enlarge_button.clicked.connect(self.enlarge)
        return self._code

    def enlarge(self) -> None:
        """Show the editor as large as the window, until Esc."""
        from gui.code_editor.large_editor import LargeEditor

        if self.large is None and not self.compact:
            large = LargeEditor(self._code, self, self.parameter.title)
            large.closed.connect(self._on_closed)
            self.large = large

    def _on_closed(self) -> None:
        self.large = None

    def _show_remarks(self) -> None:
        from gui.code_editor.remarks import remark_lines

        text = remark_lines(self._code.remarks) if not self._code.error_line else ""
        self.remarks.setText(text)
        self.remarks.setVisible(bool(text) and not self.compact)

    def _lay_out(self) -> None:
        super()._lay_out()
        self.remarks.setParent(self)
        self.enlarge_button.setParent(self)
        layout = self.layout()
        heading = layout.itemAt(0) if layout is not None and not self.compact else None
        row = heading.layout() if heading is not None else None
        if layout is None or row is None:
            self.enlarge_button.hide()
            return
        row.addWidget(self.enlarge_button)
        layout.addWidget(self.remarks)

    def _write(self, value: object) -> None:
        self._code.set_source(value if isinstance(value, str) else shown(value))

    def set_problem(self, text: str, line: int = 0, column: int = 0) -> None:
        super().set_problem(text, line, column)
        if text:
            self._code.show_error(line, text, column)
        else:
            self._code.clear_error()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._code.set_theme(theme)
        _color(self.remarks, theme.series[1])


class _QuietCombo(QComboBox):
    """A combo box that the mouse wheel does not change: it scrolls the form."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


_FIELDS: dict[Kind, type[Field]] = {
    Kind.INTEGER: NumberParameterField,
    Kind.NUMBER: NumberParameterField,
    Kind.BOOLEAN: BooleanField,
    Kind.CHOICE: ChoiceField,
    Kind.TEXT: TextField,
    Kind.CODE: CodeField,
}


def field_for(parameter: Parameter, *, compact: bool = False) -> Field:
    """Return the field for a parameter, made from its declaration alone."""
    return _FIELDS[parameter.kind](parameter, compact=compact)


def _default_text(parameter: Parameter) -> str:
    unit = f" {parameter.unit}" if parameter.unit else ""
    return f"{shown(parameter.default)}{unit}"


def _color(label: QLabel, color: str) -> None:
    palette = label.palette()
    palette.setColor(QPalette.ColorRole.WindowText, QColor(color))
    label.setPalette(palette)
