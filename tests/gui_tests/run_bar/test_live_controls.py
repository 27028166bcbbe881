"""What is changed while a run is on reaches it and is marked; a free-threaded build's GIL is chosen in the run bar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionComboBox
from pytestqt.qtbot import QtBot

from engine.wire.interpreter import Interpreter
from gui.run_bar.live_controls import LiveControls
from gui.workbench import Workbench
from tests.window import RUN_MS, open_window, wait_for_end, wait_for_engine


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window whose engine is ready."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        yield opened


def experiment(**workload: Any) -> dict[str, Any]:
    """Return an experiment that goes on until it is stopped."""
    steps = [{"kind": "sleep", "duration_ms": 1.0}]
    return {
        "format": 1,
        "title": "Live",
        "workload": {"until_stopped": True, "seed": 1, **workload, "steps": steps},
        "model": {"kind": "threads", "workers": 2},
    }


def _marks(workbench: Workbench) -> list[str]:
    data = workbench.session.data
    return [] if data is None else [mark.text for mark in data.marks]


def test_both_sliders_change_the_run_that_is_on_and_leave_marks(workbench: Workbench, qtbot: QtBot) -> None:
    live = workbench.run_bar.live
    assert live.isHidden()
    workbench.document.show(experiment(arrival_per_s=50.0), None)
    workbench.actions["run"].trigger()
    qtbot.waitUntil(lambda: live.isVisible() and workbench.session.stage == "measuring", timeout=RUN_MS)
    assert live.rate.value() == 50.0
    for slider in (live.rate, live.switch):
        slider.slider.setFocus()
        QTest.keyClick(slider.slider, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: len(_marks(workbench)) >= 2, timeout=RUN_MS)
    assert any(f"{live.rate.value():g}" in text for text in _marks(workbench))
    assert any("switch interval" in text for text in _marks(workbench))
    workbench.actions["stop"].trigger()
    wait_for_end(workbench, qtbot)
    assert live.isHidden()


def test_a_closed_loop_has_no_rate_to_change(workbench: Workbench, qtbot: QtBot) -> None:
    live = workbench.run_bar.live
    workbench.document.show(experiment(), None)
    workbench.actions["run"].trigger()
    qtbot.waitUntil(live.isVisible, timeout=RUN_MS)
    assert live.rate.isHidden()
    assert not live.switch.isHidden()
    workbench.actions["stop"].trigger()
    wait_for_end(workbench, qtbot)


def test_the_keyboard_goes_from_run_to_stop_and_back(workbench: Workbench, qtbot: QtBot) -> None:
    bar = workbench.run_bar
    workbench.document.show(experiment(arrival_per_s=50.0), None)
    bar.run_button.setFocus()
    QTest.keyClick(bar.run_button, Qt.Key.Key_Space)
    qtbot.waitUntil(bar.stop_button.hasFocus, timeout=RUN_MS)
    qtbot.waitUntil(lambda: workbench.session.stage == "measuring", timeout=RUN_MS)
    QTest.keyClick(bar.stop_button, Qt.Key.Key_Space)
    wait_for_end(workbench, qtbot)
    qtbot.waitUntil(bar.run_button.hasFocus, timeout=RUN_MS)


def _settle() -> None:
    for _ in range(5):  # a layout asks those around it for room, which ask those around them
        QApplication.processEvents()


def test_nothing_moves_when_the_sliders_come_and_go(workbench: Workbench) -> None:
    bar = workbench.run_bar
    _settle()
    before = bar.height()
    for run, rate in (("one", {}), ("two", {"arrival_per_s": 10.0})):
        bar.live.show_run(run, experiment(**rate), has_gil=True)
        _settle()
        assert bar.live.isVisible()
        assert bar.height() == before
        assert bar.status.line.width() > 0
    bar.live.show_run(None, {}, has_gil=False)
    _settle()
    assert bar.height() == before


def test_without_a_gil_there_is_no_switch_interval(qtbot: QtBot) -> None:
    live = LiveControls()
    qtbot.addWidget(live)
    live.show_run("one", experiment(), has_gil=False)
    assert live.isHidden()
    live.show_run("two", experiment(arrival_per_s=10.0), has_gil=False)
    assert not live.rate.isHidden()
    assert live.switch.isHidden()


def test_the_gil_is_a_choice_of_free_threaded_builds_alone(workbench: Workbench, qtbot: QtBot) -> None:
    bar = workbench.run_bar
    found = [
        Interpreter("/a/python3.12", name="3.12", version="3.12.1", implementation="CPython", source="app"),
        Interpreter(
            "/b/python3.13t",
            name="3.13t",
            version="3.13.5",
            implementation="CPython",
            source="PATH",
            free_threaded=True,
        ),
    ]
    bar.set_interpreters(found, True)
    bar.set_model_part({"kind": "threads", "workers": 2, "interpreter": "3.13t", "gil": True})
    assert not bar.gil.isHidden()
    assert bar.model_part()["gil"] is True
    picker = bar.interpreter
    whole = picker.fontMetrics().horizontalAdvance("Python 3.13.5 free-threaded")
    assert picker.currentText() == "Python 3.13.5 free-threaded"
    qtbot.waitUntil(lambda: picker.width() > whole)
    edit = QStyle.SubControl.SC_ComboBoxEditField
    option = QStyleOptionComboBox()
    picker.initStyleOption(option)
    room = picker.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, edit, picker)
    assert room.width() >= whole, "its name is seen whole"
    bar.set_model_part({"kind": "threads", "workers": 2})
    assert bar.gil.isHidden()
    assert "gil" not in bar.model_part()
