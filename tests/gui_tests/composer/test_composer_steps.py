"""Steps are added, reordered by mouse and keyboard, duplicated and removed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.composer import Composer
from gui.forms.number_field import NumberField
from tests.gui_tests.composer_parts import STEPS, kinds, real_catalogue, shown_composer, steps_of

LEFT = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier


def middle_of(composer: Composer, place: int) -> QPoint:
    steps = composer.parts.steps
    return steps.visualRect(steps.model().index(place, 0)).center()


def drag(composer: Composer, source: int, target: int, *, release: bool = True) -> None:
    """Press on a card, move the mouse in small steps, and let go over another."""
    viewport = composer.parts.steps.viewport()
    start, end = middle_of(composer, source), middle_of(composer, target)
    QTest.mousePress(viewport, LEFT, Qt.KeyboardModifier.NoModifier, start)
    distance = end.y() - start.y()
    for part in range(1, 11):
        QTest.mouseMove(viewport, QPoint(start.x(), start.y() + distance * part // 10))
        QApplication.processEvents()
    if release:
        QTest.mouseRelease(viewport, LEFT, Qt.KeyboardModifier.NoModifier, end)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (0, 2, ["sleep", "sha256", "count-primes"]),
        (2, 0, ["sha256", "count-primes", "sleep"]),
        (0, 1, ["sleep", "count-primes", "sha256"]),
        (1, 1, ["count-primes", "sleep", "sha256"]),
    ],
)
def test_a_card_is_dragged_to_its_place(qtbot: QtBot, source: int, target: int, expected: list[str]) -> None:
    composer = shown_composer(qtbot)
    dragged = composer.parts.steps.rows[source]
    drag(composer, source, target)
    assert kinds(composer) == expected
    assert composer.parts.steps.rows[target] == dragged
    assert composer.parts.steps.currentIndex().row() == target
    assert composer.undo_stack.count() == (source != target)


def test_while_a_card_is_in_the_air_the_others_make_room_and_nothing_is_changed(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    drag(composer, 0, 2, release=False)
    assert [row.title for row in composer.parts.steps.rows] == ["Sleep", "Hash", "Count primes"]
    assert kinds(composer) == ["count-primes", "sleep", "sha256"]
    QTest.mouseRelease(composer.parts.steps.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, middle_of(composer, 2))
    assert kinds(composer) == ["sleep", "sha256", "count-primes"]


def test_escape_puts_a_card_back(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    drag(composer, 0, 2, release=False)
    QTest.keyClick(composer.parts.steps, Qt.Key.Key_Escape)
    QTest.mouseRelease(composer.parts.steps.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, middle_of(composer, 2))
    assert kinds(composer) == ["count-primes", "sleep", "sha256"]
    assert [row.title for row in composer.parts.steps.rows] == ["Count primes", "Sleep", "Hash"]
    assert not composer.dirty


def test_a_press_without_a_move_only_chooses(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    QTest.mouseClick(composer.parts.steps.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, middle_of(composer, 1))
    assert not composer.dirty
    assert list(composer.parts.editor.form.fields) == ["duration_ms", "distribution"]


def test_a_long_list_scrolls_under_a_card_that_is_held_at_its_edge(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, STEPS * 5)
    steps = composer.parts.steps
    bar = steps.verticalScrollBar()
    assert bar.maximum() > 0
    start = middle_of(composer, 0)
    QTest.mousePress(steps.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(steps.viewport(), QPoint(start.x(), start.y() + 30))
    bottom = QPoint(start.x(), steps.viewport().height() - 3)
    QTest.mouseMove(steps.viewport(), bottom)
    qtbot.waitUntil(lambda: bar.value() == bar.maximum())
    qtbot.waitUntil(lambda: steps.rows[-1].title == "Count primes")
    QTest.mouseRelease(steps.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, bottom)
    assert kinds(composer)[0] == "sleep"
    assert kinds(composer)[-1] == "count-primes"


def test_alt_and_the_arrows_move_a_step(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    steps = composer.parts.steps
    steps.setFocus()
    QTest.keyClick(steps, Qt.Key.Key_Down, ALT)
    assert kinds(composer) == ["sleep", "count-primes", "sha256"]
    QTest.keyClick(steps, Qt.Key.Key_Down, ALT)
    QTest.keyClick(steps, Qt.Key.Key_Down, ALT)
    assert kinds(composer) == ["sleep", "sha256", "count-primes"]
    QTest.keyClick(steps, Qt.Key.Key_Up, ALT)
    assert kinds(composer) == ["sleep", "count-primes", "sha256"]
    assert steps.hasFocus()
    assert steps.currentIndex().row() == 1


def test_delete_removes_and_the_next_step_is_chosen(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    steps = composer.parts.steps
    steps.setFocus()
    QTest.keyClick(steps, Qt.Key.Key_Down)
    QTest.keyClick(steps, Qt.Key.Key_Delete)
    assert kinds(composer) == ["count-primes", "sha256"]
    assert steps.currentIndex().row() == 1
    QTest.keyClick(steps, Qt.Key.Key_Delete)
    QTest.keyClick(steps, Qt.Key.Key_Backspace)
    assert kinds(composer) == []
    assert composer.parts.empty.isVisible()


def test_a_step_is_duplicated_with_its_values(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [{"kind": "count-primes", "below": 77}])
    composer.parts.steps.setFocus()
    QTest.keyClick(composer.parts.steps, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert steps_of(composer) == [{"kind": "count-primes", "below": 77}] * 2
    assert composer.parts.steps.currentIndex().row() == 1


def test_the_buttons_of_the_chosen_step_do_the_same(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    buttons = composer.parts.editor.header.buttons
    assert not buttons["arrow-up"].isEnabled()
    for name, expected in (
        ("arrow-down", ["sleep", "count-primes", "sha256"]),
        ("arrow-up", ["count-primes", "sleep", "sha256"]),
        ("copy", ["count-primes", "count-primes", "sleep", "sha256"]),
        ("trash", ["count-primes", "sleep", "sha256"]),
    ):
        QTest.mouseClick(buttons[name], LEFT)
        assert kinds(composer) == expected


def test_the_menu_of_a_step_offers_what_is_possible(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    menu = composer.parts.steps.step_menu()
    assert menu is not None
    offered = {each.text().partition("\t")[0]: each for each in menu.actions() if not each.isSeparator()}
    assert [text for text, each in offered.items() if not each.isEnabled()] == ["Move up"]
    offered["Remove"].trigger()
    assert kinds(composer) == ["sleep", "sha256"]


def test_enter_goes_to_the_form(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    composer.parts.steps.setFocus()
    QTest.keyClick(composer.parts.steps, Qt.Key.Key_Return)
    editor = composer.parts.editor.form.fields["below"].editor
    assert isinstance(editor, NumberField)
    assert editor.hasFocus()


def test_cards_are_told_to_readers(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    model = composer.parts.steps.model()
    text = model.data(model.index(1, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert text == "Step 2: Sleep, duration 20 ms, constant, waits on time"


def test_any_step_can_have_a_limit_and_lose_it_again(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    composer.parts.steps.setCurrentIndex(composer.parts.steps.model().index(1, 0))
    form = composer.parts.editor.form
    form.limit_button.click()
    assert steps_of(composer)[1]["limit"] == 1
    field = form.fields["limit"]
    assert isinstance(field.editor, NumberField)
    field.editor.edited.emit(0)
    assert "must be at least 1" in field.message.text()
    field.editor.edited.emit(8)
    assert steps_of(composer)[1]["limit"] == 8
    assert "at most at once 8" in composer.parts.steps.rows[1].summary
    form.limit_button.click()
    assert "limit" not in steps_of(composer)[1]
    composer.undo_stack.undo()
    assert steps_of(composer)[1]["limit"] == 8


def test_an_older_key_is_shown_as_what_it_stands_for(qtbot: QtBot) -> None:
    composer = Composer()
    qtbot.addWidget(composer)
    composer.set_catalogue(real_catalogue())
    steps = [{"kind": "payload", "size_kib": 64}]
    composer.set_experiment({"format": 1, "title": "Old", "workload": {"steps": steps}, "model": {"kind": "threads"}})
    form = composer.parts.editor.form
    assert [form.fields[name].value for name in ("to_kib", "back_kib")] == [64, 64]
    assert not composer.problems
    form.fields["back_kib"].edited.emit(0)
    assert steps_of(composer) == [{"kind": "payload", "size_kib": 64, "back_kib": 0}]
    assert composer.parts.steps.rows[0].summary == "to the worker 64 KiB, and back 0 KiB"
