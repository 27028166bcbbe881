"""Forms are made from declarations alone: a field of each kind, its unit, range and help, and what is typed wrong."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from engine.workload.parameter import Kind, Parameter
from gui.code_editor.code_editor import CodeEditor
from gui.composer import Composer
from gui.forms.fields import Field, field_for
from gui.forms.number_field import NumberField
from tests.gui_tests.composer_parts import shown_composer, steps_of


def field_of(composer: Composer, name: str) -> Field:
    return composer.parts.editor.form.fields[name]


def number_of(composer: Composer, name: str) -> NumberField:
    editor = field_of(composer, name).editor
    assert isinstance(editor, NumberField)
    return editor


def type_over(widget: NumberField | QLineEdit, text: str) -> None:
    """Type as a person does who tabs into a field: what was there is replaced."""
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    widget.selectAll()
    QTest.keyClicks(widget, text)


@pytest.mark.parametrize(
    ("kind", "widget"),
    [
        (Kind.INTEGER, NumberField),
        (Kind.NUMBER, NumberField),
        (Kind.BOOLEAN, QCheckBox),
        (Kind.CHOICE, QComboBox),
        (Kind.TEXT, QLineEdit),
        (Kind.CODE, CodeEditor),
    ],
)
def test_each_kind_has_a_field_with_a_name_for_readers(qtbot: QtBot, kind: Kind, widget: type) -> None:
    default = {Kind.BOOLEAN: True, Kind.INTEGER: 1, Kind.NUMBER: 1.0}.get(kind, "a")
    field = field_for(Parameter("x", "Amount", kind, default, "What it does.", choices=("a", "b")))
    qtbot.addWidget(field)
    assert isinstance(field.editor, widget)
    assert field.editor.accessibleName() == "Amount"
    assert "What it does" in field.editor.accessibleDescription()
    assert "What it does." in field.toolTip()


def test_a_number_shows_its_unit_and_its_range(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [{"kind": "sleep"}])
    field = field_of(composer, "duration_ms")
    assert field.hint.text() == "0 to 60,000"
    assert field.editor.accessibleName() == "Duration, ms"
    labels = [each.text() for each in field.editor.findChildren(QLabel) if each.isVisible()]
    assert labels == ["ms"]
    assert "Default: 20.0 ms" in field.toolTip()


def test_what_is_typed_is_the_step(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    with qtbot.waitSignal(composer.changed):
        type_over(number_of(composer, "below"), "5000")
    assert steps_of(composer)[0] == {"kind": "count-primes", "below": 5000}
    assert composer.parts.steps.rows[0].summary == "below 5,000"


@pytest.mark.parametrize(
    ("typed", "kept", "message"),
    [
        ("1", 1, "must be at least 2, got 1"),
        ("99999999999", 99999999999, "must be at most 1e+07, got 99999999999"),
        ("2.5", 2.5, "must be a whole number, got 2.5"),
        ("some", "some", 'must be a whole number, got "some"'),
        ("", "", 'must be a whole number, got ""'),
    ],
)
def test_a_wrong_number_is_told_at_the_field_and_kept(qtbot: QtBot, typed: str, kept: object, message: str) -> None:
    composer = shown_composer(qtbot)
    number = number_of(composer, "below")
    number.setFocus(Qt.FocusReason.TabFocusReason)
    number.selectAll()
    with qtbot.waitSignal(composer.problem) as told:
        QTest.keyClicks(number, typed) if typed else QTest.keyClick(number, Qt.Key.Key_Delete)
    composer.parts.title.setFocus()
    field = field_of(composer, "below")
    assert number.lineEdit().text().replace(",", "") == typed
    assert (field.message.isVisible(), field.message.text()) == (True, message)
    assert message in number.accessibleDescription()
    assert message in composer.parts.steps.rows[0].problem
    assert steps_of(composer)[0]["below"] == kept
    assert told.args is not None
    assert told.args[0] == "workload.steps[0].below"


def test_a_problem_that_is_mended_goes_away(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [{"kind": "count-primes", "below": -5}])
    assert [each.path for each in composer.problems] == ["workload.steps[0].below"]
    with qtbot.waitSignal(composer.problem, check_params_cb=lambda path, text: (path, text) == ("", "")):
        type_over(number_of(composer, "below"), "50")
    assert composer.problems == ()
    assert not field_of(composer, "below").message.isVisible()


def test_a_number_is_grouped_for_reading_and_plain_while_it_is_edited(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [{"kind": "count-primes", "below": 200_000}])
    line = number_of(composer, "below").lineEdit()
    composer.parts.title.setFocus()
    assert line.text() == "200,000"
    number_of(composer, "below").setFocus(Qt.FocusReason.TabFocusReason)
    assert line.text() == "200000"
    assert line.selectedText() == "200000"


@pytest.mark.parametrize(
    ("start", "key", "expected"),
    [
        (2000, Qt.Key.Key_Up, 2100),
        (1000, Qt.Key.Key_Down, 990),
        (50, Qt.Key.Key_Up, 51),
        (2, Qt.Key.Key_Down, 2),
        (50, Qt.Key.Key_PageUp, 60),
        (10_000_000, Qt.Key.Key_Up, 10_000_000),
        (-5, Qt.Key.Key_Up, 2),
        ("many", Qt.Key.Key_Up, 2100),
    ],
)
def test_the_arrows_step_by_what_suits_the_number(qtbot: QtBot, start: object, key: Qt.Key, expected: int) -> None:
    composer = shown_composer(qtbot, [{"kind": "count-primes", "below": start}])
    number = number_of(composer, "below")
    number.setFocus()
    QTest.keyClick(number, key)
    assert steps_of(composer)[0]["below"] == expected


def test_fractions_step_without_rounding_dirt(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [{"kind": "sleep", "duration_ms": 0.2}])
    number = number_of(composer, "duration_ms")
    number.setFocus()
    QTest.keyClick(number, Qt.Key.Key_Up)
    assert steps_of(composer)[0]["duration_ms"] == 0.21


def test_a_seed_may_have_63_bits(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    QTest.mouseClick(composer.parts.more.button, Qt.MouseButton.LeftButton)
    editor = composer.parts.seed.editor
    assert isinstance(editor, NumberField)
    assert editor.isVisible()
    type_over(editor, str(2**63 - 1))
    assert composer.experiment()["workload"]["seed"] == 2**63 - 1
    type_over(editor, str(2**63))
    assert [each.path for each in composer.problems] == ["workload.seed"]
    assert composer.parts.seed.message.isVisible()


def test_a_box_a_choice_and_a_line_are_edited(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [{"kind": "file-write"}, {"kind": "sleep"}])
    box, line = field_of(composer, "fsync").editor, field_of(composer, "name").editor
    assert isinstance(line, QLineEdit)
    assert isinstance(box, QCheckBox)
    assert box.isChecked()
    QTest.keyClick(box, Qt.Key.Key_Space)
    type_over(line, "b")
    assert steps_of(composer)[0] == {"kind": "file-write", "fsync": False, "name": "b"}
    composer.go_to("workload.steps[1].distribution")
    combo = field_of(composer, "distribution").editor
    assert combo.hasFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert steps_of(composer)[1]["distribution"] == "uniform"


def test_a_choice_that_there_is_not_is_shown_for_what_it_is(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [{"kind": "sleep", "distribution": "weird"}])
    field = field_of(composer, "distribution")
    assert isinstance(field.editor, QComboBox)
    assert field.editor.currentText() == "weird"
    assert field.message.text() == 'must be one of constant, uniform, got "weird"'
    QTest.keyClick(field.editor, Qt.Key.Key_Home)
    assert steps_of(composer)[0]["distribution"] == "constant"
    assert [field.editor.itemText(index) for index in range(field.editor.count())] == ["constant", "uniform"]


@pytest.mark.parametrize("name", ["duration_ms", "distribution"])
def test_the_wheel_passes_over_a_field_that_is_not_being_edited(qtbot: QtBot, name: str) -> None:
    composer = shown_composer(qtbot, [{"kind": "sleep"}])
    composer.parts.title.setFocus()
    before = composer.experiment()
    editor = field_of(composer, name).editor
    middle = QPointF(editor.rect().center())
    event = QWheelEvent(
        middle, editor.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(editor, event)
    assert composer.experiment() == before


def test_every_field_is_reached_by_tab(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [{"kind": "sleep"}])
    reached: list[QWidget] = []
    composer.parts.title.setFocus()
    wanted = {composer.parts.examples, composer.parts.add, composer.parts.steps, composer.parts.more.button}
    wanted |= {field_of(composer, name).editor for name in ("duration_ms", "distribution")}
    for _ in range(20):
        QTest.keyClick(composer.window().focusWidget(), Qt.Key.Key_Tab)
        reached.append(composer.window().focusWidget())
    assert wanted <= set(reached)


@pytest.mark.parametrize("kind", [Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.CHOICE, Kind.TEXT])
def test_a_compact_field_is_the_same_editor_alone(qtbot: QtBot, kind: Kind) -> None:
    default = {Kind.BOOLEAN: True, Kind.INTEGER: 1, Kind.NUMBER: 1.0}.get(kind, "a")
    parameter = Parameter("x", "Amount", kind, default, "What it does.", choices=("a", "b"))
    whole, compact = field_for(parameter), field_for(parameter, compact=True)
    for field in (whole, compact):
        qtbot.addWidget(field)
        field.show()
    assert type(compact.editor) is type(whole.editor)
    assert compact.value == default
    assert not compact.title.isVisible()
    assert compact.editor.accessibleName() == "Amount"
    assert compact.sizeHint().height() < whole.sizeHint().height() or kind is Kind.BOOLEAN
    compact.set_problem("must be something else")
    assert "must be something else" in compact.toolTip()
    assert not compact.message.isVisible()
