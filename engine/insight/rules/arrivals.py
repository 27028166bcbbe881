"""Whether the workers of an open loop keep up with the arriving tasks, once that is certain."""

from __future__ import annotations

import math

from engine.insight.rule import Passage, Rule, Said, Suggestion, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_LEAST_S = 0.5
_PACE_S = 2.0  # a run that goes on may not have reached its steady rate before


def falls_behind(run: RunFigures) -> bool:
    """Whether the queue certainly grows.

    More tasks must be missing than the workers may be working on, and than chance explains: n random arrivals have a
    standard deviation of the root of n, and three times that is hardly ever missing. While a run goes on, its first
    seconds are ignored: it may not have reached its steady rate.
    """
    if not _is_told(run) or _keeps_pace(run) or not run.elapsed_s:
        return False
    if not run.over and run.elapsed_s < _PACE_S:
        return False
    due = (run.arrival_per_s or 0.0) * run.elapsed_s
    return due - _handled_per_s(run) * run.elapsed_s > run.workers + 3 * math.sqrt(due)


def _is_told(run: RunFigures) -> bool:
    told = run.arrival_per_s is not None and run.throughput_per_s is not None
    return told and bool(run.elapsed_s) and (run.elapsed_s or 0.0) >= _LEAST_S


def _handled_per_s(run: RunFigures) -> float:
    """Return how many tasks a second left the queue, including failed ones."""
    return (run.throughput_per_s or 0.0) + (run.failed / run.elapsed_s if run.elapsed_s else 0.0)


def _keeps_pace(run: RunFigures) -> bool:
    return _handled_per_s(run) >= 0.9 * (run.arrival_per_s or 0.0)


def _behind(run: RunFigures) -> Said:
    pace = f"{text.rate(run.arrival_per_s)} tasks arrive a second and {text.rate(_handled_per_s(run))} get done"
    growth = text.rate((run.arrival_per_s or 0.0) - _handled_per_s(run))
    return says(f"{pace}: the queue grows by {growth} tasks a second, and every task waits longer than the one before.")


def _keeps_up(run: RunFigures) -> Said:
    usual = f"; median latency {text.seconds(run.task_s)}" if run.task_s is not None else ""
    return says(f"{text.rate(run.arrival_per_s)} tasks arrive a second and the workers keep up{usual}.")


def _would_wait_less(run: RunFigures) -> bool:
    return bool(run.model) and falls_behind(run) and run.share("io_wait") >= 0.5 and bool(run.throughput_per_s)


def _more_workers(run: RunFigures) -> Said:
    wanted = math.ceil(1.2 * run.workers * (run.arrival_per_s or 0.0) / (run.throughput_per_s or 1.0))
    wanted = min(500, wanted)
    return says(suggestion=Suggestion(run.model, wanted, f"Try {wanted} workers"))


PACE = (
    Rule("falls-behind", Passage.PACE, falls_behind, _behind),
    Rule("keeps-up", Passage.PACE, lambda run: _is_told(run) and _keeps_pace(run), _keeps_up),
)
ADVICE = (Rule("more-workers", Passage.ADVICE, _would_wait_less, _more_workers),)
