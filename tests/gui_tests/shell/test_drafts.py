"""Unsaved changes come back after the window was killed, and only then."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from engine.workload import experiment_file
from gui.samples import first_example
from gui.workbench import Workbench
from tests.window import messages, open_window

TITLE = "Half an hour of work"

# A window of its own process: it edits a title, says when the draft is on the disk, and lives until it is killed.
WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from gui.app import make_application
from gui.session.conductor_process import ConductorProcess
from gui.settings import Settings
from gui.workbench import Workbench

folder, title, *file = sys.argv[1:]
application = make_application()
workbench = Workbench(application, ConductorProcess(), Settings(Path(folder, "settings.ini")))
workbench.open(Path(file[0]) if file else None)
if file:
    workbench.document.show(workbench.files._read(Path(file[0])), Path(file[0]))
workbench.composer.parts.title.textEdited.emit(title)

def tell():
    if list(workbench.settings.drafts_folder.glob("*.json")):
        print("written", flush=True)
    else:
        QTimer.singleShot(20, tell)

tell()
application.exec()
"""


def kill_a_window(folder: Path, title: str, *file: Path) -> None:
    """Start a window, have an experiment's title changed in it, and kill it once that is on the disk."""
    command = [sys.executable, "-c", WINDOW, str(folder), title, *map(str, file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "written\n"
        finally:
            process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def press(workbench: Workbench, label: str) -> None:
    """Press the button of a message."""
    buttons = [each for message in workbench.window.messages.messages for each in message.buttons]
    next(each for each in buttons if each.text() == label).click()


def test_what_a_killed_window_held_comes_back_with_a_word(qtbot: QtBot, tmp_path: Path) -> None:
    kill_a_window(tmp_path, TITLE)
    with open_window(tmp_path) as workbench:
        assert workbench.document.title == TITLE
        assert workbench.document.dirty
        assert not workbench.document.is_example, "it is asked about before it is left"
        assert any(TITLE in text and "unsaved changes" in text for text in messages(workbench))
        press(workbench, "Discard them")
        assert workbench.document.title == first_example()["title"]
    with open_window(tmp_path) as again:
        assert not messages(again), "closed as it should be: nothing comes back"
        assert again.document.title != TITLE


def test_changes_to_a_file_come_back_beside_the_file_which_is_as_it_was(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    experiment_file.write(file, {**first_example(), "title": "As saved"})
    kill_a_window(tmp_path, TITLE, file)
    with open_window(tmp_path) as workbench:
        assert workbench.document.path == file
        assert workbench.document.title == TITLE
        assert experiment_file.read(file)["title"] == "As saved"
        assert workbench.files.save()
        assert experiment_file.read(file)["title"] == TITLE
        workbench.drafts.write()
        assert not list(workbench.settings.drafts_folder.glob("*.json"))


def test_a_window_that_opens_a_file_offers_what_was_left(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Discard)
    kill_a_window(tmp_path, TITLE)
    file = tmp_path / "other.toml"
    experiment_file.write(file, {**first_example(), "title": "Another"})
    with open_window(tmp_path, file) as workbench:
        assert workbench.document.title != TITLE
        press(workbench, "Bring them back")
        assert workbench.document.title == TITLE


def test_the_draft_of_a_window_that_is_open_is_left_alone_and_a_damaged_one_goes(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path) as first:
        first.composer.parts.title.textEdited.emit(TITLE)
        first.drafts.write()
        damaged = first.settings.drafts_folder / "1-0.draft.json"
        damaged.write_text('{"experiment": 3', encoding="utf-8")
        with open_window(tmp_path) as second:
            assert second.document.title != TITLE
            assert not messages(second)
        assert not damaged.exists()
        assert len(list(first.settings.drafts_folder.glob("*.json"))) == 1
