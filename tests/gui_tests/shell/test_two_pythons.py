"""One experiment on two Pythons, one after the other, and both timelines under one playhead."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.wire.interpreter import Interpreter
from gui.compare.page import ComparePage
from gui.history.page import HistoryPage
from gui.history.two_pythons import Python, TwoPythons, pythons
from gui.workbench import Workbench
from tests.gui_tests.tables import rows_text
from tests.window import messages, open_window, wait_for_end, wait_for_engine

LIMIT_MS = 40_000
QUICK: dict[str, Any] = {
    "format": 1,
    "title": "Waiting",
    "workload": {"tasks": 12, "seed": 1, "steps": [{"kind": "sleep", "duration_ms": 2.0}]},
    "model": {"kind": "threads", "workers": 2},
}


def found(version: str, source: str = "pyenv", **more: Any) -> Interpreter:
    """Return an interpreter as the conductor finds it."""
    name = ".".join(version.split(".")[:2]) + ("t" if more.get("free_threaded") else "")
    path = f"/opt/{source}/{version}/bin/python{name}"
    return Interpreter(path, name=name, version=version, implementation="CPython", source=source, **more)


FOUND = [
    found("3.13.5", free_threaded=True),
    found("3.13.2"),
    found("3.13.0"),
    found("3.9.1", problem="is older than 3.10"),
    found("3.11.7", source="app"),
]


def test_what_can_be_used_can_be_picked_and_a_free_threaded_one_with_its_gil() -> None:
    assert [(each.title, each.interpreter, each.gil, each.has_gil) for each in pythons(FOUND)] == [
        ("Python 3.11.7", None, None, True),
        ("Python 3.13.5 without GIL", "3.13t", False, False),
        ("Python 3.13.5 with its GIL on", "3.13t", True, True),
        ("Python 3.13.2", "3.13", None, True),
        ("Python 3.13.0 (/opt/pyenv/3.13.0/bin/python3.13)", "/opt/pyenv/3.13.0/bin/python3.13", None, True),
    ]


def test_a_python_replaces_the_models_own() -> None:
    model = {"kind": "threads", "workers": 2, "interpreter": "3.12", "gil": True}
    assert Python("", None).model_part(model) == {"kind": "threads", "workers": 2}
    with_gil = Python("", "3.13t", False).model_part(model)
    assert with_gil == {"kind": "threads", "workers": 2, "interpreter": "3.13t", "gil": False}


def test_first_come_the_chosen_one_and_one_that_differs_by_its_gil(qtbot: QtBot) -> None:
    bar = TwoPythons()
    qtbot.addWidget(bar)
    bar.offer(FOUND[1:], {"interpreter": "3.13"})
    bar.offer(FOUND, {"interpreter": "3.13"})  # more were found
    assert [choice.currentText() for choice in bar.choices] == ["Python 3.13.2", "Python 3.13.5 without GIL"]
    assert bar.start.isEnabled()
    bar.choices[1].setCurrentText("Python 3.13.2")
    assert not bar.start.isEnabled()
    assert bar.words.text() == "Choose two different ones."
    qtbot.keyClick(bar.choices[1], Qt.Key.Key_Home)  # by hand
    bar.offer([*FOUND, found("3.12.1")], {})
    assert [choice.currentText() for choice in bar.choices] == ["Python 3.13.2", "Python 3.11.7"], "they stay picked"
    bar.offer(FOUND[-1:], {})
    assert "Only one Python was found" in bar.words.text()
    assert not bar.start.isEnabled()


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """Give an open window whose engine is ready, with a history of its own, and the choice of two Pythons open."""
    monkeypatch.setenv("GILSCOPE_DATA", str(tmp_path / "data"))
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        opened.document.show(QUICK, None)
        compare = opened.window.findChild(ComparePage)
        assert isinstance(compare, ComparePage)
        compare.two_button.click()
        yield opened


def history_page(workbench: Workbench) -> HistoryPage:
    page = workbench.window.findChild(HistoryPage)
    assert isinstance(page, HistoryPage)
    return page


def another_python() -> Python:
    """Return another Python of this machine that the conductor can run under: free-threaded, if there is one."""
    places = [Path.home() / ".cache/free-threaded-python-3.13/bin/python3.13t"]
    names = [f"python3.{minor}" for minor in (13, 12, 10, 11)]
    places += [Path(path) for path in map(shutil.which, names) if path]
    for place in places:
        if place.exists() and os.path.realpath(place) != os.path.realpath(sys.executable) and _answers(place):
            return Python("the other", str(place))
    pytest.skip("there is one Python only")


def _answers(place: Path) -> bool:
    code = "import json, sys; print(json.dumps(list(sys.version_info[:2])))"
    done = subprocess.run([place, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode == 0 and json.loads(done.stdout) >= [3, 10]


@pytest.mark.timeout(180)
def test_the_experiment_runs_on_both_and_they_come_side_by_side(workbench: Workbench, qtbot: QtBot) -> None:
    page, other = history_page(workbench), another_python()
    assert workbench.window.pages.currentWidget() is page
    page.two_pythons.hide()
    workbench.actions["two-pythons"].trigger()
    assert page.two_pythons.isVisible()
    page.two_pythons.wanted.emit(Python("this one", None), other)
    assert page.two_pythons.words.text() == "Running on this one, 1 of 2…"
    assert not page.two_pythons.start.isEnabled()
    qtbot.waitUntil(lambda: page.pair.runs is not None and page.pair.timelines.linked, timeout=2 * LIMIT_MS)
    assert not page.two_pythons.isVisible()
    one, two = page.pair.runs or ()
    assert [each.kept.result["tasks"]["done"] for each in (one, two)] == [12, 12]
    assert two.kept.experiment["model"]["interpreter"] == other.interpreter
    rows = {row[0]: row[1:] for row in rows_text(page.pair.differing)}
    assert rows["Python"][0] == sys.version.split()[0]
    assert not {"Tasks", "Seed"} & set(rows)


def test_a_python_that_is_not_there_ends_it_with_its_reason(workbench: Workbench, qtbot: QtBot) -> None:
    bar = history_page(workbench).two_pythons
    bar.wanted.emit(Python("none", "3.99"), Python("this one", None))
    qtbot.waitUntil(lambda: any("3.99" in each for each in messages(workbench)), timeout=LIMIT_MS)
    assert not workbench.session.running
    assert not bar.words.text().startswith("Running")


def test_a_run_stopped_by_hand_ends_it(workbench: Workbench, qtbot: QtBot) -> None:
    page = history_page(workbench)
    workbench.document.show({**QUICK, "workload": {**QUICK["workload"], "tasks": 100_000}}, None)
    page.two_pythons.wanted.emit(Python("this one", None), Python("the same", None))
    qtbot.waitUntil(lambda: workbench.session.stage == "measuring", timeout=LIMIT_MS)
    workbench.runs.stop()
    wait_for_end(workbench, qtbot)
    assert not page.two_pythons.words.text().startswith("Running")
    assert page.pair.runs is None


def test_what_has_no_end_or_is_not_allowed_does_not_begin(workbench: Workbench) -> None:
    bar = history_page(workbench).two_pythons
    workload = {"until_stopped": True, "seed": 1, "steps": QUICK["workload"]["steps"]}
    workbench.document.show({**QUICK, "workload": workload}, None)
    bar.wanted.emit(Python("this one", None), Python("the other", "3.13"))
    assert any("need an end" in each for each in messages(workbench))
    steps = [{"kind": "python", "source": "def task(item):\n    pass\n"}]
    workbench.document.show({**QUICK, "workload": {**QUICK["workload"], "steps": steps}}, None)
    workbench.trust.own = False
    bar.wanted.emit(Python("this one", None), Python("the other", "3.13"))
    assert any("Python code" in each for each in messages(workbench))
    assert not workbench.session.running
