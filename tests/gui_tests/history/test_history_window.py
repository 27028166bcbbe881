"""Kept runs in the window: a run that ends is listed, opened again, put into the composer, exported and deleted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QMenu
from pytestqt.qtbot import QtBot

from engine.history.run_notes import read_notes
from engine.history.store import Store
from engine.wire.client import Conductor
from gui.history.notes_form import NotesForm
from gui.history.overlay import RunsOverlay
from gui.history.overlay_reading import OverlayLine
from gui.history.run_list import RunList
from gui.history.run_model import COLUMNS
from gui.workbench import Workbench
from tests.conducting import run
from tests.gui_tests.tables import rows_text
from tests.run_folders import make_run
from tests.window import messages, open_window, wait_for_end, wait_for_engine

LIMIT_MS = 20_000
QUICK: dict[str, Any] = {
    "format": 1,
    "title": "Waiting",
    "workload": {"tasks": 12, "seed": 1, "steps": [{"kind": "sleep", "duration_ms": 2.0}]},
    "model": {"kind": "threads", "workers": 2},
}
FIRST = QUICK
SECOND = {**QUICK, "title": "Waiting more", "model": {"kind": "threads", "workers": 3}}


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """Give an open window whose engine is ready and has made two runs, which its own history holds."""
    monkeypatch.setenv("GILSCOPE_DATA", str(tmp_path / "data"))
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        for each in (FIRST, SECOND):
            opened.document.show(each, None)
            opened.runs.run()
            wait_for_end(opened, qtbot)
        wait_for_runs(opened, qtbot, 2)
        yield opened


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a history of the same two runs, made once."""
    folder = tmp_path_factory.mktemp("two-runs")
    with Conductor() as conductor:
        for each in (FIRST, SECOND):
            run(conductor, each, history=True, folder=str(folder))
    return folder


@pytest.fixture
def later(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two_runs: Path) -> Iterator[Workbench]:
    """Give an open window whose engine is ready, with a history of its own that holds two runs of before."""
    monkeypatch.setenv("GILSCOPE_DATA", str(tmp_path / "data"))
    shutil.copytree(two_runs, tmp_path / "data")
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        opened.document.show(SECOND, None)
        wait_for_runs(opened, qtbot, 2)
        yield opened


def run_list(workbench: Workbench) -> RunList:
    found = workbench.window.findChild(RunList)
    assert isinstance(found, RunList)
    return found


def run_ids(workbench: Workbench) -> list[str]:
    runs = run_list(workbench).runs
    return [runs.run_at(row).run_id for row in range(runs.rowCount())]


def wait_for_runs(workbench: Workbench, qtbot: QtBot, count: int) -> None:
    qtbot.waitUntil(lambda: run_list(workbench).runs.rowCount() == count, timeout=LIMIT_MS)


def titles(workbench: Workbench) -> list[str]:
    runs, column = run_list(workbench).runs, [each.title for each in COLUMNS].index("Title")
    return [str(runs.index(row, column).data()) for row in range(runs.rowCount())]


def do(workbench: Workbench, name: str, *ids: str) -> None:
    workbench.pages.show_history()
    runs = run_list(workbench)
    runs.select(*ids)
    runs.buttons[name].click()


def test_a_run_of_before_is_shown_as_if_it_had_just_ended(workbench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    newest, first = run_ids(workbench)
    latest = workbench.session.data
    assert latest is not None
    assert latest.run_id == newest
    do(workbench, "open", first)
    qtbot.waitUntil(lambda: workbench.session.data is not latest, timeout=LIMIT_MS)
    data = workbench.session.data
    assert data is not None
    assert (data.run_id, data.title, data.status, data.stage) == (first, "Waiting", "finished", "ended")
    assert data.model_card is not None
    assert all(view.data is data for view in workbench.repainter.views)
    assert workbench.window.pages.currentIndex() == 0
    with Store(tmp_path / "data") as store:
        kept = store.find(first)
    assert data.result is not None
    assert data.result.throughput_per_s == kept.throughput_per_s
    timeline = workbench.window.pages.widget(1)
    workbench.window.pages.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not timeline.is_empty, timeout=LIMIT_MS)


