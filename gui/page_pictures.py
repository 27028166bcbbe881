"""Takes a picture of every page, pane and dialog of the window, after a run and a comparison, by size and theme."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from engine.resources_path import resources_path
from gui.compare.page import ComparePage
from gui.session.conductor_process import ConductorProcess
from gui.settings import Settings
from gui.widgets.requests import DoCommand
from gui.workbench import Workbench

SIZES: Final = ((1280, 720), (1920, 1080), (3840, 2160))
THEMES: Final = ("light", "dark", "contrast")
PATIENCE_S: Final = 30.0
COMPARING_S: Final = 300.0
_EXAMPLE: Final = "fetch-and-parse"
_DIALOGS: Final = (
    "shortcuts",
    "about",
    "documentation",
    "palette",
    "watch-program",
    "watch-running",
    "new-from-template",
    "measure-models",
)


def take_pages(
    application: QApplication, folder: Path, sizes: Sequence[tuple[int, int]], themes: Sequence[str]
) -> Iterator[Path]:
    """Take them all in one window, and yield each picture's path; `compare-dark-1280x720.png` is one."""
    with tempfile.TemporaryDirectory() as home, window_for_pictures(application, Path(home)) as workbench:
        _prepare(workbench)
        for theme in themes:
            workbench.appearance.choose(theme)
            for size in sizes:
                yield from _take(workbench, folder, theme, size)
            yield from _take_dialogs(workbench, folder, theme)


@contextmanager
def window_for_pictures(
    application: QApplication, home: Path, theme: str = "", *, welcomed: bool = True
) -> Iterator[Workbench]:
    """Open a window that keeps its settings in `home`, and close it at the end; without a welcome if `welcomed`."""
    settings = Settings(home / "settings.ini")
    settings.welcomed = welcomed
    if theme:
        settings.theme = theme
    conductor = ConductorProcess()
    conductor.start()
    workbench = Workbench(application, conductor, settings)
    try:
        yield workbench
    finally:
        workbench.close()
        workbench.window.deleteLater()
        workbench.deleteLater()


def _prepare(workbench: Workbench) -> None:
    """Run an example twice, and compare two models, so that every page has something to show."""
    window = workbench.window
    workbench.open(resources_path("experiments", f"{_EXAMPLE}.toml"))
    workbench.load_views()
    wait_until(workbench.actions["run"].isEnabled)
    experiment = workbench.document.experiment()
    for workers in (2, 4):
        changed = {**experiment, "model": {**experiment["model"], "workers": workers}}
        workbench.document.show(changed, None, example=True)
        workbench.runs.run()
        wait_until(lambda: not workbench.session.running)
    compare = window.findChild(ComparePage)
    assert isinstance(compare, ComparePage)
    window.pages.setCurrentWidget(compare)
    workload = {key: value for key, value in experiment["workload"].items() if key != "tasks"}
    workbench.document.show({**experiment, "workload": {**workload, "duration_s": 0.5}}, None, example=True)
    compare.form.models.check("sequential", "threads", "asyncio")
    compare.form.workers.setText("1, 2, 4")
    compare.form.repeats.setValue(3)
    compare.start_button.click()
    wait_until(lambda: not compare.running, COMPARING_S)
    wait(1500)  # what a timeline fits little by little is fitted by then


def _take(workbench: Workbench, folder: Path, theme: str, size: tuple[int, int]) -> Iterator[Path]:
    window, about = workbench.window, f"{theme}-{size[0]}x{size[1]}"
    window.resize(*size)
    for tabs in (window.pages, window.side):
        for place in range(tabs.count()):
            tabs.setCurrentIndex(place)
            wait(400)
            yield _save(window, folder / f"{_name(tabs.tabText(place))}-{about}.png")
        tabs.setCurrentIndex(0)


def _take_dialogs(workbench: Workbench, folder: Path, theme: str) -> Iterator[Path]:
    for command in _DIALOGS:
        workbench.requests.take(DoCommand(command))
        wait(500)
        for dialog in _others(workbench.window):
            yield _save(dialog, folder / f"dialog-{command}-{theme}.png")
            dialog.close()
        wait(50)


def _others(window: QWidget) -> list[QWidget]:
    return [each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not window]


def _save(widget: QWidget, path: Path) -> Path:
    widget.grab().save(str(path))
    return path


def _name(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower())


def wait(milliseconds: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_until(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Let the window live until the condition holds. Raises TimeoutError when patience is over."""
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the window did not come to where the picture is taken")
        wait(50)
