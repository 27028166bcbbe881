"""A against B: both run in turn, one number with its interval, and the reference behind every run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.lessons.ratio import ratio_of
from gui.against.bar import AgainstBar
from gui.live.live_view import Live
from gui.live.throughput_view import Throughput
from gui.workbench import Workbench
from tests.conducting import experiment
from tests.window import RUN_MS, messages, open_window, wait_for_end, wait_for_engine

WAITS = [{"kind": "sleep", "duration_ms": 20.0}]


@pytest.fixture
def workbench(tmp_path: Path, qtbot: QtBot) -> Iterator[Workbench]:
    with open_window(tmp_path, engine=True) as made:
        wait_for_engine(made, qtbot)
        made.document.show(experiment(WAITS, workers=1, tasks=20), None)
        yield made


def bar_of(workbench: Workbench) -> AgainstBar:
    assert workbench.pages.against is not None
    return workbench.pages.against.bar


def run_both(workbench: Workbench, qtbot: QtBot, pairs: int) -> None:
    bar = bar_of(workbench)
    (bar.again if pairs > 1 else bar.start).click()
    commands = workbench.pages.against
    assert commands is not None
    qtbot.waitUntil(lambda: len(commands.runs[1]) == pairs, timeout=RUN_MS)


def test_four_workers_against_one_and_the_interval_narrows(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.actions["run-against"].trigger()
    bar = bar_of(workbench)
    assert bar.isVisible()
    assert bar.number.isHidden()
    bar.workers.setValue(4)
    for pairs in (1, 2, 3):
        run_both(workbench, qtbot, pairs)
    number = float(bar.number.text().removesuffix(" times"))
    assert 2.0 < number < 6.0
    assert bar.words.text().startswith("as many tasks a second with B (4 workers) as with A (1 worker). 95 % interval")
    assert "3 pairs" in bar.words.text()
    [live] = workbench.window.findChildren(Live)
    panel = live.panels["throughput"]
    assert isinstance(panel, Throughput)
    panel.refresh()
    assert len(panel._ghost.getData()[0]) > 0, "A stands behind B"
    bar.pair.click()
    assert workbench.pages.history is not None
    pair = workbench.pages.history.page.pair
    qtbot.waitUntil(lambda: pair.runs is not None, timeout=RUN_MS)


def test_a_parameter_of_a_step_can_differ(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.actions["run-against"].trigger()
    bar = bar_of(workbench)
    bar.parameter.setCurrentIndex(1)
    assert bar.parameter.currentText() == "Sleep: Duration"
    assert bar.value.value() == 40.0
    run_both(workbench, qtbot, 1)
    assert float(bar.number.text().removesuffix(" times")) < 0.8
    assert "duration_ms 40" in bar.words.text()


def test_b_must_differ(workbench: Workbench) -> None:
    workbench.actions["run-against"].trigger()
    bar_of(workbench).start.click()
    assert any("B is what A is" in each for each in messages(workbench))
    assert not workbench.session.running


def test_any_run_can_be_the_reference_until_it_is_let_go(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.runs.run()
    wait_for_end(workbench, qtbot)
    kept = workbench.session.data
    workbench.actions["keep-reference"].trigger()
    workbench.runs.run()
    wait_for_end(workbench, qtbot)
    [live] = workbench.window.findChildren(Live)
    panel = live.panels["throughput"]
    assert isinstance(panel, Throughput)
    assert panel.reference is kept
    panel.refresh()
    assert len(panel._ghost.getData()[0]) > 0
    names = [row.name for row in live.panels["ledger"].bars.rows]  # type: ignore[attr-defined]
    assert names[0] == "Reference"
    workbench.actions["drop-reference"].trigger()
    panel.refresh()
    assert panel.reference is None
    assert len(panel._ghost.getData()[0]) == 0


def test_the_interval_is_of_pairs() -> None:
    once = ratio_of([2.0], [6.0])
    assert once is not None
    assert (round(once.value, 6), once.low) == (3.0, None)
    three = ratio_of([1.0, 10.0, 100.0], [2.0, 20.0, 200.0])  # whatever slowed a pair, its ratio stays
    assert three is not None
    assert three.low == pytest.approx(2.0)
    assert three.high == pytest.approx(2.0)
    assert ratio_of([None], [1.0]) is None
    assert ratio_of([0.0], [1.0]) is None
