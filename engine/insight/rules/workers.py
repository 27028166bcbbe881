"""Workers that differ, workers without a task, and everything that no other rule covers."""

from __future__ import annotations

from dataclasses import replace

from engine.insight.alike import AlikeWorkers, differ, kinds
from engine.insight.phrases import DID, WAITED, opening, percent
from engine.insight.rule import Passage, Rule, Said, says
from engine.insight.run_figures import STATES, RunFigures
from engine.wording import figure_text as text

_NAMED = 3  # kinds of worker
_SHOWN = 0.1
_COUNTS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


def _differ(run: RunFigures) -> bool:
    # If all coroutines share one event loop, the loop determines what they do: its own rules describe that.
    return not run.is_async and run.workers > 1 and differ(run)


def _apart(run: RunFigures) -> Said:
    found = kinds(run)
    first, *more = (_kind_words(run, kind) for kind in found[:_NAMED])
    return says(f"{opening(run)}{'; '.join([f'{first} of the time', *more])}.")


def _kind_words(run: RunFigures, kind: AlikeWorkers) -> str:
    count = len(kind.workers)
    who = kind.workers[0].name if count == 1 else f"{_COUNTS.get(count, str(count))} of {run.workers}"
    states = sorted((state for state in STATES if kind.share(state) >= _SHOWN), key=lambda state: -kind.share(state))
    did = [f"{_did(kind, state)} {text.percent(kind.share(state))}" for state in states[:2]]
    return f"{who} {' and '.join(did)}"


def _did(kind: AlikeWorkers, state: str) -> str:
    if state == "idle" and 2 * sum(each.starting_s for each in kind.workers) >= kind.total_s(state):
        return "had not begun"
    if state == "idle" and 2 * _waited_s(kind, "stopped") >= kind.total_s(state):
        return "was stopped"
    if state != "io_wait":
        return DID[state]
    waits = {name: _waited_s(kind, name) for name in WAITED}
    whole = sum(each.ledger_s.get("io_wait") or 0.0 for each in kind.workers)
    most = max(waits, key=lambda name: waits[name])
    return WAITED[most] if whole > 0 and waits[most] >= 0.8 * whole else DID[state]


def _waited_s(kind: AlikeWorkers, what: str) -> float:
    return sum((each.waits_s or {}).get(what) or 0.0 for each in kind.workers)


def _without_task(run: RunFigures) -> int:
    """Return how many workers never had a task; 0 where that is not known."""
    return run.idle_workers + (sum(not each.had_task for each in run.by_worker) if run.over else 0)


def _never_worked(run: RunFigures) -> Said:
    idle, tasks, workers = _without_task(run), run.done + run.failed, run.workers + run.idle_workers
    if idle == workers:
        return says(f"None of the {run.who} ever had a task.")
    why = f": there {'was' if tasks == 1 else 'were'} only {tasks}" if tasks < workers else ""
    who = f"{text.number(idle)} of {replace(run, workers=workers).who}"
    return says(f"{who} never had a task{why}.")


def _is_idle(run: RunFigures) -> bool:
    return run.without_task_share >= 0.5


def _idle(run: RunFigures) -> Said:
    share = text.percent(run.without_task_share)
    had = (
        f"it had no task {share} of the time"
        if run.workers == 1
        else f"on average they had no task {share} of the time"
    )
    return says(f"{opening(run)}{had}.")


def _mixed(run: RunFigures) -> Said:
    states = sorted(STATES, key=lambda state: -run.share(state))[:2]
    half = run.share("idle") / 2
    no_task = "had not begun" if run.starting_share >= half else DID["idle"]
    words = {**DID, "idle": "were stopped" if run.waits_share("stopped") >= half > 0 else no_task}
    did = " and ".join(f"{words[state]} {percent(run, state)}" for state in states if run.share(state) > 0)
    who = "it" if run.workers == 1 else "on average they"
    return says(
        f"{opening(run)}{who} {did if run.workers == 1 else did.replace('was ready', 'were ready')} of the time."
    )


FIRST = (Rule("workers-differ", Passage.MAIN, _differ, _apart),)
LAST = (
    Rule("idle", Passage.MAIN, _is_idle, _idle),
    Rule("mixed", Passage.MAIN, lambda run: True, _mixed),
)
BESIDE = (Rule("without-task", Passage.BESIDE, lambda run: _without_task(run) > 0, _never_worked),)
