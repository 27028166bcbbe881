"""A against B: both run in turn, one number with its interval, and the reference behind every run."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from engine.lessons.ratio import ratio_of
from engine.wire.protocol import LEDGER_STATES
from gui.against.bar import AgainstBar
from gui.against.variant import Variant, parameters_of
from gui.insight.seeing_view import Seeing
from gui.latency.latency_view import Latency
from gui.live.cores_view import Cores
from gui.live.live_view import Live
from gui.live.throughput_view import Throughput
from gui.processes.process_tree_view import ProcessTreeView
from gui.processes.processes_view import ProcessesPanel
from gui.session.run_data import GrowingRun
from gui.timeline.timeline_view import Timeline
from gui.widgets.panel import Panel
from gui.widgets.run_names import ShownNames, difference_words
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
    commands = workbench.pages.against
    assert commands is not None
    for pairs in (1, 2, 3):
        run_both(workbench, qtbot, pairs)
    qtbot.waitUntil(lambda: workbench.session.data is commands.runs[0][-1], timeout=RUN_MS)
    number = float(bar.number.text().removesuffix(" times"))
    assert 2.0 < number < 6.0
    assert bar.words.text().startswith("as many tasks a second with B (4 workers) as with A (1 worker). 95 % interval")
    assert "3 pairs" in bar.words.text()
    [live] = workbench.window.findChildren(Live)
    panel = live.panels["throughput"]
    assert isinstance(panel, Throughput)
    panel.refresh()
    assert panel.data is not None
    shown = [panel.data.run_id, *(each.run_id for each in panel.behind)]
    assert shown == [runs[-1].run_id for runs in commands.runs]
    assert len(panel.behind_curves.curves[0].getData()[0]) > 0, "B stands behind A"
    bar.pair.click()
    assert workbench.pages.history is not None
    pair = workbench.pages.history.page.pair
    qtbot.waitUntil(lambda: pair.runs is not None, timeout=RUN_MS)


def test_another_python_is_called_by_its_title(workbench: Workbench, qtbot: QtBot) -> None:
    [own] = [each for each in workbench.surroundings.interpreters if each.source == "app"]
    other = replace(own, path="/somewhere/bin/python3.13t", source="path", version="3.13.5", gil_enabled=False)
    workbench.surroundings.interpreters = (own, other)
    commands = workbench.pages.against
    assert commands is not None
    first = workbench.document.experiment()
    commands._experiments = [first, {**first, "model": {**first["model"], "interpreter": other.path}}]
    title = f"Python {platform.python_version()}"
    assert commands._names() == [title, "Python 3.13.5 free-threaded"]


def test_a_parameter_of_a_step_can_differ(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.actions["run-against"].trigger()
    bar = bar_of(workbench)
    bar.parameter.setCurrentIndex(1)
    assert bar.parameter.currentText() == "Sleep: Duration"
    assert bar.value.value() == 40.0
    run_both(workbench, qtbot, 1)
    assert float(bar.number.text().removesuffix(" times")) < 0.8
    assert "duration_ms 40" in bar.words.text()


@pytest.mark.matrix  # six runs
def test_a_third_is_run_beside_both(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.actions["run-against"].trigger()
    bar, commands = bar_of(workbench), workbench.pages.against
    assert commands is not None
    assert bar.third.isHidden()
    bar.workers.setValue(2)
    run_both(workbench, qtbot, 1)
    bar.third.click()
    assert any("C is the same as A or B" in each for each in messages(workbench))
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
    qtbot.waitUntil(lambda: workbench.session.data is commands.runs[0][-1], timeout=RUN_MS)
    every_page_shows_three(workbench)
    bar.pair_of_third.click()
    assert workbench.pages.history is not None
    pair = workbench.pages.history.page.pair
    qtbot.waitUntil(lambda: pair.runs is not None, timeout=RUN_MS)
    for rounds in (2, 3):
        bar.again.click()
        qtbot.waitUntil(lambda rounds=rounds: len(commands.runs[2]) == rounds, timeout=RUN_MS)
    assert bar.words.text().count("95 % interval") == 2


def every_page_shows_three(workbench: Workbench) -> None:
    """A, of one worker, in front, and B and C, of two and eight, behind it."""
    python = f"Python {platform.python_version()}"
    named = [f"A: Threads, 1 worker, {python}", *(f"{a}: Threads, {b} workers, {python}" for a, b in ("B2", "C8"))]
    window = workbench.window
    for page in (Live, Timeline, Latency, ProcessTreeView):
        [view] = window.findChildren(page)
        window.pages.setCurrentWidget(view)
        view.refresh()
        for panel in view.panels.values() if isinstance(view, Live) else [view]:
            assert isinstance(panel, Panel)
            assert [text for _, text in panel.header.runs] == named, panel.header.title
            if isinstance(panel, (Throughput, Cores, ProcessesPanel, Latency)):
                assert all(len(curve.getData()[0]) > 0 for curve in panel.behind_curves.curves), panel.header.title
    [live], [timeline], [latency], [tree] = (
        window.findChildren(page) for page in (Live, Timeline, Latency, ProcessTreeView)
    )
    assert [row.name for row in live.panels["ledger"].bars.rows][:3] == ["B", "C", "Thread 1"]
    assert [(each.name.label, each.isHidden()) for each in timeline.pane.references] == [("B", False), ("C", False)]
    assert [text[:2] for text in latency.of_behind.text().splitlines()] == ["B:", "C:"]
    assert [tree.model.item(row).text()[:2] for row in range(tree.model.rowCount())] == ["A:", "B:", "C:"]
    assert [tree.model.item(row).child(0).text().partition(":")[0] for row in range(3)] == ["Host"] * 3
    seeing = window.findChild(Seeing)
    assert isinstance(seeing, Seeing)
    seeing.refresh()
    assert re.findall(r"\(A → [BC]\)", seeing.lead.text()) == ["(A → B)", "(A → C)"]
    assert [seeing.front_name.text(), *(each.text() for each in seeing.of_behind.names)] == named


def test_every_page_shows_both_each_by_its_name(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.actions["run-against"].trigger()
    bar, commands = bar_of(workbench), workbench.pages.against
    assert commands is not None
    bar.workers.setValue(4)
    run_both(workbench, qtbot, 1)
    qtbot.waitUntil(lambda: commands.references == (commands.runs[1][0],), timeout=RUN_MS)
    python = f"Python {platform.python_version()}"
    named = [f"A: Threads, 1 worker, {python}", f"B: Threads, 4 workers, {python}"]
    window = workbench.window
    for page in (Live, Timeline, Latency, ProcessTreeView):
        [view] = window.findChildren(page)
        window.pages.setCurrentWidget(view)
        view.refresh()
        panels = view.panels.values() if isinstance(view, Live) else [view]
        for panel in panels:
            assert isinstance(panel, Panel)
            assert [text for _, text in panel.header.runs] == named, panel.header.title
    [latency], [tree], [timeline] = (window.findChildren(each) for each in (Latency, ProcessTreeView, Timeline))
    assert len(latency.bars.behind) == 1
    assert len(latency.behind_curves.heights) > 0
    assert latency.of_behind.text().startswith("B: Median ")
    assert [tree.model.item(row).text().partition(": 1 process")[0] for row in range(2)] == named
    assert [tree.model.item(row).child(0).text().partition(":")[0] for row in range(2)] == ["Host", "Host"]
    assert len(tree.text("\t").splitlines()) == len(tree._rows) + 1
    assert [(strip.name.label, strip.isHidden()) for strip in timeline.pane.references] == [("B", False), ("", True)]
    [live] = window.findChildren(Live)
    ledger = live.panels["ledger"].bars  # type: ignore[attr-defined]
    ledger.resize(300, 120)
    ledger.grab()
    tips = {ledger.tip_at(QPoint(x, y)).partition(": the mean of its workers")[0] for x in (30, 40) for y in (8, 26)}
    assert tips == set(named), "a bar of each, to one scale, however low the card"
    seeing = window.findChild(Seeing)
    assert isinstance(seeing, Seeing)
    seeing.refresh()
    assert re.search(r"→ .* tasks/s, [\d.]+ times \(A → B\)\.", seeing.lead.text())
    assert [seeing.front_name.text(), seeing.of_behind.names[0].text()] == named
    assert "4 threads" in seeing.of_behind.said[0].text()
    workbench.actions["drop-reference"].trigger()
    assert tree.model.item(0).text().startswith("Host")
    assert tree.model.rowCount() == 1
    assert seeing.of_behind.isHidden()
    assert latency.header.runs == ()


def test_what_differs_in_a_step_is_part_of_the_names() -> None:
    made = [GrowingRun(f"r{each}", experiment(WAITS, workers=1, tasks=each)) for each in (20, 20, 40)]
    made[1].experiment["workload"]["steps"] = [{"kind": "sleep", "duration_ms": 40.0}]
    made[0].letter, made[1].letter = "A", "B"
    names = ShownNames.of(made[0], [made[1]])
    assert [names.front.whole, *(each.whole for each in names.behind)] == [
        "A: threads, 1 worker, duration_ms 20.0",
        "B: threads, 1 worker, duration_ms 40.0",
    ]


def test_three_runs_have_three_names() -> None:
    made = [GrowingRun(f"r{each}", experiment(WAITS, workers=each, tasks=20)) for each in (1, 2, 8)]
    plain = ShownNames.of(made[0], made[1:])
    assert [plain.front.label, *(each.label for each in plain.behind)] == ["This run", "Reference 1", "Reference 2"]
    for each, letter in zip(made, "ABC", strict=True):
        each.letter = letter
    names = ShownNames.of(made[0], made[1:])
    assert [names.front.whole, *(each.whole for each in names.behind)] == [
        "A: threads, 1 worker",
        "B: threads, 2 workers",
        "C: threads, 8 workers",
    ]


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
    assert any("B is the same as A" in each for each in messages(workbench))
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
    assert panel.references == (kept,)
    panel.refresh()
    assert len(panel.behind_curves.heights) > 0
    names = [row.name for row in live.panels["ledger"].bars.rows]  # type: ignore[attr-defined]
    assert names[0] == "Reference"
    [timeline] = workbench.window.findChildren(Timeline)
    strip = timeline.pane.references[0]
    assert not strip.isHidden()
    timeline.refresh()
    waits = strip.columns(600)[:, LEDGER_STATES.index("io_wait")]
    assert waits.max() > 0.5, "its workers slept"
    processes = live.panels["processes"]
    processes.refresh()
    assert isinstance(processes, ProcessesPanel)
    assert processes.of_behind.text().startswith("Reference: 1 process, ")
    workbench.actions["drop-reference"].trigger()
    assert strip.isHidden()
    panel.refresh()
    assert panel.references == ()
    assert len(panel.behind_curves.heights) == 0


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
