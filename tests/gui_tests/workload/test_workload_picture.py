"""The picture of a workload says who works and who hands tasks to whom, in boxes and in words, and can be operated."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.composer import Composer
from gui.widgets.theme import DARK, LIGHT, Theme
from gui.workload.layout import places_of
from gui.workload.parts import picture_of, tip_of, words_of
from gui.workload.picture_widget import PictureWidget
from tests.gui_tests.composer_parts import CATALOGUE, STEPS, experiment, shown_composer

STAGES: list[dict[str, Any]] = [
    {"name": "fetch", "workers": 8, "queue": 20, "steps": [STEPS[1]]},
    {"name": "parse", "workers": 2, "queue": 3, "steps": [STEPS[0], STEPS[2]]},
    {"name": "store", "workers": 1, "steps": [STEPS[2]]},
]
GROUPS: list[dict[str, Any]] = [
    {"name": "clients", "workers": 4, "arrival_per_s": 50.0, "steps": [STEPS[1]]},
    {"name": "spinner", "workers": 1, "steps": [STEPS[0]]},
]


def with_parts(key: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {**experiment(), "workload": {"seed": 7, key: parts}}


def composer_of(qtbot: QtBot, data: dict[str, Any]) -> Composer:
    composer = shown_composer(qtbot)
    composer.set_experiment(data)
    composer.set_run_part({"tasks": 10}, {"kind": "threads", "workers": 3})
    QApplication.processEvents()
    return composer


def click(picture: PictureWidget, part: int, step: int = -1) -> None:
    place = picture.places.parts[part]
    spot = place.steps[step] if step >= 0 else place.head[0]
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPoint(round(spot.center().x()), round(spot.center().y())))


def test_a_pipeline_is_said_in_words_with_its_queues() -> None:
    assert words_of(picture_of(with_parts("stages", STAGES), CATALOGUE)) == (
        "A pipeline of 3 stages: fetch, 8 threads, next task when free: Sleep; then, through a queue of at most 20, "
        "parse, 2 threads: Count primes, then Hash; then, through a queue of at most 3, store, 1 thread: Hash."
    )


def test_groups_are_said_side_by_side_each_with_its_arrivals() -> None:
    assert words_of(picture_of(with_parts("groups", GROUPS), CATALOGUE)) == (
        "2 groups side by side: clients, 4 threads, 50 tasks/s: Sleep; spinner, 1 thread, next task when free: "
        "Count primes."
    )


def test_one_list_of_steps_is_one_part() -> None:
    picture = picture_of(experiment(), CATALOGUE)
    assert words_of(picture) == "2 threads, next task when free: Count primes, then Sleep, then Hash."
    assert "Sleep: duration 20 ms, constant" in tip_of(picture.parts[0])


def test_wrong_values_are_shown_as_they_are() -> None:
    wrong = [{"name": "x", "workers": "many", "arrival_per_s": "fast", "steps": [{"kind": "slep", "n": 1}]}]
    assert words_of(picture_of(with_parts("groups", wrong), CATALOGUE)) == "x, many threads, fast: slep."
    assert words_of(picture_of({}, None)) == "The workload has no steps yet."


@pytest.mark.parametrize("width", [200, 320, 900])
@pytest.mark.parametrize("strip", [False, True])
def test_boxes_lie_within_the_picture_and_never_on_each_other(qtbot: QtBot, width: int, strip: bool) -> None:
    many = [{**STAGES[0], "name": f"stage {number}"} for number in range(7)]
    for parts in (many, STAGES[:2]):
        places = places_of(picture_of(with_parts("stages", parts), CATALOGUE), width, QApplication.font(), strip=strip)
        boxes = [each.box for each in places.parts]
        assert all(box.left() >= 0 and box.right() <= width and box.bottom() <= places.height for box in boxes)
        assert not any(one.intersects(other) for one in boxes for other in boxes if one is not other)


def test_a_click_chooses_the_group_and_the_step(qtbot: QtBot) -> None:
    composer = composer_of(qtbot, with_parts("stages", STAGES))
    composer.resize(400, 900)
    QApplication.processEvents()
    picture = composer.parts.picture
    click(picture, 2)
    assert composer.parts.groups.tabs.currentIndex() == 2
    click(picture, 1, 1)
    assert composer.parts.groups.tabs.currentIndex() == 1
    assert composer.parts.editor.header.title.text().endswith("Hash")


def test_the_keyboard_walks_it(qtbot: QtBot) -> None:
    composer = composer_of(qtbot, with_parts("stages", STAGES))
    picture = composer.parts.picture
    picture.setFocus()
    QTest.keyClick(picture, Qt.Key.Key_Right)
    assert composer.parts.groups.tabs.currentIndex() == 1
    QTest.keyClick(picture, Qt.Key.Key_Down)
    assert composer.parts.editor.header.title.text().endswith("Hash")
    QTest.keyClick(picture, Qt.Key.Key_Left)
    assert composer.parts.groups.tabs.currentIndex() == 0
    assert picture.hasFocus()


def test_it_follows_every_edit_and_the_run_bar(qtbot: QtBot) -> None:
    composer = composer_of(qtbot, experiment())
    picture = composer.parts.picture
    assert picture.accessibleName().startswith("3 threads")
    composer.set_run_part({"tasks": 10, "arrival_per_s": 25.0}, {"kind": "threads", "workers": 5})
    assert picture.accessibleName().startswith("5 threads, 25 tasks/s")
    composer.add_group()
    assert picture.accessibleName().startswith("2 groups side by side")
    composer.undo_stack.undo()
    assert picture.accessibleName().startswith("5 threads")


def test_a_low_composer_has_it_in_one_line(qtbot: QtBot) -> None:
    composer = composer_of(qtbot, with_parts("stages", STAGES))
    heights = []
    for height in (900, 560):
        composer.resize(400, height)
        QApplication.processEvents()
        heights.append(composer.parts.picture.height())
    assert heights[1] < heights[0] / 2


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_it_is_drawn_in_the_themes_colours(qtbot: QtBot, theme: Theme) -> None:
    widget = PictureWidget()
    qtbot.addWidget(widget)
    widget.set_theme(theme)
    widget.show_picture(picture_of(with_parts("stages", STAGES), CATALOGUE))
    widget.resize(400, widget.heightForWidth(400))
    drawn: QImage = widget.grab().toImage()
    colours = {drawn.pixelColor(x, y).name() for x in range(drawn.width()) for y in range(drawn.height())}
    assert {theme.series[place].lower() for place in range(3)} <= colours
