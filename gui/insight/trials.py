"""Remembers the run before a suggestion was tried, and a task's processor time in runs with one worker. No Qt."""

from __future__ import annotations

import json
from dataclasses import dataclass

from engine.insight.rule import Suggestion
from engine.insight.run_figures import RunFigures
from gui.widgets.view_data import RunData


@dataclass(frozen=True, slots=True)
class Trial:
    """A run whose suggestion was tried, and its figures."""

    before: RunData
    figures: RunFigures


class Trials:
    """Knows whether the run on screen is the trial of an earlier run's suggestion."""

    def __init__(self) -> None:
        self.current: Trial | None = None
        self._next: tuple[Trial, Suggestion] | None = None
        self._alone: dict[str, float] = {}

    def begin(self, before: RunData, figures: RunFigures, suggestion: Suggestion) -> None:
        """Expect a trial: the next run, if it is the suggested one."""
        self._next = Trial(before, figures), suggestion

    def on_run(self, data: RunData | None) -> None:
        """Take note that another run is shown."""
        waiting, self._next = self._next, None
        self.current = None
        if waiting is None or data is None:
            return
        trial, suggestion = waiting
        model = data.experiment.get("model") or {}
        same_work = data.experiment.get("workload") == trial.before.experiment.get("workload")
        as_said = suggestion.start_method in ("", model.get("start_method"))
        if same_work and as_said and (model.get("kind"), model.get("workers")) == (suggestion.kind, suggestion.workers):
            self.current = trial

    def learn(self, data: RunData, figures: RunFigures) -> None:
        """Remember a task's processor time, if this run had one worker."""
        if figures.workers == 1 and figures.over and figures.task_cpu_s:
            self._alone[_key(data)] = figures.task_cpu_s

    def alone_task_cpu_s(self, data: RunData, figures: RunFigures) -> float | None:
        """Return a task's processor time in this workload under this model with one worker, if it is known."""
        return self._alone.get(_key(data)) if figures.workers > 1 else None


def _key(data: RunData) -> str:
    """Return a key of everything that a task's processor time depends on: not the number of tasks, nor arrivals."""
    work, model = data.experiment.get("workload") or {}, data.experiment.get("model") or {}
    steps = {key: work.get(key) for key in ("steps", "groups", "stages", "seed")}
    python = data.interpreter and (data.interpreter.path, data.interpreter.version, data.interpreter.gil_enabled)
    return json.dumps([steps, model.get("kind"), python], sort_keys=True, default=str)
