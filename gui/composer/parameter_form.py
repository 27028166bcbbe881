"""The form of one step, made from the declarations of its parameters alone."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from engine.workload.catalogue import StepCard
from engine.workload.limits.limit import LIMIT
from engine.workload.parameter import Kind, shown
from gui.composer.draft import StepDraft
from gui.composer.problems import Problem
from gui.forms.fields import Field, field_for
from gui.undo.undo_keys import pass_undo_keys
from gui.widgets.button_style import PushButton
from gui.widgets.plain_text import PlainLabel, wrapped_tip
from gui.widgets.theme import LIGHT, Theme


class ParameterForm(QScrollArea):
    """Shows one step at a time; the same step again only brings its fields up to date.

    `edited(uid, name, value)` comes with every change, right or wrong; `dropped(uid, name)` takes out a key that the
    step does not have.
    """

    edited = Signal(int, str, object)
    dropped = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, Field] = {}
        self._theme: Theme = LIGHT
        self._shown: tuple[object, ...] = ()
        self._notes: dict[str, _ForeignKey] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Parameters")
        # The fields take the focus; if the area took it too, Tab would stop there without any use.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)

    def show_step(self, step: StepDraft, card: StepCard | None, problems: Iterable[Problem]) -> None:
        """Show a step's values and their errors; without a card, the values as its file has them."""
        names = {LIMIT.name, *card.renamed, *(each.name for each in card.parameters)} if card else set()
        foreign = tuple(name for name in step.values if name not in names)
        now_shown = (step.uid, step.kind, card, foreign, LIMIT.name in step.values)
        if self._shown != now_shown:
            self._shown = now_shown
            self._build(step, card, foreign)
        by_name = {each.name: each for each in problems}
        values = card.up_to_date(step.values) if card is not None else step.values
        for name, field in self.fields.items():
            field.set_value(values.get(name, field.parameter.default))
            problem = by_name.get(name)
            if problem is None:
                field.set_problem("")
            else:
                field.set_problem(problem.text, problem.line, problem.column)
        for name, note in self._notes.items():
            note.show_value(step.values[name], by_name[name].text if name in by_name else "")

    def focus_first(self, name: str = "") -> None:
        """Put the focus on the field called `name`, or on the first."""
        field = self.fields.get(name) or next(iter(self.fields.values()), None)
        if field is not None:
            field.editor.setFocus(Qt.FocusReason.TabFocusReason)
            self.ensureWidgetVisible(field)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        for field in self.fields.values():
            field.set_theme(theme)
        for note in self._notes.values():
            note.set_theme(theme)

    def sizeHint(self) -> QSize:
        body = self.widget()
        return QSize(0, body.sizeHint().height() if body else 0).expandedTo(self.minimumSizeHint())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().lineSpacing() * 6)

    def _build(self, step: StepDraft, card: StepCard | None, foreign: tuple[str, ...]) -> None:
        self.fields, self._notes = {}, {}
        body = QWidget()
        body.setAutoFillBackground(False)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 2, 6, 2)
        layout.setSpacing(12)
        has_code = False
        for parameter in card.parameters if card else ():
            field = field_for(parameter)
            field.edited.connect(lambda value, name=parameter.name: self.edited.emit(step.uid, name, value))
            if parameter.kind is not Kind.CODE:
                pass_undo_keys(field.editor)
            self.fields[parameter.name] = field
            layout.addWidget(field, 1 if parameter.kind is Kind.CODE else 0)
            has_code = has_code or parameter.kind is Kind.CODE
        if card is not None:
            layout.addLayout(self._limit(step))
        for name in foreign:
            note = _ForeignKey(name, removable=card is not None)
            note.dropped.connect(lambda name=name: self.dropped.emit(step.uid, name))
            self._notes[name] = note
            layout.addWidget(note)
        if not has_code:
            layout.addStretch(1)
        self.setWidget(body)
        self.set_theme(self._theme)
        self.updateGeometry()

    def _limit(self, step: StepDraft) -> QHBoxLayout:
        """Return the row of the limit, which any step can have: its field, or a button that adds it."""
        row = QHBoxLayout()
        row.setContentsMargins(0 if LIMIT.name in step.values else 3, 0, 0, 0)  # as fields have it
        has_limit = LIMIT.name in step.values
        button = PushButton("No limit" if has_limit else "Limit how many at once")
        button.setToolTip(wrapped_tip(LIMIT.help))
        self.limit_button = button
        if has_limit:
            field = field_for(LIMIT)
            field.edited.connect(lambda value: self.edited.emit(step.uid, LIMIT.name, value))
            pass_undo_keys(field.editor)
            self.fields[LIMIT.name] = field
            row.addWidget(field, 1)
            button.clicked.connect(lambda: self.dropped.emit(step.uid, LIMIT.name))
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        else:
            button.clicked.connect(lambda: self.edited.emit(step.uid, LIMIT.name, LIMIT.default))
            row.addWidget(button)
            row.addStretch(1)
        return row


class _ForeignKey(QWidget):
    """A key that the step's card does not have: shown unchanged, and removed only by a person."""

    dropped = Signal()

    def __init__(self, name: str, *, removable: bool) -> None:
        super().__init__()
        self._name = name
        self._value = PlainLabel()
        self._value.setWordWrap(True)
        self._value.setTextFormat(Qt.TextFormat.PlainText)
        self._value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._problem = PlainLabel()
        self._problem.setWordWrap(True)
        self._remove = PushButton("Remove")
        self._remove.setAccessibleName(f"Remove {name}")
        self._remove.setVisible(removable)
        self._remove.clicked.connect(self.dropped)
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(self._value)
        texts.addWidget(self._problem)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3, 0, 3, 0)
        layout.addLayout(texts, 1)
        layout.addWidget(self._remove, 0, Qt.AlignmentFlag.AlignTop)

    def show_value(self, value: object, problem: str) -> None:
        """Show the key with its value as in the file, and its error."""
        self._value.setText(f"{self._name} = {shown(value)}")
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        palette = self._problem.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.danger)
        self._problem.setPalette(palette)
