"""The window watches a program: asks which, shows it on every page, lets it go, and opens it again from the history."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from engine.wire.watch_messages import WatchTarget
from gui.insight.seeing_view import Seeing
from gui.latency.latency_view import NO_TASKS, Latency
from gui.shell.shown_run import WATCH_NOTE
from gui.timeline.timeline_view import Timeline
from gui.watch.program_dialog import ProgramDialog
from gui.watch.recent_programs import read_programs
from gui.watch.running_dialog import RunningDialog
from gui.workbench import Workbench
from tests.window import RUN_MS, open_window, wait_for_end, wait_for_engine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what threads wait for")

PROGRAM = """
import sys, threading, time
lock = threading.Lock()
print("the program's own words", flush=True)
def work():
    end = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < end:
        with lock:
            time.sleep(0.02)
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window whose engine is ready, with all its pages."""
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        opened.load_views()
        yield opened


def target(folder: Path, seconds: str) -> WatchTarget:
    """Return the program as a person chooses it."""
    return WatchTarget(script=str(folder / "program.py"), arguments=(seconds,), folder=str(folder))


def view(workbench: Workbench, kind: type) -> object:
    """Return the page or pane of a kind."""
    return next(each for each in workbench.repainter.views if isinstance(each, kind))


def shown_texts(widget: QWidget) -> list[str]:
    """Return what the labels say that are not hidden."""
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def test_a_program_is_chosen_watched_shown_and_opened_again(workbench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    workbench.actions["watch-program"].trigger()
    dialog = workbench.watches.dialog
    assert isinstance(dialog, ProgramDialog)
    dialog.watch.click()
    assert dialog.problem.text() == "Choose the script to watch."
    dialog.show_target(target(tmp_path, "2.5"))
    dialog.watch.click()
    timeline, seeing = view(workbench, Timeline), view(workbench, Seeing)
    assert isinstance(timeline, Timeline)
    assert isinstance(seeing, Seeing)
    workbench.window.pages.setCurrentWidget(timeline)
    qtbot.waitUntil(lambda: timeline.pane.phase_count >= 3 and "same lock" in seeing.words, timeout=RUN_MS)
    assert workbench.run_bar.status.badge.text == "Watching"
    assert timeline.scene.names[0] == "MainThread"
    assert not workbench.run_bar.live.isVisible()
    wait_for_end(workbench, qtbot)
    data = workbench.session.data
    assert data is not None
    assert data.result is not None
    assert (data.status, data.result.kind) == ("finished", "watch")
    assert data.output == "the program's own words\n"
    assert "“program.py” · a watched program" in workbench.run_bar.status.shown.words.text()
    latency, note = view(workbench, Latency), workbench.parts.composer.parts.note
    assert isinstance(latency, Latency)
    assert latency.is_empty
    assert NO_TASKS in shown_texts(latency)
    assert not latency.fill_button.isVisibleTo(latency)
    assert (note.text(), note.isVisibleTo(workbench.parts.composer)) == (WATCH_NOTE, True)
    assert not workbench.actions["observer-cost"].isEnabled()
    assert read_programs(workbench.settings.recent_watches) == [target(tmp_path, "2.5")]
    workbench.session.forget()
    assert NO_TASKS not in shown_texts(latency)
    assert not note.isVisibleTo(workbench.parts.composer)
    assert workbench.pages.history is not None
    workbench.pages.history.open(data.run_id)
    qtbot.waitUntil(lambda: workbench.session.data is not None, timeout=RUN_MS)
    qtbot.waitUntil(lambda: timeline.pane.phase_count == 3, timeout=RUN_MS)
    assert "same lock" in seeing.words
    workbench.pages.history.edit(data.run_id)
    qtbot.waitUntil(lambda: isinstance(workbench.watches.dialog, ProgramDialog), timeout=RUN_MS)
    again = workbench.watches.dialog
    assert isinstance(again, ProgramDialog)
    assert again.target() == target(tmp_path, "2.5")
    again.reject()


def test_a_running_program_is_chosen_watched_and_let_go(workbench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    program = subprocess.Popen([sys.executable, str(tmp_path / "program.py"), "100"], stdout=subprocess.DEVNULL)
    try:
        workbench.actions["watch-running"].trigger()
        dialog = workbench.watches.dialog
        assert isinstance(dialog, RunningDialog)
        dialog.filter.setText(str(program.pid))
        qtbot.waitUntil(lambda: dialog.table.rowCount() == 1, timeout=RUN_MS)
        dialog.table.selectRow(0)
        assert "keeps running when the watch ends" in dialog.words.text()
        dialog.watch.click()
        qtbot.waitUntil(
            lambda: workbench.session.data is not None and len(workbench.session.data.samples) > 3, timeout=RUN_MS
        )
        workbench.actions["stop"].trigger()
        wait_for_end(workbench, qtbot)
        assert workbench.session.data is not None
        assert workbench.session.data.status == "stopped"
        assert program.poll() is None
    finally:
        program.kill()
        program.wait()


def test_a_python_file_that_is_dropped_may_be_watched_or_made_steps(
    workbench: Workbench, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "program.py"))])
    nothing = Qt.KeyboardModifier.NoModifier
    made: list[Path] = []
    workbench.watches.make_steps = made.append
    answers = iter(("&Watch it", "Make &steps of its functions"))

    def answer(box: QMessageBox) -> int:
        wanted = next(answers)
        next(each for each in box.buttons() if each.text() == wanted).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    for _ in range(2):
        event = QDropEvent(QPointF(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, nothing)
        workbench.window.dropEvent(event)
    qtbot.waitUntil(lambda: made == [tmp_path / "program.py"], timeout=RUN_MS)
    dialog = workbench.watches.dialog
    assert isinstance(dialog, ProgramDialog)
    assert dialog.program.text() == str(tmp_path / "program.py")
    dialog.reject()
