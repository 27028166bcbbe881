"""Holds the stretch of a run that the timeline shows: panned, zoomed, or following the run."""

from __future__ import annotations

from typing import Final

LEAST_NS: Final = 1_000  # a microsecond is the shortest stretch
FOLLOWED_NS: Final = 10_000_000_000  # the most that is shown while following
_MARGIN: Final = 1.02


class TimelineRange:
    """From `begin_ns` to `end_ns`, within a run of `run_ns`; `follow` moves it along with the run's end."""

    def __init__(self) -> None:
        self.begin_ns = 0
        self.end_ns = 1_000_000_000
        self.run_ns = 0
        self.least_ns = LEAST_NS  # at least so much is shown, even if the run is shorter
        self.follow = True

    @property
    def length_ns(self) -> int:
        """How much time is shown."""
        return self.end_ns - self.begin_ns

    def grow(self, run_ns: int, *, ended: bool) -> None:
        """Set how long the run is by now."""
        self.run_ns = max(run_ns, self.least_ns)
        if not self.follow:
            return
        if ended:
            self.fit()
        elif self.run_ns <= FOLLOWED_NS * 0.9:
            # Grows by whole seconds, so that the picture stays still in between.
            self.begin_ns, self.end_ns = 0, (self.run_ns // 1_000_000_000 + 1) * 1_000_000_000
        else:
            self.end_ns = (self.run_ns // 1_000_000_000 + 1) * 1_000_000_000
            self.begin_ns = self.end_ns - FOLLOWED_NS

    def fit(self) -> None:
        """Show the whole run."""
        self.begin_ns, self.end_ns = 0, round(max(self.run_ns, self.least_ns) * _MARGIN)

    def set(self, begin_ns: int, end_ns: int) -> None:
        """Show this stretch, limited to the run."""
        self._place(begin_ns, max(end_ns - begin_ns, LEAST_NS))

    def pan(self, share: float) -> None:
        """Move by a share of the shown stretch, limited to the run; stop following."""
        self.follow = False
        self._place(self.begin_ns + round(share * self.length_ns), self.length_ns)

    def zoom(self, factor: float, around: float = 0.5) -> None:
        """Show `factor` times as much time; the time at the share `around` of the width stays there."""
        self.follow = False
        most = round(max(self.run_ns, self.least_ns) * _MARGIN)
        length = min(max(round(self.length_ns * factor), LEAST_NS), most)
        fixed = self.begin_ns + around * self.length_ns
        self._place(round(fixed - around * length), length)

    def show(self, begin_ns: int, end_ns: int) -> None:
        """Bring a stretch into view, with margins, if it is out of view or too small to see."""
        self.follow = False
        wanted = max(end_ns - begin_ns, LEAST_NS)
        if self.begin_ns <= begin_ns and end_ns <= self.end_ns and wanted * 100 >= self.length_ns:
            return
        length = self.length_ns if wanted * 100 >= self.length_ns >= wanted * 1.5 else wanted * 20
        self._place((begin_ns + end_ns - length) // 2, length)

    def _place(self, begin_ns: int, length_ns: int) -> None:
        most = round(max(self.run_ns, self.least_ns) * _MARGIN)
        length = min(length_ns, most)
        self.begin_ns = min(max(begin_ns, 0), most - length)
        self.end_ns = self.begin_ns + length
