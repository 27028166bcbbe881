"""The window without an engine: files, unsaved changes, looks, errors, keyboard."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.log_file import NAME, LogFile
from engine.resources_path import resources_path
from engine.workload import experiment_file
from gui.samples import list_examples
from gui.uncaught import report_uncaught
from gui.workbench import Workbench
from tests.window import messages, open_window

EXAMPLES = sorted(resources_path("experiments").glob("*.toml"))


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window that has no engine."""
    with open_window(tmp_path) as opened:
        yield opened


def answer(monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton) -> list[str]:
    """Answer every question with `button`; return the list that fills with the questions."""
    asked: list[str] = []

    def execute(box: QMessageBox) -> int:
        asked.append(box.text())
        return int(button)

    monkeypatch.setattr(QMessageBox, "exec", execute)
    return asked


def edit(workbench: Workbench) -> None:
    """Change something in the experiment as a person would."""
    title = workbench.composer.parts.title
    title.selectAll()
    QTest.keyClicks(title, "Mine")


def test_it_opens_with_a_workload_and_one_obvious_button(workbench: Workbench) -> None:
    assert workbench.document.title.startswith("CPU-bound")
    assert workbench.run_bar.run_button.isVisible()
    assert not workbench.actions["run"].isEnabled(), "the engine is not there"
    assert workbench.run_bar.status.badge.text == "Starting the engine"
    assert not workbench.document.dirty


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda each: each.stem)
def test_every_example_opens_and_saves_to_the_same(workbench: Workbench, tmp_path: Path, path: Path) -> None:
    assert workbench.files.open_path(path)
    assert not workbench.document.dirty
    copy = tmp_path / "copy.toml"
    experiment_file.write(copy, workbench.document.experiment())
    before, after = experiment_file.read(path), experiment_file.read(copy)
    assert after["model"].items() >= before["model"].items()
    for key in ("steps", "groups", "stages"):
        assert after["workload"].get(key) == before["workload"].get(key)
    for key in ("tasks", "duration_s", "until_stopped", "arrival_per_s"):
        assert after["workload"].get(key) == before["workload"].get(key)


def test_a_malformed_file_names_the_place_and_keeps_what_is_there(workbench: Workbench, tmp_path: Path) -> None:
    edit(workbench)
    before = workbench.document.experiment()
    bad = tmp_path / "bad.toml"
    bad.write_text("format = 1\ntitle = 'x\n")
    assert not workbench.files.open_path(bad)
    assert any("bad.toml" in each and "line 3" in each for each in messages(workbench))
    assert not workbench.files.open_path(tmp_path / "missing.toml")
    assert workbench.document.experiment() == before
    assert workbench.document.dirty


