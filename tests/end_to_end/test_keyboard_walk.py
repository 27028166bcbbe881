"""The whole way by keyboard alone: from the open window through a model, its workers and a run to the CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gui.workbench import Workbench
from tests.window import RUN_MS, open_window, wait_for_end, wait_for_engine

CONTROL = Qt.KeyboardModifier.ControlModifier
MOST_TABS = 60


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Give an open window in front, whose engine is ready."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        opened.window.activateWindow()
        qtbot.waitUntil(opened.window.isActiveWindow)
        yield opened


def has_keyboard() -> QWidget:
    """Return the widget that a key goes to: a popup's, else that of the window in front."""
    found = QApplication.focusWidget()
    assert found is not None, "no key goes anywhere"
    return found


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the keyboard is."""
    QTest.keyClick(has_keyboard(), key, modifiers)


def write(text: str) -> None:
    """Type a text where the keyboard is."""
    QTest.keyClicks(has_keyboard(), text)


def walk_to(name: str) -> None:
    """Press Tab until the keyboard is in the field of a name."""
    for _ in range(MOST_TABS):
        if has_keyboard().accessibleName() == name:
            return
        press(Qt.Key.Key_Tab)
    raise AssertionError(f"{MOST_TABS} Tabs do not lead to {name}")


def type_name(path: Path, tries: int = 200) -> None:
    """Type a path into the dialog that asks for one once it is there, and Return until it is gone."""
    dialog = QApplication.activeModalWidget()
    field = dialog.focusWidget() if dialog is not None else None
    if isinstance(field, QLineEdit):
        if field.text() != str(path):
            QTest.keyClick(field, Qt.Key.Key_A, CONTROL)
            QTest.keyClicks(field, str(path))
        QTest.keyClick(field, Qt.Key.Key_Return)
    if tries and (dialog is not None or tries > 100):
        QTimer.singleShot(50, lambda: type_name(path, tries - 1))
    elif isinstance(dialog, QDialog):
        dialog.reject()


def test_from_the_start_to_exported_csv_by_keyboard_alone(workbench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    walk_to("Model")
    before = workbench.document.experiment()["model"]["kind"]
    press(Qt.Key.Key_Down)
    model = workbench.document.experiment()["model"]["kind"]
    assert model != before
    walk_to("Workers")
    press(Qt.Key.Key_A, CONTROL)
    write("3")
    press(Qt.Key.Key_Return)
    assert workbench.document.experiment()["model"]["workers"] == 3
    press(Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: workbench.session.running)
    qtbot.waitUntil(workbench.run_bar.stop_button.hasFocus)
    wait_for_end(workbench, qtbot)
    qtbot.waitUntil(lambda: has_keyboard().accessibleName() == "Workers")  # for the next number to try
    data = workbench.session.data
    assert data is not None
    assert data.status == "finished"
    for title in ("Timeline", "Latency"):
        press(Qt.Key.Key_PageDown, CONTROL)
        assert workbench.window.pages.tabText(workbench.window.pages.currentIndex()) == title
    into = tmp_path / "exported"
    QTimer.singleShot(0, lambda: type_name(into))
    press(Qt.Key.Key_E, CONTROL)
    qtbot.waitUntil((into / "runs.csv").is_file, timeout=RUN_MS)
    with (into / "runs.csv").open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert row["run_id"] == data.run_id
    assert (row["model"], row["workers"]) == (model, "3")
