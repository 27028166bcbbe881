"""How a run ended, if not as it should."""

from __future__ import annotations

from engine.insight.phrases import capital
from engine.insight.rule import Passage, Rule, Said, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_TOO_SHORT_S = 0.02


def _has_failed(run: RunFigures) -> bool:
    # If every task failed, the rule on failures says so, with the first error.
    return run.status == "failed" and not (run.failed and not run.done and "failed" in run.reason)


def _failed(run: RunFigures) -> Said:
    words = f"The run failed: {run.reason.rstrip('.')}." if run.reason else "The run failed."
    return says(words, closes=not run.done and not run.failed)


def _stopped_before_any(run: RunFigures) -> bool:
    return run.status == "stopped" and not run.done and not run.failed and run.stall is None


def _stopped(run: RunFigures) -> bool:
    return run.status == "stopped" and bool(run.done or run.failed) and run.elapsed_s is not None


def _is_too_short(run: RunFigures) -> bool:
    short = run.elapsed_s is not None and run.elapsed_s < _TOO_SHORT_S
    return run.over and short and run.done > 0


def _too_short(run: RunFigures) -> Said:
    took = f"{text.counted(run.done, 'task')} in {text.seconds(run.elapsed_s)}"
    return says(f"{took}: too short a run to tell where the time goes.", closes=True)


def _just_started(run: RunFigures) -> bool:
    return run.worker_s <= 0 and not run.over and run.done + run.failed == 0


def _unmeasured(run: RunFigures) -> bool:
    return run.worker_s <= 0 and not _just_started(run)


BEFORE_FAILURES = (
    Rule("ended-failed", Passage.OPENING, _has_failed, _failed),
    Rule(
        "stopped-at-once",
        Passage.OPENING,
        _stopped_before_any,
        lambda run: says("Stopped before a task was done.", closes=True),
    ),
    Rule(
        "stopped",
        Passage.OPENING,
        _stopped,
        lambda run: says(f"Stopped after {text.seconds(run.elapsed_s)}; these are the figures until then."),
    ),
)
AFTER_FAILURES = (
    Rule("too-short", Passage.OPENING, _is_too_short, _too_short),
    Rule(
        "just-started",
        Passage.OPENING,
        _just_started,
        lambda run: says(f"{capital(run.who)} just started; the first figures come in a moment.", closes=True),
    ),
    Rule(
        "not-measured",
        Passage.OPENING,
        _unmeasured,
        lambda run: says(
            "" if run.status == "failed" else "Where the workers' time went was not measured.", closes=True
        ),
    ),
)
