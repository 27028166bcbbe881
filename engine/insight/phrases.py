"""Phrases that sentences on a run are made of."""

from __future__ import annotations

from engine.insight import figure_text as text
from engine.insight.run_figures import RunFigures, Suggestion


def percent(run: RunFigures, state: str) -> str:
    """Return the part of the workers' time in a state; that of the GIL is an estimate."""
    share = run.share(state)
    return text.estimated_percent(share) if state == "gil_wait" else text.percent(share)


def also(run: RunFigures) -> str:
    """Return what else the workers waited for, if it was much."""
    what = {"cpu_wait": "for a core", "gil_wait": "for the GIL" if not run.merged else "for the GIL or a core"}
    parts = [f", {words} {percent(run, state)}" for state, words in what.items() if run.share(state) >= 0.1]
    return "".join(parts)


def cores(run: RunFigures) -> str:
    """Return `one core's worth of work`, `3.8 cores' worth of work`, or that it is not known."""
    if run.run_cores is None:
        return "an amount of CPU time that was not measured"
    if 0.9 <= run.run_cores <= 1.15:
        return "one core's worth of work"
    if run.run_cores < 0.05:
        return "hardly any work for a core"
    return f"{run.run_cores:.1f} cores' worth of work"


def processes_would(run: RunFigures) -> list[str]:
    """Say what processes could do for work that one GIL or one thread holds up."""
    count = process_count(run)
    if count < 2:
        return []
    if count < run.workers:
        cores = "both cores" if count == 2 else f"all {count} cores"
        return [f"Processes, each with a GIL of its own, could use {cores} of this machine."]
    return [f"{count} processes, each with a GIL of its own, could use {count} cores."]


def process_count(run: RunFigures) -> int:
    """Return how many processes could compute at once; 1 where the machine has only one core."""
    wanted = run.workers if run.workers > 1 else run.machine_cores or 2
    return min(wanted, run.machine_cores or wanted)


def try_processes(run: RunFigures) -> Suggestion | None:
    """Suggest processes, where the machine has cores for them."""
    count = process_count(run)
    return Suggestion("process-pool", count, f"Try {count} processes") if count > 1 else None


def capital(words: str) -> str:
    """Return words as they begin a sentence."""
    return words[:1].upper() + words[1:]


def price(run: RunFigures) -> list[str]:
    """Say what starting workers and carrying tasks to them cost, where it is worth a word."""
    parts = []
    if run.startup_s is not None and run.elapsed_s and run.startup_s > 0.05 * run.elapsed_s:
        parts.append(f"{text.seconds(run.startup_s)} until the first task began")
    if run.share("transport") >= 0.02:
        parts.append(f"{text.percent(run.share('transport'))} of their time to carry tasks and results")
    return [f"The price: {' and '.join(parts)}."] if parts else []
