"""Notices when no task ends although workers have tasks, and then has the workers located."""

from __future__ import annotations

from typing import Final

from engine.wire.tick import Stall, WorkerPlace

STALLED_S: Final = 2.0  # without the end of a task
_AGAIN_S: Final = 10.0  # while a stall lasts, the interval at which the workers are located again


class StallWatch:
    """Follows a run's progress; times are `time.monotonic`. `stall` is the present one.

    `wants_places` says that the workers are to be located now; `take` receives their places.
    """

    def __init__(self) -> None:
        self._ended = -1
        self._since_s = 0.0
        self._located_s = 0.0
        self._places: tuple[WorkerPlace, ...] = ()
        self.stall: Stall | None = None
        self.last: Stall | None = None

    def see(self, ended: int, at_work: bool, now_s: float) -> None:
        """Take in how many tasks have ended, and whether workers have any."""
        if ended != self._ended or not at_work:
            self._ended, self._since_s, self._located_s = ended, now_s, 0.0
            self.last = self.stall or self.last
            self.stall, self._places = None, ()
        elif now_s - self._since_s >= STALLED_S:
            self.stall = Stall(round(now_s - self._since_s, 3), self._places)

    def wants_places(self, now_s: float) -> bool:
        """Return whether the workers are to be located; true once for each time."""
        if self.stall is None or (self._located_s and now_s - self._located_s < _AGAIN_S):
            return False
        self._located_s = now_s
        return True

    def take(self, places: tuple[WorkerPlace, ...]) -> None:
        """Take in where the workers were located."""
        if self.stall is not None:
            self._places = places
            self.stall = Stall(self.stall.for_s, places)

    @property
    def latest(self) -> Stall | None:
        """The present stall, or the last one of the run, None if there was none."""
        return self.stall or self.last
