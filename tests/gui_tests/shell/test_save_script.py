"""Save as script: the window's experiment becomes a Python file that runs on its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gui.workbench import Workbench
from tests.window import RUN_MS, messages, open_window, wait_for_engine


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window whose engine is ready."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        yield opened


def _save(workbench: Workbench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, path: Path) -> str:
    # The dialog of the platform cannot be driven from here: this is the person's answer to it.
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    workbench.actions["save-script"].trigger()
    qtbot.waitUntil(lambda: bool(messages(workbench)), timeout=RUN_MS)
    return " ".join(messages(workbench))


def test_the_script_runs_without_us(
    workbench: Workbench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    experiment = {
        "format": 1,
        "title": "Away",
        "workload": {"tasks": 12, "seed": 1, "steps": [{"kind": "count-primes", "below": 500}]},
        "model": {"kind": "thread-pool", "workers": 2},
    }
    workbench.document.show(experiment, None)
    script = tmp_path / "away.py"
    assert str(script) in _save(workbench, qtbot, monkeypatch, script)
    done = subprocess.run([sys.executable, "-I", str(script)], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "tasks: 12\n" in done.stdout


def test_a_place_that_cannot_be_written_is_named(
    workbench: Workbench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "nowhere" / "away.py"
    said = _save(workbench, qtbot, monkeypatch, script)
    assert "No script was saved" in said
    assert "nowhere" in said
