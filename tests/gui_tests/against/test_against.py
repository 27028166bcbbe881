"""A against B: both run in turn, one number with its interval, and the reference behind every run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.lessons.ratio import ratio_of
from engine.wire.protocol import LEDGER_STATES
from gui.against.bar import AgainstBar
from gui.against.variant import Variant, difference_words, parameters_of
from gui.live.live_view import Live
from gui.live.throughput_view import Throughput
from gui.timeline.timeline_view import Timeline
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


def test_a_third_is_run_beside_both(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.actions["run-against"].trigger()
    bar, commands = bar_of(workbench), workbench.pages.against
    assert commands is not None
    assert bar.third.isHidden()
    bar.workers.setValue(2)
    run_both(workbench, qtbot, 1)
    bar.third.click()
    assert any("C is what A or B is" in each for each in messages(workbench))
    bar.workers.setValue(8)
    bar.third.click()
    qtbot.waitUntil(lambda: len(commands.runs) == 3 and len(commands.runs[2]) == 1, timeout=RUN_MS)
    assert [len(runs) for runs in commands.runs] == [2, 2, 1], (
        "A and B ran once more, so that the pairs are of one round"
    )
    b, c = (float(each) for each in re.findall(r"[BC] ([\d.]+) times", bar.number.text()))
    assert 1.3 < b < c
    assert "B: 2 workers. C: 8 workers." in bar.words.text()
    assert bar.third.isHidden()
    for rounds in (2, 3):
        bar.again.click()
        qtbot.waitUntil(lambda rounds=rounds: len(commands.runs[2]) == rounds, timeout=RUN_MS)
    assert bar.words.text().count("95 % interval") == 2


def test_a_groups_numbers_can_differ(workbench: Workbench) -> None:
    catalogue = workbench.surroundings.catalogue
    assert catalogue is not None
    group = {"name": "clients", "workers": 4, "steps": WAITS}
    groups = {
        "format": 1,
        "title": "G",
        "workload": {"duration_s": 1.0, "groups": [group]},
        "model": {"kind": "threads"},
    }
    places = {place.title: place for place in parameters_of(groups, catalogue)}
    workers, duration = places["clients: Workers"], places["clients, Sleep: Duration"]
    more = Variant({}, workers, 8).of(groups)
    assert more["workload"]["groups"][0]["workers"] == 8
    assert groups["workload"]["groups"][0]["workers"] == 4  # type: ignore[index]
    longer = Variant({}, duration, 40.0).of(groups)
    assert difference_words([groups, longer], catalogue) == ["clients duration_ms 20.0", "clients duration_ms 40.0"]


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
    [timeline] = workbench.window.findChildren(Timeline)
    strip = timeline.pane.reference
    assert not strip.isHidden()
    timeline.refresh()
    waits = strip.columns(600)[:, LEDGER_STATES.index("io_wait")]
    assert waits.max() > 0.5, "its workers slept"
    processes = live.panels["processes"]
    processes.refresh()
    assert "reference: 1 process" in processes.header.unit  # type: ignore[attr-defined]
    workbench.actions["drop-reference"].trigger()
    assert strip.isHidden()
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
