"""Ends a run whose start or tasks exceed its time limit, after finding out where its workers are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from engine.conductor.run_monitor import RunMonitor
from engine.conductor.whereabouts.whereabouts import Whereabouts
from engine.insight.whereabouts import place_words, whereabouts_text
from engine.wire.codec import plain
from engine.wire.tick import WorkerPlace

_NAMED: Final = 3  # how many workers' places the reason names


class TimeLimit:
    """A run's time limit, None for no limit. Used by the conductor's main thread.

    `take_note` is called with a sentence for each worker, then `stop` once; `reason` says by then why the run failed.
    """

    def __init__(
        self,
        limit_s: float | None,
        start_ns: int,
        monitor: RunMonitor,
        whereabouts: Whereabouts,
        take_note: Callable[[str], None],
        stop: Callable[[], None],
    ) -> None:
        self._limit_s, self._start_ns = limit_s, start_ns
        self._monitor, self._whereabouts = monitor, whereabouts
        self._take_note, self._stop = take_note, stop
        self.reason: str | None = None

    def turn(self) -> None:
        """Check the time, while the run goes on and nobody has stopped it."""
        if self._limit_s is None or self.reason is not None:
            return
        first_ns = self._monitor.first_ns
        if time.perf_counter_ns() - (first_ns or self._start_ns) <= self._limit_s * 1e9:
            return
        what = "its tasks took" if first_ns else "its start took"
        self.reason = f"{what} longer than its time limit of {self._limit_s:g} s"
        self._whereabouts.ask(self._end)

    def _end(self, places: tuple[WorkerPlace, ...]) -> None:
        for place in places:
            lines = whereabouts_text([plain(place)]).splitlines()
            self._take_note(f"At the time limit {', '.join(line.strip() for line in lines)}")
        stood = [place_words(place) for place in places if place.where]
        self.reason = "; ".join([str(self.reason), *stood[:_NAMED]])
        self._stop()