def test_a_run_opened_again_has_every_figure_it_had_at_its_end(workbench: Workbench, qtbot: QtBot) -> None:
    ended = workbench.session.data
    assert ended is not None
    do(workbench, "open", ended.run_id)
    qtbot.waitUntil(lambda: workbench.session.data is not ended, timeout=LIMIT_MS)
    again = workbench.session.data
    assert again is not None
    assert again.result == ended.result
    assert again.latest == ended.latest
    assert again.stages == ended.stages
    assert again.samples.t_s.tolist() == ended.samples.t_s.tolist()


def test_a_run_can_be_exported_that_was_not_the_last(later: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    first = run_ids(later)[1]
    later.session.export(first, csv=str(tmp_path / "csv"))
    qtbot.waitUntil((tmp_path / "csv" / "phases.csv").exists, timeout=LIMIT_MS)
    assert first in (tmp_path / "csv" / "runs.csv").read_text(encoding="utf-8")
    qtbot.waitUntil(lambda: any("Exported to" in each for each in messages(later)), timeout=LIMIT_MS)


def test_a_runs_experiment_comes_back_into_the_window(later: Workbench, qtbot: QtBot) -> None:
    assert later.document.experiment()["model"]["workers"] == 3
    do(later, "edit", run_ids(later)[1])
    qtbot.waitUntil(lambda: later.document.title == "Waiting", timeout=LIMIT_MS)
    assert later.document.experiment()["model"]["workers"] == 2
    assert not later.trust.own


def test_two_runs_come_side_by_side_from_the_list(later: Workbench, qtbot: QtBot) -> None:
    newest, first = run_ids(later)
    do(later, "pair", newest, first)
    page = later.pages.history.page  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: page.pair.timelines.linked, timeout=LIMIT_MS)
    assert [run.kept.run_id for run in page.pair.runs or ()] == [first, newest], "the earlier is A"
    assert rows_text(page.pair.differing)[:2] == [
        ["Title", "Waiting", "Waiting more"],
        ["Workers", "2", "3"],
    ]
    assert later.actions["save-plot"].isEnabled()
    page.pair.back.click()
    assert not later.actions["save-plot"].isEnabled()


def test_what_was_deleted_is_brought_back_also_after_a_restart(later: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    newest, first = run_ids(later)
    do(later, "delete", first)
    wait_for_runs(later, qtbot, 1)
    assert not (tmp_path / "data" / "runs" / first).exists()
    (message,) = [each for each in later.window.messages.messages if each.text == "Deleted a run."]
    message.buttons[0].click()
    wait_for_runs(later, qtbot, 2)
    assert run_ids(later) == [newest, first]
    do(later, "delete", newest, first)
    wait_for_runs(later, qtbot, 0)
    assert run_list(later).empty.isVisible()
    later.pages.close()
    assert {each.name for each in (tmp_path / "data" / "discarded").iterdir()} == {newest, first}


def test_deleted_runs_are_offered_and_come_back(later: Workbench, qtbot: QtBot) -> None:
    newest, first = run_ids(later)
    do(later, "delete", newest, first)
    wait_for_runs(later, qtbot, 0)
    later.pages.show_history()
    run_list(later).buttons["restore"].click()
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None, timeout=LIMIT_MS)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    offered = [action.text() for action in menu.actions() if action.text()]
    assert len(offered) == 3
    assert offered[-1] == "All 2"
    menu.actions()[-1].trigger()
    menu.close()
    wait_for_runs(later, qtbot, 2)


