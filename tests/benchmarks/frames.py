"""How long a frame takes: the Live page with 64 cores and workers, and timelines of a million phases.

`python -m tests.benchmarks.frames [PHASES]` prints processor time of refresh and paint together, in milliseconds:
on a machine that others use too, it says more than the time that passed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from engine.record.lane_file import LAST, OK
from gui.live.live_view import Live
from gui.timeline.timeline_view import Timeline
from gui.widgets.theme import DARK, Theme
from tests.benchmarks import harness
from tests.gui_tests.view_runs import as_tick, end, run, tick
from tests.run_folders import Phase, add_lane, make_run

LANES = 64
COROUTINES = 1000
FRAMES = 100
LIMIT_MS = 33.0
OPEN_LIMIT_S = 1.0


def main(argv: list[str]) -> int:
    """Measure both views; return 1 if 95 of 100 frames take longer than they may."""
    parser = harness.parser_of("frames", __doc__)
    parser.add_argument("phases", nargs="?", type=int, default=1_000_000, help="default: 1,000,000")
    phases: int = parser.parse_args(argv).phases
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    application.setStyle("Fusion")
    slowest = [live(application, theme) for theme in (DARK, DARK.scaled(1.8))]
    for make in (threads, coroutines):
        with tempfile.TemporaryDirectory() as folder:
            slowest.append(timeline(application, make(Path(folder) / "run", phases), make is coroutines))
    return int(max(slowest) > LIMIT_MS)


def live(application: QApplication, theme: Theme) -> float:
    """Measure the Live page ten minutes into a run; return the time that 95 of 100 frames stay under."""
    view = Live()
    view.set_theme(theme)
    view.resize(1900, 1000)
    view.show()
    data = run(ticks=6000, workers=LANES, cores=LANES)
    view.show_run(data)

    def frame(number: int) -> None:
        data.take_tick(as_tick(tick(6001 + number, workers=LANES, cores=LANES)))
        view.refresh()
        application.processEvents()

    return _measured(f"Live, type and lines at {theme.scale}", frame)


def threads(folder: Path, phases: int) -> Path:
    """Make a run of phases on lanes with a file each."""
    made = make_run(folder)
    for lane in range(LANES):
        each = _phases(lane, phases // LANES)
        add_lane(made, f"lane-{lane:02d}", each, created_ns=lane, thread_name=f"Thread-{lane}")
    return made


def coroutines(folder: Path, phases: int) -> Path:
    """Make a run of phases on the lanes of one event loop's file, in the order in which they ended."""
    made = make_run(folder)
    each = [
        (task * COROUTINES + lane, start, end, lane, step, flags)
        for lane in range(COROUTINES)
        for task, start, end, _, step, flags in _phases(lane, phases // COROUTINES)
    ]
    add_lane(made, "loop", sorted(each, key=itemgetter(2)), created_ns=0, coroutines=COROUTINES)
    return made


def timeline(application: QApplication, folder: Path, is_async: bool) -> float:
    """Measure opening a timeline, then panning and zooming it."""
    view = Timeline()
    view.set_theme(DARK)
    view.resize(1600, 900)
    view.show()
    application.processEvents()
    data = run(workers=LANES, is_async=is_async, worker_kind="coroutine" if is_async else "thread")
    data.folder = folder
    began = time.thread_time()
    view.show_run(end(data))
    while not view.complete:
        application.processEvents()
    application.processEvents()  # the first frame of all that was read
    opened_s = time.thread_time() - began
    lag = view.scene.lag
    while lag is not None and lag.go_on():  # who held the loop is marked a moment later
        application.processEvents()
    marked_s = time.thread_time() - began
    print(f"Timeline of {view.pane.phase_count:,} phases on {len(view.scene.names):,} lanes: ", end="")
    print(f"opened in {opened_s:.2f} s (may be {OPEN_LIMIT_S:.1f}), marked in {marked_s:.2f} s")

    def frame(number: int) -> None:
        view.scene.range.zoom(0.9 if number % 4 else 1.3, 0.3)
        view.scene.range.pan(0.02)
        view.canvas.moved()
        application.processEvents()

    return _measured("Timeline, panned and zoomed", frame)


def _phases(lane: int, count: int) -> Iterator[Phase]:
    lengths = np.random.default_rng(lane).integers(200_000, 1_800_000, count).tolist()
    at = 0
    for number, length in enumerate(lengths):
        yield number // 3, at, at + length, 0, number % 3, OK | (LAST if number % 3 == 2 else 0)
        at += length + 5_000


def _measured(title: str, frame: Callable[[int], None]) -> float:
    for number in range(5):
        frame(number)
    times = []
    for number in range(5, 5 + FRAMES):
        began = time.thread_time()
        frame(number)
        times.append((time.thread_time() - began) * 1e3)
    most = float(np.percentile(times, 95))
    harness.keep_figure(title, "ms", [float(each) for each in times])
    print(f"{title}: {np.median(times):.1f} ms, 95 of 100 under {most:.1f} ms (may be {LIMIT_MS:.0f})")
    return most


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
