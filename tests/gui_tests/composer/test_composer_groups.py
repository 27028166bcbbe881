"""Groups are made, named, reordered, duplicated and removed, by mouse and by keyboard, and every change is undone."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.composer import Composer
from gui.composer.draft import Draft
from tests.gui_tests.composer_parts import CATALOGUE, shown_composer

LEFT = Qt.MouseButton.LeftButton
ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
GROUPS: list[dict[str, Any]] = [
    {"name": "busy", "workers": 1, "steps": [{"kind": "count-primes", "below": 2000}]},
    {
        "name": "clients",
        "workers": 4,
        "tasks": 30,
        "steps": [{"kind": "sleep", "duration_ms": 2.0, "distribution": "constant"}, {"kind": "sha256", "size_kib": 1}],
    },
]
GROUPED: dict[str, Any] = {"format": 1, "title": "Two kinds", "workload": {"seed": 7, "groups": GROUPS}}


def grouped_composer(qtbot: QtBot) -> Composer:
    composer = shown_composer(qtbot)
    composer.set_experiment(copy.deepcopy(GROUPED))
    return composer


def groups_of(composer: Composer) -> list[dict[str, Any]]:
    return list(composer.experiment()["workload"]["groups"])


def tab_texts(composer: Composer) -> list[str]:
    tabs = composer.parts.groups.tabs
    return [tabs.tabText(place) for place in range(tabs.count())]


def shown_steps(composer: Composer) -> list[str]:
    return [row.title for row in composer.parts.steps.rows]


def test_a_file_with_groups_is_shown_and_given_back_as_it_is(qtbot: QtBot) -> None:
    composer = grouped_composer(qtbot)
    assert composer.experiment() == GROUPED
    assert composer.problems == ()
    assert tab_texts(composer) == ["busy × 1", "clients × 4"]
    assert shown_steps(composer) == ["Count primes"]
    composer.parts.groups.tabs.setCurrentIndex(1)
    assert shown_steps(composer) == ["Sleep", "Hash"]
    assert composer.parts.groups.tasks.value() == 30
    assert not composer.dirty
    assert not composer.parts.add_group.isVisible()


def test_a_workload_without_groups_has_no_bar(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    assert not composer.parts.groups.isVisible()
    assert composer.parts.add_group.isVisible()


def test_the_first_group_takes_in_the_steps_that_stood_alone(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot)
    composer.set_workers(3)
    before = composer.experiment()
    QTest.mouseClick(composer.parts.add_group, LEFT)
    first, second = groups_of(composer)
    assert (first["name"], first["workers"], first["steps"]) == ("group 1", 3, before["workload"]["steps"])
    assert (second["name"], second["workers"]) == ("group 2", 1)
    assert [step["kind"] for step in second["steps"]] == ["sleep"]
    assert composer.parts.groups.tabs.currentIndex() == 1
    composer.undo_stack.undo()
    assert composer.experiment() == before


def test_steps_are_added_moved_and_removed_in_their_group(qtbot: QtBot) -> None:
    composer = grouped_composer(qtbot)
    composer.parts.groups.tabs.setCurrentIndex(1)
    composer.add_step("count-primes")
    assert [step["kind"] for step in groups_of(composer)[1]["steps"]] == ["sleep", "count-primes", "sha256"]
    QTest.keyClick(composer.parts.steps, Qt.Key.Key_Up, ALT)
    assert [step["kind"] for step in groups_of(composer)[1]["steps"]] == ["count-primes", "sleep", "sha256"]
    QTest.keyClick(composer.parts.steps, Qt.Key.Key_Up, ALT)  # it is the first of its group already
    QTest.keyClick(composer.parts.steps, Qt.Key.Key_Delete)
    assert [step["kind"] for step in groups_of(composer)[1]["steps"]] == ["sleep", "sha256"]
    assert groups_of(composer)[0] == GROUPS[0]


@pytest.mark.parametrize(
    ("key", "modifier", "expected"),
    [
        (Qt.Key.Key_Right, ALT, ["clients × 4", "busy × 1"]),
        (Qt.Key.Key_D, CTRL, ["busy × 1", "busy 2 × 1", "clients × 4"]),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, ["clients × 4"]),
    ],
)
def test_keys_change_the_groups_and_undo_brings_them_back(
    qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier, expected: list[str]
) -> None:
    composer = grouped_composer(qtbot)
    QTest.keyClick(composer.parts.groups.tabs, key, modifier)
    assert tab_texts(composer) == expected
    names = [text.partition(" ×")[0] for text in expected]
    assert [group["name"] for group in groups_of(composer)] == names
    for group in groups_of(composer):
        known = next(each for each in GROUPS if group["name"].startswith(each["name"]))
        assert group["steps"] == known["steps"]
    composer.undo_stack.undo()
    assert composer.experiment() == GROUPED
    assert tab_texts(composer) == ["busy × 1", "clients × 4"]


def test_the_tabs_have_the_keys_after_a_click(qtbot: QtBot) -> None:
    """A click that is sent to a widget gives it no focus: so this asks for the tabs' policy."""
    composer = grouped_composer(qtbot)
    assert composer.parts.groups.tabs.focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_a_drag_past_several_groups_is_undone_at_once(qtbot: QtBot) -> None:
    composer = grouped_composer(qtbot)
    composer.duplicate_group(1)
    before = composer.experiment()
    tabs = composer.parts.groups.tabs
    at, last = tabs.tabRect(0).center(), tabs.tabRect(2)
    QTest.mousePress(tabs, LEFT, pos=at)
    while at.x() < last.right():
        at.setX(at.x() + 8)
        QTest.mouseMove(tabs, at)
    QTest.mouseRelease(tabs, LEFT, pos=at)
    assert tab_texts(composer) == ["clients × 4", "clients 2 × 4", "busy × 1"]
    moved = composer.experiment()
    QTest.keyClick(tabs, Qt.Key.Key_Left, ALT)
    composer.undo_stack.undo()
    assert composer.experiment() == moved, "what a key moved is a change of its own"
    composer.undo_stack.undo()
    assert composer.experiment() == before