def test_unsaved_changes_are_asked_about_and_cancel_keeps_the_window(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    assert workbench.files.may_close()
    assert asked == []
    workbench.files.new()
    edit(workbench)
    assert workbench.window.isWindowModified()
    assert not workbench.window.close()
    assert workbench.window.isVisible()
    assert "Mine" in asked[0]
    workbench.files.new()
    assert workbench.document.title == "Mine"
    answer(monkeypatch, QMessageBox.StandardButton.Discard)
    workbench.files.new()
    assert workbench.document.title == "Untitled"


def test_save_writes_the_file_and_remembers_it(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    edit(workbench)
    workbench.document.set_saved(path)
    workbench.run_bar.amount.set_part({"tasks": 77})
    workbench.run_bar.changed.emit()
    assert workbench.document.dirty
    workbench.actions["save"].trigger()
    assert not workbench.document.dirty
    assert experiment_file.read(path)["workload"]["tasks"] == 77
    assert workbench.settings.recent_files == [path]
    path.unlink()
    path.mkdir()
    assert not workbench.files.save()
    assert any("cannot be written" in each for each in messages(workbench))


def test_undo_and_redo_follow_the_composer(workbench: Workbench) -> None:
    assert not workbench.actions["undo"].isEnabled()
    edit(workbench)
    assert workbench.actions["undo"].isEnabled()
    workbench.actions["undo"].trigger()
    assert not workbench.document.dirty
    assert workbench.actions["redo"].isEnabled()


def test_the_theme_is_remembered_and_reaches_everything(workbench: Workbench) -> None:
    workbench.actions["theme-dark"].trigger()
    assert workbench.appearance.theme.dark
    assert workbench.settings.theme == "dark"
    assert all(view.theme.dark for view in workbench.repainter.views)
    assert QApplication.palette().window().color().lightness() < 60
    workbench.actions["theme-light"].trigger()
    assert QApplication.palette().window().color().lightness() > 200


def test_zoom_steps_and_returns(workbench: Workbench) -> None:
    size = QApplication.font().pointSizeF()
    workbench.actions["zoom-in"].trigger()
    assert QApplication.font().pointSizeF() > size
    for _ in range(20):
        workbench.actions["zoom-in"].trigger()
    assert workbench.appearance.zoom == 2.0
    workbench.actions["zoom-reset"].trigger()
    assert QApplication.font().pointSizeF() == size


def test_an_error_in_the_window_is_told_and_printed(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    report_uncaught(workbench.show_uncaught)
    try:
        raise ZeroDivisionError("in a slot")
    except ZeroDivisionError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert any("ZeroDivisionError: in a slot" in each for each in messages(workbench))
    assert "Traceback" in capsys.readouterr().err


def test_everything_that_can_be_used_has_a_name_and_takes_the_focus(workbench: Workbench) -> None:
    nameless = [
        f"{type(each).__name__} in {type(each.parentWidget()).__name__}"
        for kind in (QAbstractButton, QComboBox, QAbstractSpinBox)
        for each in workbench.run_bar.findChildren(kind)
        if not each.accessibleName()
    ]
    assert nameless == []
    for button in (workbench.run_bar.run_button, workbench.run_bar.stop_button):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_nothing_is_cut_at_the_usual_sizes(workbench: Workbench, qtbot: QtBot, size: tuple[int, int]) -> None:
    workbench.window.resize(*size)
    qtbot.waitUntil(lambda: workbench.window.width() == size[0])
    assert (workbench.window.width(), workbench.window.height()) == size
    parts: list[QWidget] = [workbench.run_bar, workbench.run_bar.model, workbench.run_bar.amount, workbench.composer]
    for part in parts:
        corner = part.mapTo(workbench.window, part.rect().bottomRight())
        assert corner.x() <= size[0]
        assert corner.y() <= size[1]
        assert part.width() >= part.minimumSizeHint().width()


def test_docks_get_their_widths_in_a_small_window(workbench: Workbench) -> None:
    window = workbench.window
    least = window.composer_dock.minimumWidth() + window.pages.minimumSizeHint().width() + 240
    assert least < 800, "no page forces a small screen's window to be wider, or its docks to be narrow"


def test_the_run_bar_asks_for_the_height_it_takes(workbench: Workbench, qtbot: QtBot) -> None:
    window, run_bar = workbench.window, workbench.run_bar
    for width in (1280, 800, 1280):
        window.resize(width, 700)
        qtbot.waitUntil(lambda: run_bar.minimumSizeHint().height() == run_bar.height())


def test_the_list_of_keys_has_those_of_the_timeline_too(workbench: Workbench) -> None:
    workbench.actions["shortcuts"].trigger()
    (dialog,) = [each for each in workbench.window.findChildren(QDialog) if each.windowTitle() == "Keyboard shortcuts"]
    listed = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"Timeline", "Next error", "E", "Follow the run, or play the replay", "Space", "F5", "Esc"} <= listed
    dialog.close()


def test_what_only_passes_by_moves_nothing_under_the_pointer(workbench: Workbench, qtbot: QtBot) -> None:
    window = workbench.window
    qtbot.waitUntil(window.pages.isVisible)
    top = window.body.geometry().top()
    passing = window.messages.show_message("info", "Saved it")
    qtbot.waitUntil(passing.isVisible)
    assert window.body.geometry().top() == top
    assert passing.mapTo(window, passing.rect().topLeft()).y() >= window.body.geometry().bottom()
    passing.close_message()
    qtbot.waitUntil(window.messages.passing.isHidden)
    problem = window.messages.show_message("error", "It cannot be read")
    qtbot.waitUntil(lambda: problem.isVisible() and window.body.geometry().top() > top)


def test_an_error_in_the_window_is_in_the_log_which_its_message_names(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GILSCOPE_STATE", str(tmp_path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(logging.getLogger(NAME), "handlers", [LogFile(tmp_path / "gilscope.log", "window")])
    report_uncaught(workbench.show_uncaught)
    try:
        raise ZeroDivisionError("in a slot")
    except ZeroDivisionError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert any(str(tmp_path / "gilscope.log") in each for each in messages(workbench))
    log = (tmp_path / "gilscope.log").read_text(encoding="utf-8")
    assert "Traceback" in log
    assert "ZeroDivisionError: in a slot" in log


def test_a_changed_example_is_left_without_a_question_and_can_be_brought_back(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    first, second = list_examples()[:2]
    assert workbench.files.open_example(first)
    workbench.run_bar.amount.set_part({"tasks": 77})
    workbench.run_bar.changed.emit()
    assert workbench.document.dirty
    assert workbench.files.open_example(second)
    assert asked == []
    assert workbench.document.title == second.title
    [message] = [each for each in workbench.window.messages.messages if first.title in each.text]
    message.buttons[0].click()
    assert workbench.document.title == first.title
    assert workbench.document.experiment()["workload"]["tasks"] == 77


def test_the_window_closes_over_an_example_unless_its_steps_were_changed(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    assert workbench.files.open_example(list_examples()[0])
    workbench.run_bar.amount.set_part({"tasks": 77})
    assert workbench.files.may_close()
    edit(workbench)
    assert not workbench.files.may_close()
    assert len(asked) == 1
