"""Workers whose process was stopped by a signal, or by a debugger: they waited for nothing, and could not run."""

from __future__ import annotations

from engine.insight.alike import differ
from engine.insight.phrases import opening
from engine.insight.rule import Passage, Rule, Said, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_MUCH = 0.5  # of the workers' time: then it is what their time went to
_SOME = 0.02
_BY = "by a signal (SIGSTOP) or a debugger"


def _share(run: RunFigures) -> float:
    return run.waits_share("stopped")


def _mostly(run: RunFigures) -> bool:
    return _share(run) >= _MUCH and not differ(run)


def _were_stopped(run: RunFigures) -> Said:
    who = "it was" if run.workers == 1 else "on average they were"
    return says(f"{opening(run)}{who} stopped {text.percent(_share(run))} of the time, {_BY}.")


def _were_stopped_too(run: RunFigures) -> Said:
    return says(f"{text.percent(_share(run))} of the workers' time their processes were stopped, {_BY}.")


MAIN = (Rule("process-stopped", Passage.MAIN, _mostly, _were_stopped),)
BESIDE = (
    Rule(
        "process-stopped-too", Passage.BESIDE, lambda run: _share(run) >= _SOME and not _mostly(run), _were_stopped_too
    ),
)
