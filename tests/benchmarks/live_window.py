"""A window as a person has it, on a screen of its own, for benchmarks: opened, at rest, and made to run experiments."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from engine.wire.codec import plain
from gui.app import make_application
from gui.screenshots import wait, wait_until
from gui.workbench import Workbench
from tests.benchmarks.screen import HEIGHT, WIDTH, own_screen
from tests.benchmarks.window_start import environment
from tests.window import open_window

_SEARCH_S = 60.0


@contextmanager
def application(platform: str) -> Iterator[QApplication]:
    """Give the one application of this process, on an X server of its own (`xcb`) or `offscreen`."""
    with own_screen() as screen, tempfile.TemporaryDirectory(prefix="gilscope-benchmark-") as home:
        os.environ.update(environment(screen, Path(home)), QT_QPA_PLATFORM=platform)
        yield make_application()


@contextmanager
def live_window() -> Iterator[Workbench]:
    """Give a window that fills the screen, with its engine ready and nothing going on behind it."""
    with (
        tempfile.TemporaryDirectory(prefix="gilscope-benchmark-") as home,
        open_window(Path(home), engine=True) as opened,
    ):
        opened.window.resize(WIDTH, HEIGHT)
        searched = []
        opened.surroundings.interpreters_changed.connect(lambda _, complete: complete and searched.append(complete))
        wait_until(opened.actions["run"].isEnabled)
        for _ in range(round(_SEARCH_S / 0.2)):
            if searched:
                break
            wait(200)
        yield opened


def run(workbench: Workbench, experiment: dict[str, Any], watch: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Run an experiment of the benchmark's own in the window, calling `watch` now and then; return its result."""
    workbench.trust.own = True
    workbench.document.show(experiment, None)
    workbench.runs.run()
    assert workbench.session.running, [each.text for each in workbench.window.messages.messages]
    while workbench.session.running:
        watch()
        wait(100)
    data = workbench.session.data
    assert data is not None
    assert data.result is not None, data.reason
    return plain(data.result)


def experiment(steps: list[dict[str, Any]], kind: str, workers: int, **amount: Any) -> dict[str, Any]:
    """Return an experiment in its file's shape."""
    workload = {**amount, "seed": 1, "steps": steps}
    return {"format": 1, "title": "Benchmark", "workload": workload, "model": {"kind": kind, "workers": workers}}
