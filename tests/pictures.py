"""Takes the README's pictures: `python -m tests.pictures [NAME ...]` writes docs/pictures/NAME.png from real runs."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.source_tree import ROOT

FOLDER = ROOT / "docs" / "pictures"
SIZE = (1280, 720)
SHOWN_AFTER_S = 3.5  # of a run, so that the plots have a past
DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: the example that is open, whether it runs, and the theme."""

    name: str
    example: str
    runs: bool = True
    theme: str = "light"


PICTURES = (
    Picture("idle", "cpu-bound", runs=False),
    Picture("threads", "cpu-bound"),
    Picture("asyncio", "blocking-call-in-async", theme="dark"),
)


def main(names: list[str]) -> int:
    """Take the pictures asked for, each in a window of its own; all by default."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if len(names) == 1:
        [picture] = [each for each in PICTURES if each.name == names[0]]
        with tempfile.TemporaryDirectory(prefix="gilscope-pictures-") as home:
            os.environ["GILSCOPE_DATA"] = home
            _take(picture, Path(home))
        return 0
    codes = [
        os.spawnl(os.P_WAIT, sys.executable, sys.executable, "-m", "tests.pictures", each.name) for each in PICTURES
    ]
    return max(codes)


def _take(picture: Picture, home: Path) -> None:
    from gui.app import make_application
    from gui.session.conductor_process import ConductorProcess
    from gui.settings import Settings
    from gui.workbench import Workbench

    application = make_application()
    settings = Settings(home / "settings.ini")
    settings.theme = picture.theme
    conductor = ConductorProcess(application)
    conductor.start()
    workbench = Workbench(application, conductor, settings)
    workbench.open(ROOT / "resources" / "experiments" / f"{picture.example}.toml")
    workbench.window.resize(*SIZE)

    def until(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(picture.name)
            application.processEvents()
            time.sleep(0.005)

    session, ready_at = workbench.session, time.monotonic() + 1.0
    until(lambda: workbench.surroundings.catalogue is not None and time.monotonic() > ready_at)
    if picture.runs:
        workbench.runs.run()
        until(lambda: session.data is not None and len(session.data.samples.t_s) > 0)
        until(lambda: session.data is not None and session.data.samples.t_s[-1] >= SHOWN_AFTER_S)
        until(lambda: workbench.repainter.data is session.data)
    shown = time.monotonic() + 0.3
    until(lambda: time.monotonic() > shown)
    FOLDER.mkdir(parents=True, exist_ok=True)
    workbench.window.grab().save(str(FOLDER / f"{picture.name}.png"))
    if session.running:
        workbench.runs.stop()
        until(lambda: not session.running)
    workbench.close()
    application.processEvents()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
