"""Phrases from which the sentences on a run are composed."""

from __future__ import annotations

from engine.insight.alike import are_alike
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

# What workers did, to follow "each" or their number; `waited_for` below is more exact if the wait was seen.
DID = {
    "cpu": "ran",
    "cpu_wait": "waited for a core",
    "gil_wait": "waited for the GIL",
    "io_wait": "waited for I/O",
    "lock_wait": "waited for a lock",
    "loop_wait": "was ready but waited for the event loop",
    "transport": "handed over tasks and results",
    "idle": "had no task",
}
WAITED = {
    "sleep": "slept",
    "network": "waited for the network",
    "disk": "waited for the disk",
    "pipe": "waited for a pipe",
    "child": "waited for a child process",
    "other": "waited in another kind of system call",
}
_MOST = 0.8  # of a wait: from this share on, only this kind is named


def capital(words: str) -> str:
    """Return `words` with a capital, to begin a sentence."""
    return words[:1].upper() + words[1:]


def kept_busy(run: RunFigures) -> str:
    """Return `kept 0.6 of a core busy`, or "" if that is not known."""
    return cores_busy(run.run_cores)


def cores_busy(cores: float | None) -> str:
    """Return that workers kept so many cores busy, "" if that is not known."""
    if cores is None:
        return ""
    if cores < 0.05:
        return "kept hardly any core busy"
    if 0.9 <= cores <= 1.15:
        return "kept one core busy"
    return f"kept {cores:.1f} {'of a core' if cores < 0.95 else 'cores'} busy"


def opening(run: RunFigures, on: str = "") -> str:
    """Return how a sentence on the workers begins: `4 threads kept one core busy: `."""
    busy = kept_busy(run)
    return f"{run.who}{on} {busy}: " if busy else f"{run.who}{on}: "


def spent(run: RunFigures, did: str, *states: str) -> str:
    """Return `each waited for the GIL 61 % of the time`; "each" only if the workers are alike."""
    share = percent(run, *states)
    if run.workers == 1:
        return f"it {did} {share} of the time"
    if are_alike(run, *states):
        return f"each {did} {share} of the time"
    did = did.replace("was ready", "were ready").replace("its turn", "their turn")
    return f"on average they {did} {share} of the time"


def percent(run: RunFigures, *states: str) -> str:
    """Return a share of the workers' time, with its 95 % interval if known, and marked as estimated if it is.

    Waiting for the GIL is an estimate if the threads could not be looked at, waiting for the loop if the loop was not
    recorded.
    """
    share = text.percent(run.share(*states))
    if len(states) == 1 and states[0] in run.bounds_s and run.worker_s > 0:
        low, high = (min(100.0, max(0.0, 100 * bound / run.worker_s)) for bound in run.bounds_s[states[0]])
        if round(high) - round(low) >= 2:
            return f"{share} ({low:.0f} to {high:.0f})"
        return share
    if "gil_wait" in states and not run.seen and run.share("gil_wait") > 0:
        return f"an estimated {share}"
    if "loop_wait" in states and run.loop_unrecorded and run.share("loop_wait") > 0:
        return f"an estimated {share}"
    return share


def waited_for(run: RunFigures) -> str:
    """Return the kind of I/O wait: `slept`, `waited for the disk`; otherwise `waited for I/O`."""
    total = run.ledger_s.get("io_wait") or 0.0
    for kind, words in WAITED.items():
        if total > 0 and (run.waits_s(kind) or 0.0) >= _MOST * total:
            return words
    if run.waits_s("sleep") is None:
        waits = {step.waits_on for step in run.steps if step.waits_on != "nothing" or step.is_code}
        if waits == {"time"} and not run.has_code:
            return WAITED["sleep"]
        if run.is_async and run.has_async_code:
            return "awaited something"
    return DID["io_wait"]


def also(run: RunFigures) -> str:
    """Return what else the workers waited for, if it took much time: `, and waited for a core 24 %`."""
    what = {"cpu_wait": "for a core", "gil_wait": "for the GIL" if not run.merged else "for the GIL or a core"}
    parts = [f"{words} {percent(run, state)}" for state, words in what.items() if run.share(state) >= 0.1]
    return f", and waited {' and '.join(parts)}" if parts else ""


def names(workers: list[str], one: str, limit: int = 3) -> str:
    """Return `Thread 1, Thread 2 and 6 others`."""
    if len(workers) > limit:
        rest = len(workers) - limit + 1
        return f"{', '.join(workers[: limit - 1])} and {rest} others"
    return f"{', '.join(workers[:-1])} and {workers[-1]}" if len(workers) > 1 else workers[0] if workers else one
