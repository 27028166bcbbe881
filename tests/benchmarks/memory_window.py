"""A million phases with the window open: the memory of the window, of the conductor and of the host.

`python -m tests.benchmarks.memory_window`; needs Xvfb; exits 1 where a goal is missed. Pages of the lanes' files that a
process has mapped count as its own, though the system can drop them at any time.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Final

import psutil

from gui.screenshots import wait
from gui.workbench import Workbench
from tests.benchmarks import harness
from tests.benchmarks.live_window import application, experiment, live_window, run

PHASES: Final = 1_000_000
STEPS: Final = 10
MOST_MB: Final = {"window": 400.0, "conductor": 150.0, "host": 150.0}
EMPTY: Final = {"kind": "python", "source": "def task(number):\n    pass\n"}
REST_MS: Final = 2_000


class Peaks:
    """The most memory that was seen of each process."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._window, self._conductor = psutil.Process(), psutil.Process(workbench.conductor.pid)
        self.mb = dict.fromkeys(MOST_MB, 0.0)

    def look(self) -> None:
        """Take in how it is now."""
        self._take("window", self._window)
        self._take("conductor", self._conductor)
        data = self._workbench.session.data
        latest = None if data is None else data.latest
        for process in () if latest is None else latest.processes or ():
            self.mb["host"] = max(self.mb["host"], (process.rss_bytes or 0.0) / 1e6)

    def _take(self, name: str, process: psutil.Process) -> None:
        with contextlib.suppress(psutil.Error):
            self.mb[name] = max(self.mb[name], process.memory_info().rss / 1e6)


def main() -> int:
    """Measure, print, and return the exit code."""
    harness.parser_of("memory_window", __doc__).parse_args()
    with application("xcb"), live_window() as workbench:
        peaks = Peaks(workbench)
        peaks.look()
        print(f"before: window {peaks.mb['window']:.0f} MB, conductor {peaks.mb['conductor']:.0f} MB")
        result = run(workbench, experiment([EMPTY] * STEPS, "threads", 4, tasks=PHASES // STEPS), peaks.look)
        trace = result["trace"]
        print(f"{trace['phases']:,} phases in {result['elapsed_s']:.1f} s, {trace['dropped']:,} dropped")
        pages = workbench.window.pages
        for place in range(pages.count()):  # the timeline reads every phase, where there is one
            pages.setCurrentIndex(place)
            wait(REST_MS)
            peaks.look()
            print(f"with the page {pages.tabText(place)}: window {peaks.mb['window']:.0f} MB")
        met = [
            harness.report_figure(f"{name}, at most", "MB", [peaks.mb[name]], goal) for name, goal in MOST_MB.items()
        ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
