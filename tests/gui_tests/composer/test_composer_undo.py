"""Every change can be undone and made again, one by one, and what is typed in a row counts as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gui.code_editor.code_editor import CodeEditor
from gui.composer import Composer
from gui.forms.number_field import NumberField
from tests.gui_tests.composer_parts import SOURCE, experiment, shown_composer, steps_of


def number_of(composer: Composer, name: str) -> NumberField:
    editor = composer.parts.editor.form.fields[name].editor
    assert isinstance(editor, NumberField)
    return editor


def uid_at(composer: Composer, place: int) -> int:
    return composer.parts.steps.rows[place].uid


def type_below(composer: Composer) -> None:
    number = number_of(composer, "below")
    number.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClicks(number, "123")


def type_title(composer: Composer) -> None:
    composer.parts.title.setFocus()
    QTest.keyClicks(composer.parts.title, "!")


CHANGES: dict[str, Callable[[Composer], object]] = {
    "add": lambda composer: composer.add_step("file-write"),
    "remove": lambda composer: composer.remove_step(uid_at(composer, 1)),
    "move": lambda composer: composer.move_step(uid_at(composer, 0), 2),
    "duplicate": lambda composer: composer.duplicate_step(uid_at(composer, 0)),
    "edit": type_below,
    "title": type_title,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_undone_and_made_again(qtbot: QtBot, change: Callable[[Composer], object]) -> None:
    composer = shown_composer(qtbot)
    before = composer.experiment()
    change(composer)
    after = composer.experiment()
    assert after != before
    assert composer.dirty
    assert composer.undo_stack.count() == 1
    with qtbot.waitSignal(composer.changed):
        composer.undo_stack.undo()
    assert composer.experiment() == before
    assert not composer.dirty
    composer.undo_stack.redo()
    assert composer.experiment() == after


def test_all_changes_are_undone_in_turn(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    seen = [composer.experiment()]
    for change in CHANGES.values():
        composer.parts.steps.setCurrentIndex(composer.parts.steps.model().index(0, 0))
        change(composer) if "below" in composer.parts.editor.form.fields else composer.add_step("sleep")
        seen.append(composer.experiment())
    while composer.undo_stack.canUndo():
        assert composer.experiment() == seen.pop()
        composer.undo_stack.undo()
    assert composer.experiment() == seen.pop()


def test_what_is_typed_in_a_row_is_one_change_and_the_focus_begins_another(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    type_below(composer)
    assert composer.undo_stack.count() == 1
    composer.parts.title.setFocus()
    type_below(composer)
    assert composer.undo_stack.count() == 1  # it says what it said
    number = number_of(composer, "below")
    QTest.keyClick(number, Qt.Key.Key_Up)
    assert composer.undo_stack.count() == 2
    composer.undo_stack.undo()
    assert steps_of(composer)[0]["below"] == 123


def test_typing_something_and_taking_it_back_leaves_nothing(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    title = composer.parts.title
    title.setFocus()
    QTest.keyClick(title, Qt.Key.Key_End)
    QTest.keyClicks(title, "x")
    QTest.keyClick(title, Qt.Key.Key_Backspace)
    assert not composer.dirty
    assert composer.undo_stack.count() == 0


def test_each_line_of_source_is_a_change_of_its_own(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [{"kind": "python", "source": SOURCE}])
    editor = composer.parts.editor.form.fields["source"].editor
    assert isinstance(editor, CodeEditor)
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "a = 1")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.keyClicks(editor, "b = 2")
    composer.undo_stack.undo()
    assert steps_of(composer)[0]["source"] == SOURCE + "a = 1"
    assert editor.source() == SOURCE + "a = 1"
    composer.undo_stack.undo()
    assert editor.source() == SOURCE


def test_undo_shows_the_step_that_it_changes(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    type_below(composer)
    composer.go_to("workload.steps[2].size_kib")
    composer.undo_stack.undo()
    assert composer.parts.steps.currentIndex().row() == 0
    assert number_of(composer, "below").value() == 2000


@pytest.mark.parametrize("part", ["title", "number"])
def test_the_windows_undo_key_works_from_a_field(qtbot: QtBot, part: str) -> None:
    composer = shown_composer(qtbot)
    action = QAction("Undo", composer)
    action.setShortcut(QKeySequence("Ctrl+Z"))
    action.triggered.connect(composer.undo_stack.undo)
    composer.addAction(action)
    composer.add_step("count-primes")
    widget: QLineEdit | NumberField = composer.parts.title if part == "title" else number_of(composer, "below")
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    widget.selectAll()
    QTest.keyClicks(widget, "9")
    QTest.keyClick(widget, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(widget, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert composer.experiment()["workload"] == {"seed": 7, "steps": experiment()["workload"]["steps"]}
    assert composer.experiment()["title"] == "A try"


def test_another_experiment_begins_another_history(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    type_title(composer)
    other: dict[str, Any] = {**experiment([{"kind": "sleep"}]), "title": "Other"}
    composer.set_experiment(other)
    assert not composer.undo_stack.canUndo()
    assert not composer.dirty
    assert composer.parts.title.text() == "Other"
