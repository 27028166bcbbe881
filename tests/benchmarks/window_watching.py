"""What it takes to watch: from the run, from the processor, and for a frame of the Live view.

`python -m tests.benchmarks.window_watching [throughput] [processor] [frames]`; needs Xvfb; exits 1 where a goal is
missed. Frames are of a made-up run with 64 workers on 64 cores, 1920 x 1080: everything that a tick
brings about, until it is painted. `frames offscreen` paints them without an X server.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import psutil
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from engine.wire.client import Conductor
from gui.session.run_data import GrowingRun
from gui.workbench import Workbench
from tests import conducting
from tests.benchmarks import harness
from tests.benchmarks.live_window import application, experiment, live_window, run
from tests.gui_tests.view_runs import as_tick, tick
from tests.gui_tests.view_runs import run as made_up

LEAST_RATIO: Final = 0.95
MOST_CPU_PERCENT: Final = 15.0
MOST_FRAME_MS: Final = 33.0
FRAMES_PERCENT: Final = 95
PAIRS: Final = 20
RUN_S: Final = 1.0
BUSY: Final = {"kind": "count-primes", "below": 3_000}  # about a millisecond
STEADY_S: Final = 8.0
FRAMES: Final = 200
WORKERS = CORES = 64


def main(names: list[str]) -> int:
    """Measure what is named, all by default; return the exit code."""
    parts = {"throughput": _throughput, "processor": _processor, "frames": _frames}
    names = harness.names_of("window_watching", __doc__, [*parts, "offscreen"], names)
    platform = "offscreen" if "offscreen" in names else "xcb"
    chosen = [name for name in names if name in parts] or list(parts)
    with application(platform), live_window() as workbench:
        print(f"on {QApplication.platformName()}, {workbench.window.width()} x {workbench.window.height()}")
        met = [parts[name](workbench) for name in chosen]
    return 0 if all(met) else 1


def _throughput(workbench: Workbench) -> bool:
    """Compare by the clock, and in processor time: what others do on the machine shows in the former only."""
    what = experiment([BUSY], "sequential", 1, duration_s=RUN_S)
    cpu: dict[str, list[float]] = {"watched": [], "headless": []}

    def rate(side: str, result: dict[str, Any]) -> float:
        cpu[side].append(result["tasks"]["done"] / result["ledger_s"]["cpu"])
        return float(result["throughput_per_s"])

    with Conductor() as conductor:
        comparison = harness.measure(
            "one worker, 1 ms tasks, watched over headless: tasks/s",
            lambda: rate("watched", run(workbench, what)),
            lambda: rate("headless", conducting.run(conductor, what, history=True)),
            pairs=PAIRS,
        )
    of_cpu = harness.Comparison("the same, a second of processor time", *(tuple(each[1:]) for each in cpu.values()))
    met = [harness.report_ratio(each, LEAST_RATIO) for each in (comparison, of_cpu)]
    return all(met)


def _processor(workbench: Workbench) -> bool:
    met = []
    for kind, workers in (("sequential", 1), ("threads", 4), ("threads", 64)):
        what = experiment([{"kind": "sleep", "duration_ms": 1.0}], kind, workers, duration_s=STEADY_S)
        used = 100 * _used_share(workbench, what)
        title = f"window's processor time, {kind}, {workers} worker{'s' * (workers > 1)}"
        met.append(harness.report_figure(title, "% of a core", [used], MOST_CPU_PERCENT))
    return all(met)


def _used_share(workbench: Workbench, what: dict[str, object]) -> float:
    """Return the window's processor time over the run's, while its samples grow by all but the first second."""
    own, marks = psutil.Process(), []

    def look() -> None:
        data = workbench.session.data
        if data is not None and data.stage == "measuring" and len(data.samples) and data.samples.t_s[-1] > 1.0:
            marks.append((time.perf_counter(), sum(own.cpu_times()[:2])))

    run(workbench, what, look)
    (begun_s, before_s), (ended_s, after_s) = marks[0], marks[-1]
    return (after_s - before_s) / (ended_s - begun_s)


def _frames(workbench: Workbench) -> bool:
    met = [_report_frames(workbench, samples) for samples in (100, 3_000)]
    return all(met)


def _report_frames(workbench: Workbench, samples: int) -> bool:
    data = made_up(ticks=samples, workers=WORKERS, cores=CORES)
    workbench.session.data = data
    workbench.repainter.show_run(data)
    QApplication.processEvents()
    times = np.array(list(_paint(workbench, data, samples))) * 1e3
    wall, cpu = np.percentile(times, FRAMES_PERCENT, axis=0)
    within = (times[:, 0] < MOST_FRAME_MS).mean()
    scale = workbench.appearance.theme.scale
    print(
        f"frames, {CORES} cores, {WORKERS} workers, {samples} samples, {scale:g}-fold lines: median "
        f"{np.median(times[:, 0]):.1f} ms, {FRAMES_PERCENT} % under {wall:.1f} ms ({cpu:.1f} ms of processor time); "
        f"{within:.0%} under {MOST_FRAME_MS:g} ms  goal >= {FRAMES_PERCENT} %: "
        f"{'met' if within * 100 >= FRAMES_PERCENT else 'MISSED'}",
        flush=True,
    )
    return bool(within * 100 >= FRAMES_PERCENT)


def _tick(number: int) -> dict[str, Any]:
    """Return the tick of a run with a process a worker."""
    message = tick(number, workers=WORKERS, cores=CORES)
    (host,) = message["processes"]
    children = [{**host, "pid": 200 + worker, "parent": 100, "role": "worker"} for worker in range(WORKERS)]
    return {**message, "processes": [host, *children], "process_count": 1 + WORKERS}


def _paint(workbench: Workbench, data: GrowingRun, samples: int) -> Iterator[tuple[float, float]]:
    """Yield each frame's seconds by the clock and of processor time."""
    for number in range(samples + 1, samples + 1 + FRAMES):
        message = _tick(number)
        begun = time.perf_counter(), time.thread_time()
        data.take_tick(as_tick(message))
        workbench.repainter.draw()
        QApplication.sendPostedEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.UpdateRequest)
        yield time.perf_counter() - begun[0], time.thread_time() - begun[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
