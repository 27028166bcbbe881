"""A whole window for tests: made as the app makes it, with settings of its own, and closed as a person closes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.session.conductor_process import ConductorProcess
from gui.settings import Settings
from gui.workbench import Workbench

ENGINE_MS = 20_000  # how long the engine may take to start on a busy machine
RUN_MS = 40_000


@contextmanager
def open_window(folder: Path, path: Path | None = None, *, engine: bool = False) -> Iterator[Workbench]:
    """Give a window that is open, its views made; with the engine's process if asked for."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    conductor = ConductorProcess()
    if engine:
        conductor.start()
    workbench = Workbench(application, conductor, Settings(folder / "settings.ini"))
    try:
        workbench.open(path)
        workbench.load_views()
        yield workbench
    finally:
        workbench.window.may_close = lambda: True
        workbench.window.close()
        workbench.close()
        workbench.deleteLater()
        workbench.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait_for_engine(workbench: Workbench, qtbot: QtBot) -> None:
    """Wait until Run is possible."""
    qtbot.waitUntil(workbench.actions["run"].isEnabled, timeout=ENGINE_MS)


def wait_for_end(workbench: Workbench, qtbot: QtBot) -> None:
    """Wait until the run under way has ended."""
    qtbot.waitUntil(lambda: not workbench.session.running, timeout=RUN_MS)


def messages(workbench: Workbench) -> list[str]:
    """Return the texts that stand in the message bar."""
    return [each.text for each in workbench.window.messages.messages]
