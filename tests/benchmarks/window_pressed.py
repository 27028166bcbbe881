"""Presses Run in a real window some times, and prints how long what a person waits for took: a part of window_start.

`python -m tests.benchmarks.window_pressed COUNT` prints a line for each thing, `WHAT: SECONDS SECONDS ...`.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest

from gui.app import make_application
from gui.screenshots import wait, wait_until
from gui.workbench import Workbench
from tests.benchmarks import harness
from tests.window import open_window

EXPERIMENT: dict[str, Any] = {
    "format": 1,
    "title": "Pressed",
    "workload": {"duration_s": 1.5, "seed": 1, "steps": [{"kind": "count-primes", "below": 3_000}]},
    "model": {"kind": "threads", "workers": 4},
}


class PaintedPoint(QObject):
    """Notes when a plot is painted for the first time with a task's end among its samples."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench = workbench
        self.at_ns = 0
        for _, panel in _throughput(workbench):
            panel.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        data = self._workbench.session.data
        if not self.at_ns and event.type() == QEvent.Type.Paint and data is not None:
            done = data.samples.done
            if len(done) and done[-1] > 0:
                self.at_ns = time.perf_counter_ns()
        return False


def main(count: int) -> None:
    """Measure, and print."""
    make_application()
    found: dict[str, list[float]] = {"the conductor": [], "first task": [], "first point": []}
    with tempfile.TemporaryDirectory() as home, open_window(Path(home), engine=True) as workbench:
        wait_until(workbench.actions["run"].isEnabled)
        workbench.document.show(EXPERIMENT, None)
        wait(1_000)
        for number in range(count + 1):
            seconds = _press(workbench)
            for what, each in seconds.items() if number else ():  # the first one finds cold caches
                found[what].append(each)
    for what, values in found.items():
        print(f"{what}: {' '.join(f'{each:.4f}' for each in values)}", flush=True)


def _press(workbench: Workbench) -> dict[str, float]:
    painted = PaintedPoint(workbench)
    pressed_ns = time.perf_counter_ns()
    QTest.mouseClick(workbench.run_bar.run_button, Qt.MouseButton.LeftButton)
    data = workbench.session.data
    assert data is not None
    while workbench.session.running:
        wait(20)
    assert data.result is not None, data.reason
    assert data.folder is not None
    start_ns = json.loads((data.folder / "environment.json").read_text("utf-8"))["run_start_ns"]
    accepted_s = (start_ns - pressed_ns) / 1e9
    return {
        "the conductor": accepted_s,
        "first task": accepted_s + (data.result.startup_s or 0.0),
        "first point": (painted.at_ns - pressed_ns) / 1e9,
    }


def _throughput(workbench: Workbench) -> list[tuple[str, Any]]:
    live = workbench.window.front_view()
    assert live is not None
    return [("throughput", live.panels["throughput"].plot)]  # type: ignore[attr-defined]


if __name__ == "__main__":
    options = harness.parser_of("window_pressed", __doc__)
    options.add_argument("count", nargs="?", type=int, default=9, help="how often Run is pressed; default: 9")
    main(options.parse_args().count)
