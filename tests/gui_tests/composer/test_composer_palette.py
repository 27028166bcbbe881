"""The palette of steps, grouped, explained and found by typing; and the empty state that leads to it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.composer import Composer
from gui.composer.step_palette import StepPalette
from tests.gui_tests.composer_parts import kinds, real_catalogue, shown_composer, steps_of


@pytest.fixture
def composer(qtbot: QtBot) -> Composer:
    return shown_composer(qtbot)


def opened(composer: Composer, qtbot: QtBot) -> StepPalette:
    QTest.mouseClick(composer.parts.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(composer.palette_of_steps.isVisible)
    return composer.palette_of_steps


def test_steps_are_listed_by_group_and_the_first_is_chosen(composer: Composer, qtbot: QtBot) -> None:
    palette = opened(composer, qtbot)
    texts = [palette.list.item(row).text() for row in range(palette.list.count())]
    assert texts == [
        "Compute", "Count primes", "Hash", "Wait", "Sleep", "Disk", "Write a file", "Your own", "Your own function",
    ]  # fmt: skip
    assert palette.list.currentItem().text() == "Count primes"
    assert "keeps the GIL" in palette.list.currentItem().data(Qt.ItemDataRole.AccessibleTextRole)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sle", ["sleep"]),
        ("releases the gil", ["sha256"]),
        ("wait", ["sleep", "file-write"]),
        ("nothing like it", []),
    ],
)
def test_typing_finds_by_name_summary_group_and_badge(
    composer: Composer, qtbot: QtBot, typed: str, offered: list[str]
) -> None:
    palette = opened(composer, qtbot)
    QTest.keyClicks(palette.search, typed)
    assert palette.offered() == offered


def test_a_steps_kind_finds_it_before_what_others_say_of_themselves(composer: Composer, qtbot: QtBot) -> None:
    palette = opened(composer, qtbot)
    QTest.keyClicks(palette.search, "python")
    assert "count-primes" in palette.offered(), "pure Python, it says"
    assert palette.list.currentItem().text() == "Your own function"


def test_the_keyboard_chooses_and_the_new_step_stands_behind_the_chosen_one(composer: Composer, qtbot: QtBot) -> None:
    composer.go_to("workload.steps[1].duration_ms")
    palette = opened(composer, qtbot)
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert kinds(composer) == ["count-primes", "sleep", "file-write", "sha256"]
    assert steps_of(composer)[2] == {"kind": "file-write", "fsync": True, "name": "data"}
    assert composer.parts.steps.currentIndex().row() == 2
    assert "fsync" in composer.parts.editor.form.fields


def test_what_has_the_words_in_its_title_is_chosen_first(composer: Composer, qtbot: QtBot) -> None:
    palette = opened(composer, qtbot)
    QTest.keyClicks(palette.search, "in")  # "Counts primes in pure Python", and others, stand before it
    assert palette.offered()[0] == "count-primes"
    palette.search.clear()
    QTest.keyClicks(palette.search, "fi")
    QTest.keyClicks(palette.search, "le")
    assert palette.list.currentItem().text() == "Write a file"


def test_a_click_chooses(composer: Composer, qtbot: QtBot) -> None:
    palette = opened(composer, qtbot)
    item = next(
        palette.list.item(row) for row in range(palette.list.count()) if palette.list.item(row).text() == "Hash"
    )
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=palette.list.visualItemRect(item).center())
    assert kinds(composer) == ["count-primes", "sha256", "sleep", "sha256"]


def test_escape_closes_and_adds_nothing(composer: Composer, qtbot: QtBot) -> None:
    palette = opened(composer, qtbot)
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert not composer.dirty


def test_the_arrows_step_over_headings(composer: Composer, qtbot: QtBot) -> None:
    palette = opened(composer, qtbot)
    seen = [palette.list.currentItem().text()]
    for _ in range(8):
        QTest.keyClick(palette.search, Qt.Key.Key_Down)
        seen.append(palette.list.currentItem().text())
    assert list(dict.fromkeys(seen)) == ["Count primes", "Hash", "Sleep", "Write a file", "Your own function"]
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.list.currentItem().text() == "Write a file"


def test_without_steps_the_composer_says_what_to_do(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [])
    assert composer.parts.empty.isVisible()
    assert not composer.parts.steps.isVisible()
    assert [each.path for each in composer.problems] == ["workload.steps"]
    QTest.mouseClick(composer.parts.empty.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(composer.palette_of_steps.isVisible)
    QTest.keyClick(composer.palette_of_steps.search, Qt.Key.Key_Return)
    assert kinds(composer) == ["count-primes"]
    assert composer.parts.steps.isVisible()
    assert composer.problems == ()


def test_every_kind_there_is_can_be_added(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, [])
    composer.set_catalogue(real_catalogue())
    for kind in real_catalogue().steps:
        composer.add_step(kind)
        assert composer.parts.editor.form.fields
    assert sorted(kinds(composer)) == sorted(real_catalogue().steps)
    assert composer.problems == ()
    composer.open_step_palette()
    assert sorted(composer.palette_of_steps.offered()) == sorted(real_catalogue().steps)
    composer.palette_of_steps.hide()


def test_before_the_catalogue_has_come_the_palette_says_so(qtbot: QtBot) -> None:
    composer = Composer()
    qtbot.addWidget(composer)
    composer.show()
    composer.open_step_palette()
    assert composer.palette_of_steps.list.item(0).text() == "The steps are being loaded"
    composer.palette_of_steps.hide()
    with pytest.raises(KeyError):
        composer.add_step("sleep")
