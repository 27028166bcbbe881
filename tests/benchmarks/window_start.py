"""How soon: from the command to a painted window, and from Run to the first task and the first point of the plots.

`python -m tests.benchmarks.window_start [painted] [run]`; needs Xvfb; exits 1 where a goal is missed. Whether it is
painted is seen on the screen of an X server; a bare window (a label, of the same Qt), started in turn with ours, says
what of the time is the machine's and Qt's.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil

from tests.benchmarks import harness
from tests.benchmarks.screen import Screen, own_screen
from tests.source_tree import ROOT

PAINTED_S: Final = 1.2
MOST_TIMES_BARE: Final = 3.0
FIRST_TASK_S: Final = 0.5
FIRST_POINT_S: Final = 0.5
STARTS: Final = 7
RUNS: Final = 9
LIMIT_S: Final = 20.0
# Rows through the window's head, where the run bar and the panels' titles are.
ROWS: Final = (40, 60, 80, 300)
FEW: Final = 8  # a row with more colours has something painted on it; letters are smoothed

BARE = """
from PySide6.QtWidgets import QApplication, QLabel
application = QApplication([])
label = QLabel("Painted " * 2_000)
label.setWordWrap(True)
label.resize(1360, 860)
label.show()
application.exec()
"""


def main(names: list[str]) -> int:
    """Measure what is named, all by default; return the exit code."""
    parts = {"painted": _painted, "run": _run}
    names = harness.names_of("window_start", __doc__, [*parts], names)
    with own_screen() as screen, tempfile.TemporaryDirectory(prefix="gilscope-benchmark-") as home:
        met = [parts[name](screen, Path(home)) for name in names or parts]
    return 0 if all(met) else 1


def _painted(screen: Screen, home: Path) -> bool:
    used: dict[str, list[float]] = {"ours": [], "bare": []}

    def start(side: str, arguments: list[str]) -> float:
        seconds, cpu_s = _start(screen, home, arguments)
        used[side].append(cpu_s)
        return seconds

    comparison = harness.measure(
        "command to painted window",
        lambda: start("ours", [str(ROOT / "gui" / "_launch.py")]),
        lambda: start("bare", ["-c", BARE]),
        pairs=STARTS,
    )
    harness.report_figure("a bare window of the same Qt, in turn", "s", comparison.plain)
    harness.report_figure("processor time of ours until painted", "s", used["ours"][1:])
    harness.report_figure("processor time of the bare one", "s", used["bare"][1:])
    times_bare = [ours / bare for ours, bare in zip(comparison.ours, comparison.plain, strict=True)]
    times_met = harness.report_figure("painted, times as late as the bare window", "x", times_bare, MOST_TIMES_BARE)
    return harness.report_figure(comparison.title, "s", comparison.ours, PAINTED_S) and times_met


def _start(screen: Screen, home: Path, arguments: list[str]) -> tuple[float, float]:
    """Start a window; return the seconds until it is painted, and the processor time it took until then."""
    screen.wait_for(lambda: not _is_painted(screen), LIMIT_S)
    begun_s = time.monotonic()
    process = subprocess.Popen([sys.executable, *arguments], env=environment(screen, home), stderr=subprocess.DEVNULL)
    try:
        seconds = screen.wait_for(lambda: _is_painted(screen), LIMIT_S) - begun_s
        times = psutil.Process(process.pid).cpu_times()
        return seconds, times.user + times.system
    finally:
        process.terminate()
        process.wait()


def _is_painted(screen: Screen) -> bool:
    return any(screen.colors(y) > FEW for y in ROWS)


def _run(screen: Screen, home: Path) -> bool:
    """Press Run in a window, in a process of its own, some times; print what it measured."""
    command = [sys.executable, "-m", "tests.benchmarks.window_pressed", str(RUNS)]
    done = subprocess.run(
        command, env=environment(screen, home), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    met = []
    for line in done.stdout.splitlines():
        goals = {"first task": FIRST_TASK_S, "first point": FIRST_POINT_S}
        what, _, figures = line.partition(": ")
        values = [float(each) for each in figures.split()]
        met.append(harness.report_figure(f"Run pressed to {what}", "s", values, goals.get(what)))
    return all(met)


def environment(screen: Screen, home: Path) -> dict[str, str]:
    """Return the environment of a window on `screen` that touches nobody's settings, caches and history."""
    folders = {name: str(home) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    own = {"DISPLAY": screen.name, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **folders, **own}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
