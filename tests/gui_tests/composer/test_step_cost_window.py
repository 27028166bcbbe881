"""A step of one's own code is measured alone at a click, after the question that any code needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.wire.host_answers import ErrorFacts
from engine.wire.query_answers import CostAlone
from gui.composer.step_cost_row import STALE
from gui.composer.step_costs import cost_words
from gui.samples import own_code_experiment
from gui.workbench import Workbench
from tests.window import RUN_MS, messages, open_window, wait_for_engine

SLEEPS = "import time\n\n\ndef task(number):\n    time.sleep(0.01)\n    return bytes(2000)\n"


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window whose engine is ready, with one step of the person's own code."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        opened.files.open_new(own_code_experiment())
        yield opened


def measured(workbench: Workbench, qtbot: QtBot) -> str:
    """Press the button; return what stands beside it in the end."""
    row = workbench.composer.parts.editor.cost
    QTest.mouseClick(row.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: row.button.isEnabled() and bool(row.words.text()), timeout=RUN_MS)
    return row.words.text()


def put(workbench: Workbench, source: str) -> None:
    """Put another source into the step, as typing does."""
    form = workbench.composer.parts.editor.form
    form.edited.emit(workbench.composer.parts.steps.rows[0].uid, "source", source)


def test_it_says_time_computing_and_result_and_is_stale_once_the_code_changes(
    workbench: Workbench, qtbot: QtBot
) -> None:
    assert workbench.composer.parts.editor.cost.isVisible()
    put(workbench, SLEEPS)
    words = measured(workbench, qtbot)
    assert "computing" in words
    assert "2.0 kB result" in words
    assert float(words.split(" ms")[0]) >= 10
    put(workbench, SLEEPS + "\n# another line\n")
    shown = workbench.composer.parts.editor.cost.words
    assert shown.text() == f"{words} ({STALE})"
    workbench.actions["undo"].trigger()
    assert shown.text() == words


def test_bad_code_says_its_line(workbench: Workbench, qtbot: QtBot) -> None:
    put(workbench, "def task(number):\n    return 1 / 0\n")
    assert measured(workbench, qtbot) == "line 2: ZeroDivisionError: division by zero"
    put(workbench, "def task(number:\n")
    assert "line 1" in measured(workbench, qtbot)


def test_code_that_came_with_a_file_is_asked_about_first(workbench: Workbench, qtbot: QtBot) -> None:
    experiment = own_code_experiment()
    workbench.files.open_experiment(experiment)
    row = workbench.composer.parts.editor.cost
    QTest.mouseClick(row.button, Qt.MouseButton.LeftButton)
    assert workbench.question.asks
    assert any("Python code" in each for each in messages(workbench))
    assert row.words.text() == ""
    workbench.actions["trust"].trigger()
    qtbot.waitUntil(lambda: "computing" in row.words.text(), timeout=RUN_MS)


def test_other_steps_have_no_such_button(workbench: Workbench) -> None:
    workbench.composer.add_step("sleep")
    assert not workbench.composer.parts.editor.cost.isVisible()


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (CostAlone(700, 0.0013, 0.98, 2000), "1.3 ms, 98 % computing, 2.0 kB result"),
        (CostAlone(7, 0.5, 1.0149, 5), "500 ms, 100 % computing, 5 B result"),
        (CostAlone(7, 0.5, 1.8, 5), "500 ms, computing on 1.8 cores, 5 B result"),
        (CostAlone(7, 0.5, 0.5, None, "why"), "500 ms, 50 % computing, a result that cannot be pickled"),
        (CostAlone(reason="gone"), "gone"),
        (
            CostAlone(reason="E: x", error=ErrorFacts("E", "x", 'File "<workload.steps[0]>", line 3, in task')),
            "line 3: E: x",
        ),
    ],
)
def test_a_cost_in_words(cost: CostAlone, words: str) -> None:
    assert cost_words(cost)[0] == words
