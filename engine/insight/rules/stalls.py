"""No progress while every worker waits for a lock."""

from __future__ import annotations

from engine.insight.parts import StalledWorker
from engine.insight.rule import Passage, Rule, Said, says
from engine.insight.run_figures import RunFigures
from engine.insight.whereabouts import frame_words
from engine.wording import figure_text as text

_QUIET_S = 2.0
_ALL = 0.9  # of the time, if there is no look at the stall itself
_NAMED = 4


def _was_held_up(run: RunFigures) -> bool:
    """Whether every worker waited for a lock, until something released it and the run continued."""
    return run.status == "finished" and _all_waited(run)


def _all_waited(run: RunFigures) -> bool:
    workers = run.stall.workers if run.stall is not None else ()
    return bool(workers) and all(each.state == "lock_wait" for each in workers)


def _is_deadlocked(run: RunFigures) -> bool:
    if run.stall is not None and run.stall.workers:
        return _all_waited(run) and run.status != "finished"
    if (run.quiet_s or 0.0) < _QUIET_S or run.done + run.failed:
        return False  # it is not known what its workers have waited for since the last task
    return bool(run.by_worker) and all(each.share("lock_wait") >= _ALL for each in run.by_worker)


def _deadlock(run: RunFigures) -> Said:
    stall = run.stall
    for_s = stall.for_s if stall is not None else run.quiet_s
    who = f"{run.all_of_them} wait" if run.workers > 1 else f"the {run.one} waits"
    first = f"No task has ended for {text.seconds(for_s)}, and {who} for a lock or a queue: a deadlock?"
    workers = stall.workers if stall is not None else ()
    more = f"So do {len(workers) - _NAMED} others." if len(workers) > _NAMED else ""
    return says(first, *(_place(each) for each in workers[:_NAMED]), more, closes=not run.done)


def _held_up(run: RunFigures) -> Said:
    stall = run.stall
    assert stall is not None  # see _was_held_up
    who = f"{run.all_of_them} waited" if run.workers > 1 else f"the {run.one} waited"
    first = f"For {text.seconds(stall.for_s)} no task ended, and {who} for a lock or a queue."
    return says(first, *(_place(each, "waited") for each in stall.workers[:_NAMED]))


def _place(worker: StalledWorker, waits: str = "waits") -> str:
    lock = f"lock {worker.address}" if worker.address else "a lock"
    return f"{worker.name} {waits} for {lock}{f' at {frame_words(worker.where)}' if worker.where else ''}."


RULES = (
    Rule("deadlock", Passage.OPENING, _is_deadlocked, _deadlock),
    Rule("held-up", Passage.OPENING, _was_held_up, _held_up),
)
