"""Model, workers, interpreter and amount are undone and made again, in turn with the composer's edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from gui.workbench import Workbench
from tests.window import RUN_MS, open_window, wait_for_end, wait_for_engine


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window whose engine is ready."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        yield opened


def choose(combo: QComboBox, data: object) -> None:
    """Choose an entry as a person does."""
    place = combo.findData(data)
    assert place >= 0
    combo.setCurrentIndex(place)
    combo.activated.emit(place)


def type_workers(workbench: Workbench, text: str) -> None:
    workers = workbench.run_bar.model.workers
    workers.setFocus(Qt.FocusReason.TabFocusReason)
    workers.selectAll()
    QTest.keyClicks(workers, text)


CHANGES: dict[str, Callable[[Workbench], object]] = {
    "model": lambda on: choose(on.run_bar.model.kind, "process-pool"),
    "workers": lambda on: type_workers(on, "12"),
    "amount": lambda on: on.run_bar.amount.seconds.setValue(7.5),
    "unit": lambda on: choose(on.run_bar.amount.unit, "tasks"),
    "arrival": lambda on: choose(on.run_bar.amount.arrival, "open"),
    "step": lambda on: on.composer.add_step("sleep"),
}


def test_each_change_is_undone_and_made_again_in_turn(workbench: Workbench) -> None:
    stack, document = workbench.composer.undo_stack, workbench.document
    seen = [document.experiment()]
    for change in CHANGES.values():
        change(workbench)
        seen.append(document.experiment())
    assert stack.count() == len(CHANGES)
    after = list(seen)
    while workbench.actions["undo"].isEnabled():
        assert document.experiment() == seen.pop()
        workbench.actions["undo"].trigger()
    assert document.experiment() == seen.pop()
    assert not document.dirty
    for made in after[1:]:
        workbench.actions["redo"].trigger()
        assert document.experiment() == made
    assert not workbench.actions["redo"].isEnabled()


def test_the_undo_key_works_from_the_field_of_workers(workbench: Workbench) -> None:
    workers = workbench.run_bar.model.workers
    before = workers.value()
    type_workers(workbench, "12")
    assert workers.value() == 12
    QTest.keyClick(workers, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert workers.value() == before
    assert workers.hasFocus()


def test_another_experiment_begins_another_history(workbench: Workbench) -> None:
    type_workers(workbench, "3")
    workbench.document.show(workbench.document.experiment(), None)
    assert not workbench.composer.undo_stack.canUndo()
    assert not workbench.document.dirty


def test_the_workers_of_before_come_back_after_groups_were_made_and_undone(workbench: Workbench) -> None:
    type_workers(workbench, "12")
    workbench.composer.add_group()
    assert "workers" not in workbench.document.experiment()["model"]
    assert workbench.composer.undo_stack.count() == 2
    workbench.actions["undo"].trigger()
    assert workbench.document.experiment()["model"]["workers"] == 12


def test_what_a_run_runs_with_stands_still_until_it_has_ended(workbench: Workbench, qtbot: QtBot) -> None:
    choose(workbench.run_bar.amount.unit, "until_stopped")
    type_workers(workbench, "2")
    workbench.actions["run"].trigger()
    qtbot.waitUntil(lambda: workbench.session.stage == "measuring", timeout=RUN_MS)
    assert not workbench.actions["undo"].isEnabled()
    workbench.actions["stop"].trigger()
    wait_for_end(workbench, qtbot)
    assert workbench.actions["undo"].isEnabled()
