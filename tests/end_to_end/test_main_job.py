"""The main job in the real window: compose, choose, run, watch the plots gain points, stop, export, read it back."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine.wire.codec import plain
from gui.widgets.requests import RunModel
from gui.workbench import Workbench
from tests.window import RUN_MS, messages, open_window, wait_for_end, wait_for_engine

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window whose engine is ready."""
    with open_window(tmp_path / "home", engine=True) as opened:
        opened.window.resize(1280, 720)
        wait_for_engine(opened, qtbot)
        yield opened


def choose(workbench: Workbench, model: str, workers: int) -> None:
    """Choose a model and a number of workers with the keyboard, as a person can."""
    picker = workbench.run_bar.model
    picker.kind.setFocus()
    QTest.keyClick(picker.kind, Qt.Key.Key_Home)
    while picker.part()["kind"] != model:
        before = picker.part()["kind"]
        QTest.keyClick(picker.kind, Qt.Key.Key_Down)
        assert picker.part()["kind"] != before, f"{model} cannot be reached"
    picker.workers.setFocus()
    picker.workers.selectAll()
    QTest.keyClicks(picker.workers, str(workers))


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return a CSV file's rows."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_compose_run_watch_stop_export(
    workbench: Workbench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workbench.actions["new"].trigger()
    workbench.composer.add_step("sleep")
    workbench.composer.move_step(workbench.composer._draft.steps[1].uid, 0)
    choose(workbench, "thread-pool", 3)
    workbench.run_bar.amount.unit.setCurrentIndex(2)
    QTest.keyClick(workbench.window, Qt.Key.Key_F5)
    started = time.monotonic()
    assert workbench.session.running, messages(workbench)
    data = workbench.session.data
    assert data is not None
    assert [each["kind"] for each in data.experiment["workload"]["steps"]] == ["sleep", "count-primes"]

    qtbot.waitUntil(lambda: len(data.samples) >= 3, timeout=RUN_MS)
    seen = len(data.samples)
    qtbot.waitUntil(lambda: len(data.samples) >= seen + 5, timeout=RUN_MS)
    assert data.latest is not None
    assert data.latest.process_count == 1
    assert (data.latest.thread_count or 0) >= 4, "three workers and the main thread"
    live = workbench.window.front_view()
    assert live is not None
    qtbot.waitUntil(lambda: not live.is_empty)
    assert "tasks" in workbench.run_bar.status.tasks.text()
    assert workbench.run_bar.status.badge.text == "Running"

    QTest.keyClick(workbench.window, Qt.Key.Key_Escape)
    wait_for_end(workbench, qtbot)
    assert data.result is not None
    result = plain(data.result)
    assert result is not None
    assert result["status"] == "stopped"
    assert result["model"] == "thread-pool"
    assert 0 < result["elapsed_s"] < time.monotonic() - started

    target = tmp_path / "out" / "export"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    workbench.actions["export-csv"].trigger()
    qtbot.waitUntil(lambda: any("Exported" in each for each in messages(workbench)), timeout=RUN_MS)
    (row,) = read_csv(target / "runs.csv")
    assert row["run_id"] == data.run_id
    assert int(row["tasks_done"]) == result["tasks"]["done"]
    phases = read_csv(target / "phases.csv")
    assert len({each["task"] for each in phases if each["ok"]}) >= result["tasks"]["done"]
    samples = [each for each in read_csv(target / "samples.csv") if each["measure"] == "throughput_per_s"]
    assert len(samples) == len(data.samples)

    (tmp_path / "file").touch()
    target = tmp_path / "file" / "export"
    workbench.actions["export-csv"].trigger()
    qtbot.waitUntil(lambda: any("failed" in each and "file" in each for each in messages(workbench)), timeout=RUN_MS)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_every_plot_of_the_live_page_can_be_saved(
    workbench: Workbench, qtbot: QtBot, tmp_path: Path, ending: str
) -> None:
    workbench.run_bar.amount.set_part({"tasks": 20})
    workbench.actions["run"].trigger()
    wait_for_end(workbench, qtbot)
    live = workbench.window.front_view()
    assert live is not None
    assert len(live.plots()) >= 2
    for number, plot in enumerate(live.plots()):
        path = tmp_path / f"{number}.{ending}"
        assert workbench.exports.write_plot(plot, path), messages(workbench)
        image = QImage(str(path))
        assert not image.isNull()
        colors = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
        assert len(colors) > 2, f"{plot[0]} is blank"
    nowhere = tmp_path / "no such folder" / f"plot.{ending}"
    assert not workbench.exports.write_plot(live.plots()[0], nowhere)
    assert any("no such folder" in each for each in messages(workbench))


def test_what_you_are_seeing_offers_a_model_that_a_click_runs(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.run_bar.amount.set_part({"tasks": 20})
    live = workbench.window.front_view()
    assert live is not None
    live.requested.emit(RunModel("sequential", 1))
    assert workbench.session.running, messages(workbench)
    wait_for_end(workbench, qtbot)
    assert workbench.session.data is not None
    assert workbench.session.data.result is not None
    assert workbench.session.data.result.model == "sequential"


@pytest.mark.skipif(not shutil.which("xvfb-run"), reason="there is no Xvfb: install xvfb and xauth")
@pytest.mark.timeout(180)
def test_it_runs_under_a_real_x_server_and_leaves_pictures(tmp_path: Path) -> None:
    artefacts = Path(os.environ.get("GILSCOPE_ARTEFACTS", ROOT / "artefacts"))
    names = ["idle", "cpu-bound-threads", "stage"]
    command = ["xvfb-run", "-a", "-s", "-screen 0 1280x720x24", sys.executable, "-m", "gui.screenshots"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, str(artefacts), *names], capture_output=True, text=True, env=environment, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    for name in names:
        image = QImage(str(artefacts / f"{name}.png"))
        assert (image.width(), image.height()) == (1280, 720)
        colors = {image.pixel(x, y) for x in range(0, 1280, 5) for y in range(0, 720, 5)}
        assert len(colors) > 20, f"{name} is empty"