def test_without_the_last_group_its_steps_stand_alone(qtbot: QtBot) -> None:
    composer = grouped_composer(qtbot)
    composer.remove_group(1)
    composer.remove_group(0)
    assert composer.experiment()["workload"] == {"seed": 7, "steps": GROUPS[0]["steps"]}
    assert not composer.parts.groups.isVisible()


def test_the_form_edits_the_group_in_front(qtbot: QtBot) -> None:
    composer = grouped_composer(qtbot)
    bar = composer.parts.groups
    bar.name.selectAll()
    QTest.keyClicks(bar.name, "spinner")
    bar.workers.setValue(2)
    bar.tasks.setValue(50)
    bar.arrivals.setValue(20.0)
    first = groups_of(composer)[0]
    assert {key: first[key] for key in ("name", "workers", "tasks", "arrival_per_s")} == {
        "name": "spinner",
        "workers": 2,
        "tasks": 50,
        "arrival_per_s": 20.0,
    }
    bar.tasks.setValue(0)
    bar.arrivals.setValue(0.0)
    assert groups_of(composer)[0].keys() == {"name", "workers", "steps"}


@pytest.mark.parametrize(
    ("name", "path"),
    [("", "workload.groups[0].name"), ("clients", "workload.groups[1].name")],
)
def test_a_wrong_name_is_said_where_it_is_edited(qtbot: QtBot, name: str, path: str) -> None:
    composer = grouped_composer(qtbot)
    composer.parts.groups.edited.emit(0, "name", name)
    assert composer.problems[0].path == path
    assert composer.go_to(path)
    assert composer.parts.groups.problem.isVisible()


def test_a_group_without_steps_says_so(qtbot: QtBot) -> None:
    composer = grouped_composer(qtbot)
    QTest.keyClick(composer.parts.steps, Qt.Key.Key_Delete)
    assert [each.path for each in composer.problems] == ["workload.groups[0].steps"]
    assert "at least one step" in composer.parts.groups.problem.text()
    composer.add_step("sleep")
    assert composer.problems == ()
    assert [step["kind"] for step in groups_of(composer)[0]["steps"]] == ["sleep"]


def test_drafts_of_groups_are_values() -> None:
    draft = Draft.from_dict(GROUPED)
    assert draft.to_dict() == GROUPED
    assert Draft.from_dict(draft.to_dict()) == draft
    assert draft.paths() == [
        "workload.groups[0].steps[0]",
        "workload.groups[1].steps[0]",
        "workload.groups[1].steps[1]",
    ]
    assert draft.with_group_moved(0, 1).with_group_moved(1, 0) == draft
    assert draft.with_group_moved(0, 1) != draft
    assert CATALOGUE.steps
