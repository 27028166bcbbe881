"""Memory that a run takes because of how its tasks are handed over."""

from __future__ import annotations

from engine.insight.rule import Passage, Rule, Said, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_MUCH_BYTES = 32 << 20
_OF_A_WORKER_BYTES = 40 << 20  # a process's own memory: workers that start after the first task add this much
_GROWN = 1.5


def _grew(run: RunFigures) -> bool:
    """Whether all tasks were submitted at once, and memory grew by more than the start of workers explains."""
    begun, peak = run.rss_begun_bytes, run.rss_peak_bytes
    if not run.all_at_once or not begun or not peak:
        return False
    workers = run.workers * _OF_A_WORKER_BYTES if run.worker_kind == "process" else 0
    return peak - begun >= _MUCH_BYTES + workers and peak >= _GROWN * begun


def _grown(run: RunFigures) -> Said:
    return says(
        f"Every task was submitted at once: while they waited in the pool's queue, the run's memory grew from "
        f"{text.size(run.rss_begun_bytes or 0)} to {text.size(run.rss_peak_bytes or 0)}. With submit = "
        f'"bounded" only a few for each worker wait there.'
    )


BESIDE = (Rule("memory-of-queue", Passage.BESIDE, _grew, _grown),)
