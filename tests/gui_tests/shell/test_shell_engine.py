"""The window and the real engine: death and return of the conductor, trust, failing code, refusals, closing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.message_bar import Message
from gui.workbench import Workbench
from tests.window import RUN_MS, messages, open_window, wait_for_end, wait_for_engine


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window whose engine is ready."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        yield opened


def experiment(*steps: dict[str, Any], model: str = "threads", workers: int = 2, **amount: Any) -> dict[str, Any]:
    """Return an experiment in the shape of its file."""
    return {
        "format": 1,
        "title": "Test",
        "workload": {**(amount or {"until_stopped": True}), "seed": 1, "steps": list(steps)},
        "model": {"kind": model, "workers": workers},
    }


PRIMES = {"kind": "count-primes", "below": 2000}


def python(source: str) -> dict[str, Any]:
    """Return a step with a person's own code."""
    return {"kind": "python", "source": source}


def run_until_measured(workbench: Workbench, qtbot: QtBot, samples: int = 3) -> None:
    """Start the run and wait until some samples are there."""
    workbench.actions["run"].trigger()

    def measured() -> bool:
        data = workbench.session.data
        return data is not None and len(data.samples) >= samples

    qtbot.waitUntil(measured, timeout=RUN_MS)


def message(workbench: Workbench, topic: str) -> Message:
    """Return the message about `topic`."""
    return next(each for each in workbench.window.messages.messages if each.topic == topic)


