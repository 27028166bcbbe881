"""Whether the window keeps up with 20,000 tasks a second and more: how old the newest phase is that it shows.

`python -m tests.benchmarks.window_keeping_up`; needs Xvfb; exits 1 where it falls behind. The timeline is in front. An
age is taken every tenth of a second, from the end of the newest phase that the timeline has taken in to then; the run
does not wait for the window, so a window that is too slow shows ever older phases.
"""

from __future__ import annotations

import sys
import time
from typing import Final

import numpy as np
from PySide6.QtWidgets import QApplication

from engine.record.run_folder import RunFolder
from gui.timeline.timeline_view import Timeline
from gui.workbench import Workbench
from tests.benchmarks import harness
from tests.benchmarks.live_window import application, experiment, live_window, run

MOST_AGE_S: Final = 0.5  # 95 of 100 ages
MOST_GROWTH_S: Final = 0.1  # the last third's median over the first third's
LEAST_RATE: Final = 20_000.0
RUN_S: Final = 15.0
TINY: Final = {"kind": "count-primes", "below": 50}


def main() -> int:
    """Measure, print, and return the exit code."""
    harness.parser_of("window_keeping_up", __doc__).parse_args()
    with application("xcb"), live_window() as workbench:
        print(f"on {QApplication.platformName()}, {workbench.window.width()} x {workbench.window.height()}")
        met = [_keeps_up(workbench, kind, workers) for kind, workers in (("sequential", 1), ("threads", 4))]
    return 0 if all(met) else 1


def _keeps_up(workbench: Workbench, kind: str, workers: int) -> bool:
    view = next(each for each in workbench.repainter.views if isinstance(each, Timeline))
    workbench.window.pages.setCurrentWidget(view)
    timeline, live = [], []
    start_ns = 0

    def look() -> None:
        nonlocal start_ns
        data, store = workbench.session.data, view.scene.store
        if data is None or data.stage != "measuring" or data.folder is None or data.latest is None or store is None:
            return
        start_ns = start_ns or RunFolder(data.folder).run_start_ns()
        now_s = (time.perf_counter_ns() - start_ns) / 1e9
        if store.end_ns:
            timeline.append(now_s - store.end_ns / 1e9)
            live.append(now_s - data.latest.t_s)

    result = run(workbench, experiment([TINY], kind, workers, duration_s=RUN_S), look)
    rate = float(result["throughput_per_s"])
    print(f"{kind}, {workers} worker{'s' * (workers > 1)}: {rate:,.0f} tasks/s  goal >= {LEAST_RATE:,.0f}")
    met = [_report("newest phase in the timeline", timeline), _report("newest sample", live)]
    return all(met) and rate >= LEAST_RATE


def _report(title: str, ages_s: list[float]) -> bool:
    third = len(ages_s) // 3
    early, late = (float(np.median(part)) for part in (ages_s[:third], ages_s[-third:]))
    most = float(np.percentile(ages_s, 95))
    met = most <= MOST_AGE_S and late - early <= MOST_GROWTH_S
    print(
        f"  {title:<30} age: median {1e3 * float(np.median(ages_s)):.0f} ms, 95 % under {1e3 * most:.0f} ms, grown by "
        f"{1e3 * (late - early):+.0f} ms over the run  goal <= {1e3 * MOST_AGE_S:.0f} ms, "
        f"{1e3 * MOST_GROWTH_S:+.0f} ms: {'met' if met else 'MISSED'}",
        flush=True,
    )
    return met


if __name__ == "__main__":
    sys.exit(main())
