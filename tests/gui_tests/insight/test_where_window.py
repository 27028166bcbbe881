"""Where is every worker now? In a real window: a deadlock says so, with each worker's line of Python."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.insight.seeing_view import Seeing
from tests.conducting import code, experiment
from tests.window import RUN_MS, open_window, wait_for_end, wait_for_engine

DEADLOCK = """
import threading

first, second, both = threading.Lock(), threading.Lock(), threading.Barrier(2)


def task(item):
    one, other = (first, second) if item else (second, first)
    with one:
        both.wait()
        with other:
            pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what a thread waits for")
def test_a_deadlock_is_named_and_each_worker_is_located(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path, engine=True) as workbench:
        wait_for_engine(workbench, qtbot)
        (seeing,) = (view for view in workbench.repainter.views if isinstance(view, Seeing))
        workbench.document.show(experiment([code(DEADLOCK)], "threads", 2, tasks=2), None)
        workbench.runs.run()
        workbench.runs.trust()
        qtbot.waitUntil(lambda: "a deadlock?" in seeing.words, timeout=RUN_MS)
        qtbot.waitUntil(lambda: "Thread 2 waits for lock 0x" in seeing.words, timeout=RUN_MS)
        assert "and both threads wait for a lock" in seeing.words
        assert "at line 11 of step 1, in task." in seeing.words
        assert not seeing.where.isVisible()
        workbench.actions["locate-workers"].trigger()
        qtbot.waitUntil(seeing.where.isVisible, timeout=RUN_MS)
        assert seeing.where.text().startswith("Thread 1: waiting for a lock 0x")
        assert "in task" in seeing.where.text()
        workbench.runs.stop()
        wait_for_end(workbench, qtbot)
        qtbot.waitUntil(lambda: "No task has ended" in seeing.words)
        assert not workbench.actions["locate-workers"].isEnabled()