def test_a_run_gets_a_star_a_name_tags_and_a_note(later: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    newest, _ = run_ids(later)
    do(later, "star", newest)
    qtbot.waitUntil(lambda: "★ Waiting more" in titles(later), timeout=LIMIT_MS)
    do(later, "describe", newest)
    form = later.window.findChild(NotesForm)
    assert isinstance(form, NotesForm)
    form.name.setText("n" * 300)
    form.buttons.button(QDialogButtonBox.StandardButton.Save).click()
    assert form.problem.isVisible()
    assert "at most 200 characters" in form.problem.text()
    form.name.setText("After")
    form.tags.setText("laptop, laptop, lecture 3")
    form.note.setPlainText("with <b>two</b> cores")
    form.buttons.button(QDialogButtonBox.StandardButton.Save).click()
    qtbot.waitUntil(lambda: "★ After  [laptop, lecture 3]" in titles(later), timeout=LIMIT_MS)
    assert read_notes(tmp_path / "data" / "runs" / newest).note == "with <b>two</b> cores"


LINES = (("short", 1.0), ("long", 3.0))


def test_runs_are_drawn_in_one_chart(later: Workbench, qtbot: QtBot) -> None:
    newest, first = run_ids(later)
    do(later, "overlay", newest, first)
    overlay = later.window.findChild(RunsOverlay)
    assert isinstance(overlay, RunsOverlay)
    qtbot.waitUntil(lambda: len(overlay.lines) == 2, timeout=LIMIT_MS)
    assert [line.run_id for line in overlay.lines] == [first, newest]
    assert all(line.title.startswith("Waiting") and "Threads" in line.title for line in overlay.lines)
    assert all((line.t >= 0).all() for line in overlay.lines)
    assert overlay.pen_of(0) != overlay.pen_of(1)
    times = np.arange(4.0)
    lines = [OverlayLine(name, name, times * scale, np.outer([1.0, 2.0, 3e6], times)) for name, scale in LINES]
    later.window.findChild(RunsOverlay).show_lines(lines)
    assert overlay.plot.x_top == 9.0
    overlay.legend.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert overlay.plot.x_top == 3.0, "of those that are shown"
    overlay.measure.setCurrentIndex(2)
    assert overlay.plot.y_top > 1_000_000, "bytes"
    assert overlay.plot.readout(2.0, 0.0).splitlines() == ["2.00 s", "short: 6.0 MB"]
    overlay.back.click()
    assert overlay.lines == []
    assert run_list(later).isVisible()


def test_what_another_program_ran_is_there_when_the_page_comes_to_the_front(
    later: Workbench, qtbot: QtBot, tmp_path: Path
) -> None:
    make_run(tmp_path / "data" / "runs" / "20261122-200000-aaaa")
    later.window.pages.setCurrentIndex(0)
    later.pages.show_history()
    wait_for_runs(later, qtbot, 3)


def test_a_run_that_is_under_way_is_not_put_aside(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.document.show({**QUICK, "workload": {**QUICK["workload"], "tasks": 100_000}}, None)
    workbench.runs.run()
    data = workbench.session.data
    do(workbench, "open", run_ids(workbench)[0])
    assert any("stop it first" in each for each in messages(workbench))
    assert workbench.session.data is data
    qtbot.waitUntil(lambda: workbench.session.stage == "measuring", timeout=LIMIT_MS)
    workbench.runs.stop()
    wait_for_end(workbench, qtbot)
    wait_for_runs(workbench, qtbot, 3)


def test_models_go_by_their_titles(later: Workbench, qtbot: QtBot) -> None:
    page = later.pages.history.page  # type: ignore[union-attr]
    page.list.runs.runs.set_model_titles({"threads": "Threads", "thread-pool": "Thread pool"})
    column = [each.title for each in COLUMNS].index("Model")
    shown = {page.list.runs.index(row, column).data() for row in range(page.list.runs.rowCount())}
    assert shown
    assert shown <= {"Threads", "Thread pool"}