def press(message: Message, title: str) -> None:
    """Press one of a message's buttons."""
    button = next(each for each in message.buttons if each.text() == title)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_killed_conductor_is_told_of_started_again_and_runs_again(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.document.show(experiment(PRIMES), None)
    run_until_measured(workbench, qtbot)
    first = workbench.conductor.pid
    os.kill(first, signal.SIGKILL)
    wait_for_end(workbench, qtbot)
    data = workbench.session.data
    assert data is not None
    assert data.status == "failed"
    assert len(data.samples) >= 3, "what was measured is kept"
    assert any("ended unexpectedly" in each and "kept" in each for each in messages(workbench))
    assert workbench.run_bar.status.badge.text in ("Failed",)
    wait_for_engine(workbench, qtbot)
    assert workbench.conductor.pid != first
    run_until_measured(workbench, qtbot)
    workbench.actions["stop"].trigger()
    wait_for_end(workbench, qtbot)
    assert workbench.session.data is not None
    assert workbench.session.data.status == "stopped"


def test_code_from_a_file_runs_only_when_it_is_allowed(workbench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    from engine.workload import experiment_file

    proof = tmp_path / "ran"
    path = tmp_path / "code.toml"
    source = f"def task(item):\n    open({str(proof)!r}, 'w').close()\n"
    experiment_file.write(path, experiment(python(source), tasks=2))
    assert workbench.files.open_path(path)
    workbench.actions["run"].trigger()
    assert not workbench.session.running
    assert "Python code" in message(workbench, "trust").text
    press(message(workbench, "trust"), "Don’t")
    assert messages(workbench) == []
    assert not proof.exists()
    workbench.actions["run"].trigger()
    press(message(workbench, "trust"), "Run it")
    wait_for_end(workbench, qtbot)
    assert proof.exists()
    assert workbench.session.data is not None
    assert workbench.session.data.status == "finished"
    workbench.files.open_path(path)
    workbench.actions["run"].trigger()
    assert workbench.session.running, "asked once per content"
    wait_for_end(workbench, qtbot)


def test_failing_code_shows_its_first_error_and_the_window_goes_on(workbench: Workbench, qtbot: QtBot) -> None:
    source = "def task(item):\n    print('before')\n    raise ValueError('no good')\n"
    workbench.document.show(experiment(python(source), tasks=5), None)
    workbench.actions["run"].trigger()
    wait_for_end(workbench, qtbot)
    text = message(workbench, "run").text
    assert "ValueError: no good" in text
    assert "All 5 tasks failed" in text
    output = workbench.window.output.text.toPlainText()
    assert "before" in output
    assert "Traceback" in output
    assert workbench.window.output_dock.isVisible()
    workbench.document.show(experiment(PRIMES, tasks=3), None)
    workbench.actions["run"].trigger()
    wait_for_end(workbench, qtbot)
    assert workbench.session.data is not None
    assert workbench.session.data.status == "finished"
    assert workbench.window.output.text.toPlainText() == ""


def test_a_value_out_of_range_names_its_key_and_starts_nothing(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.document.show(experiment({"kind": "count-primes", "below": -5}), None)
    workbench.actions["run"].trigger()
    assert not workbench.session.running
    assert messages(workbench) == ["workload.steps[0].below: must be at least 2, got -5"]
    press(message(workbench, "run"), "Show")


def test_a_file_with_a_wrong_value_changes_nothing(workbench: Workbench, tmp_path: Path) -> None:
    before = workbench.document.experiment()
    path = tmp_path / "wrong.toml"
    text = (
        "format = 1\n[workload]\ntasks = 3\n[[workload.steps]]\nkind = 'sleep'\nduratoin_ms = 3\n"
        "[model]\nkind = 'threads'\n"
    )
    path.write_text(text)
    assert not workbench.files.open_path(path)
    assert workbench.document.experiment() == before
    assert "workload.steps[0].duratoin_ms: unknown key; did you mean duration_ms?" in messages(workbench)[0]
    path.write_text(text.replace("duratoin_ms = 3", "duration_ms = 3.0").replace("3\n[[", "0\n[["))
    assert not workbench.files.open_path(path)
    assert "workload.tasks: must be at least 1, got 0" in messages(workbench)[0]


@pytest.mark.parametrize(("tasks", "title"), [(3, "Mine"), (0, "CPU-bound")])
def test_it_opens_with_the_file_that_is_named_if_it_is_right(
    qtbot: QtBot, tmp_path: Path, tasks: int, title: str
) -> None:
    from engine.workload import experiment_file

    path = tmp_path / "mine.toml"
    experiment_file.write(path, {**experiment(PRIMES, tasks=tasks), "title": "Mine"})
    with open_window(tmp_path, path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        qtbot.waitUntil(lambda: opened.document.title.startswith(title))
        assert opened.document.path == (path if tasks else None)
        assert bool(messages(opened)) == (tasks == 0)


def test_stop_from_the_keyboard_is_shown_at_once_and_works(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.document.show(experiment({"kind": "sleep", "duration_ms": 600_000.0}), None)
    QTest.keyClick(workbench.window, Qt.Key.Key_F5)
    assert workbench.session.running
    qtbot.waitUntil(lambda: workbench.session.stage == "measuring", timeout=RUN_MS)
    QTest.keyClick(workbench.window, Qt.Key.Key_Escape)
    assert workbench.run_bar.status.badge.text == "Stopping"
    wait_for_end(workbench, qtbot)
    assert workbench.run_bar.status.badge.text == "Stopped"


def test_closing_while_a_run_is_on_ends_everything(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.document.show(experiment(PRIMES, model="processes"), None)
    run_until_measured(workbench, qtbot)
    # Conductor, host and two workers at least.
    qtbot.waitUntil(lambda: len(psutil.Process().children(recursive=True)) >= 4, timeout=RUN_MS)
    ours = psutil.Process().children(recursive=True)
    workbench.close()
    _, alive = psutil.wait_procs(ours, timeout=5)
    assert alive == []


def test_a_window_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    source = (
        "import sys; from pathlib import Path\n"
        "from gui.app import make_application\n"
        "application = make_application()\n"
        "from PySide6.QtCore import QTimer\n"
        "from tests.window import open_window\n"
        "with open_window(Path(sys.argv[1]), engine=True) as workbench:\n"
        "    workbench.actions['run'].enabledChanged.connect(lambda on: on and workbench.runs.run())\n"
        "    workbench.session.changed.connect(lambda: print(workbench.session.stage, flush=True))\n"
        "    application.exec()\n"
    )
    window = subprocess.Popen([sys.executable, "-c", source, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert window.stdout is not None
    assert any(line.strip() == "measuring" for line in window.stdout)
    ours = psutil.Process(window.pid).children(recursive=True)
    assert len(ours) >= 2
    start = time.monotonic()
    window.kill()
    window.wait()
    _, alive = psutil.wait_procs(ours, timeout=5)
    assert alive == []
    assert time.monotonic() - start < 5
    window.stdout.close()
