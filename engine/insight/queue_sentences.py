"""Whether the workers of an open loop keep up with what arrives, once that is sure."""

from __future__ import annotations

import math

from engine.insight import figure_text as text
from engine.insight.run_figures import RunFigures

_LEAST_S = 0.5
_PACE_S = 2.0  # until then a run that goes on may still be on its way to its pace


def queue_sentences(run: RunFigures) -> list[str]:
    """Say whether an open loop keeps up, once that is sure."""
    if run.arrival_per_s is None or run.throughput_per_s is None or not run.elapsed_s or run.elapsed_s < _LEAST_S:
        return []
    arrivals, done = text.rate(run.arrival_per_s), text.rate(_handled_per_s(run))
    if falls_behind(run):
        growth = text.rate(run.arrival_per_s - _handled_per_s(run))
        pace = f"{arrivals} tasks arrive a second and {done} get done"
        return [f"{pace}: the queue grows by {growth} tasks a second, and every task waits longer than the one before."]
    if not _keeps_pace(run):
        return []
    usual = f", half of them within {text.seconds(run.task_s)} of their arrival" if run.task_s is not None else ""
    return [f"{arrivals} tasks arrive a second and the workers keep up{usual}."]


def falls_behind(run: RunFigures) -> bool:
    """Whether the queue grows for sure.

    What is missing must be more than the workers may have in hand, and more than chance takes away: of n arrivals by
    chance the spread is the root of n, and three times that is hardly ever missing. While a run goes on, its first
    seconds tell nothing: it may still be on its way to its pace.
    """
    if _keeps_pace(run) or not run.elapsed_s or (run.status == "running" and run.elapsed_s < _PACE_S):
        return False
    due = (run.arrival_per_s or 0.0) * run.elapsed_s
    return due - _handled_per_s(run) * run.elapsed_s > run.workers + 3 * math.sqrt(due)


def _handled_per_s(run: RunFigures) -> float:
    """Return how many tasks a second left the queue for good: those that failed, too."""
    return (run.throughput_per_s or 0.0) + (run.failed / run.elapsed_s if run.elapsed_s else 0.0)


def _keeps_pace(run: RunFigures) -> bool:
    return _handled_per_s(run) >= 0.9 * (run.arrival_per_s or 0.0)
