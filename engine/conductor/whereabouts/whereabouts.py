"""Finds out where a run's workers are: on request, and when no task ends although workers have tasks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.conductor.run_monitor import RunMonitor
from engine.conductor.whereabouts.stall_watch import StallWatch
from engine.conductor.whereabouts.worker_places import WorkerLocator
from engine.wire.tick import Stall, WorkerPlace

Take = Callable[[tuple[WorkerPlace, ...]], None]


class Whereabouts:
    """Asks the processes of one run, and hands their answers on a little later. Used by the conductor's main thread."""

    def __init__(self, folder: Path, monitor: RunMonitor) -> None:
        self._monitor = monitor
        self._locator = WorkerLocator(folder)
        self._watch = StallWatch()
        self._awaiting: list[Take] = []

    @property
    def stall(self) -> Stall | None:
        """The present stretch in which no task ends."""
        return self._watch.stall

    @property
    def latest_stall(self) -> Stall | None:
        """The present stretch, or the run's last one."""
        return self._watch.latest

    def ask(self, take: Take) -> None:
        """Call `take` with every worker's place, once the run's processes have answered."""
        if not self._awaiting:
            self._locator.ask(self._monitor.pids)
        self._awaiting.append(take)

    def turn(self, now_s: float, *, tasks_run: bool) -> None:
        """Check the run's progress, and hand on the answers that are due. `tasks_run`: the run has begun its tasks."""
        lanes = self._monitor.lanes
        self._watch.see(lanes.done + lanes.failed, tasks_run and self._monitor.at_work, now_s)
        if self._watch.wants_places(now_s):
            self.ask(self._watch.take)
        if self._awaiting and now_s >= self._locator.due_s():
            places = self._locator.collect(lanes, self._monitor.states)
            awaiting, self._awaiting = self._awaiting, []
            for take in awaiting:
                take(places)
