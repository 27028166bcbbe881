"""Two or three plain sentences on what a run shows, from its own figures and nothing else."""

from __future__ import annotations

from engine.analysis import figure_text as text
from engine.analysis.run_figures import STATES, Insight, RunFigures, Suggestion


def insight(run: RunFigures) -> Insight:
    """Return what `run` shows: how it ended if not well, what its time went to and why, and what else could be done."""
    sentences = [*_ending(run), *_failures(run)]
    if run.worker_s <= 0:
        if run.status == "running" and run.done + run.failed == 0:
            sentences.append(f"{_capital(run.who)} just started; the first figures come in a moment.")
        elif run.status != "failed":
            sentences.append("Where the workers' time went was not measured.")
        return Insight(tuple(sentences))
    sentences += _queue(run)
    for case in (_blocked_loop, _locked, _overhead, _waiting, _gil, _crowded, _computing, _idle):
        found = case(run)
        if found is not None:
            return Insight((*sentences, *found.sentences, *_others(run)), found.suggestion)
    states = sorted(STATES, key=lambda state: -run.share(state))[:2]
    mixed = " and ".join(f"{_percent(run, state)} {_DOING[state]}" for state in states)
    return Insight((*sentences, f"{run.who}, {_cores(run)}: {run.each} spent {mixed}."))


_DOING = {
    "cpu": "running",
    "cpu_wait": "waiting for a core",
    "gil_wait": "waiting for the GIL (estimated)",
    "io_wait": "waiting for I/O",
    "lock_wait": "waiting for a lock",
    "loop_wait": "waiting for the event loop",
    "transport": "carrying tasks and results",
    "idle": "without a task",
}


def _ending(run: RunFigures) -> list[str]:
    if run.status == "failed":
        return [f"The run failed: {run.reason.rstrip('.')}." if run.reason else "The run failed."]
    if run.status == "stopped" and run.elapsed_s is not None:
        return [f"Stopped after {text.seconds(run.elapsed_s)}; these are the figures until then."]
    return []


def _failures(run: RunFigures) -> list[str]:
    if not run.failed:
        return []
    first = f"; first: {run.first_error.rstrip('.')}" if run.first_error else ""
    count = run.done + run.failed
    return [f"{text.number(run.failed)} of {text.counted(count, 'task')} failed{first}."]


def _queue(run: RunFigures) -> list[str]:
    """Say whether an open loop keeps up."""
    if run.arrival_per_s is None or run.throughput_per_s is None or not run.elapsed_s or run.elapsed_s < 0.5:
        return []
    arrivals, done = text.rate(run.arrival_per_s), text.rate(run.throughput_per_s)
    if run.throughput_per_s < 0.9 * run.arrival_per_s:
        growth = text.rate(run.arrival_per_s - run.throughput_per_s)
        pace = f"{arrivals} tasks arrive a second and {done} get done"
        return [f"{pace}: the queue grows by {growth} tasks a second, and every task waits longer than the one before."]
    usual = f", half of them within {text.seconds(run.task_s)} of their arrival" if run.task_s is not None else ""
    return [f"{arrivals} tasks arrive a second and the workers keep up{usual}."]


def _others(run: RunFigures) -> list[str]:
    """Say whether programs of others took a good part of the machine."""
    if run.other_cores is None or not run.machine_cores or run.other_cores < 0.25 * run.machine_cores:
        return []
    return [f"Meanwhile other programs used {run.other_cores:.1f} of the machine's {run.machine_cores} cores."]


def _blocked_loop(run: RunFigures) -> Insight | None:
    share = run.share("loop_wait")
    if not run.is_async or share < 0.2:
        return None
    # Only one coroutine can run, or wait for a core, at a time: the part of the time in which one does.
    computing = run.share("cpu", "cpu_wait", "gil_wait") * run.workers >= 0.5
    why = "computes" if computing else "waits in a call that is not awaited"
    waited = f"{run.each} was ready but waited for its turn {text.percent(share)} of the time"
    sentences = (
        f"Each task blocked the loop: {waited}.",
        f"All share one thread, and a task that {why} keeps it.",
        *_culprit(run),
    )
    if computing:
        return Insight((*sentences, *_processes_would(run)), _try_processes(run))
    return Insight(
        (*sentences, "Threads can make such calls side by side; so can calls that are awaited."),
        Suggestion("thread-pool", min(run.workers, 64), f"Try {min(run.workers, 64)} threads"),
    )


def _culprit(run: RunFigures) -> list[str]:
    """Name who held the loop longest."""
    hold = run.loop_hold
    if hold is None:
        return []
    others = "1 other was" if hold.waiting == 1 else f"{text.number(hold.waiting)} others were"
    who = f"{_capital(hold.worker)} held it longest: {hold.step} of task {hold.task:,} took {text.seconds(hold.held_s)}"
    return [f"{who}, and {others} ready and waited."]


def _locked(run: RunFigures) -> Insight | None:
    share = run.share("lock_wait")
    if share < 0.2:
        return None
    return Insight(
        (
            f"{run.who}, {_cores(run)}: {run.each} waited for a lock {text.percent(share)} of the time.",
            "Only one can hold it at a time, so more workers get no more done; holding it for less time would.",
        )
    )


def _overhead(run: RunFigures) -> Insight | None:
    transport, idle = run.share("transport"), run.share("idle")
    if transport + idle < 0.4 or run.arrival_per_s is not None or run.task_s is None or run.task_s > 0.002:
        return None
    spent = f"{text.percent(transport)} of their time carrying tasks and results, and {text.percent(idle)} idle"
    short = f"A task takes only {text.seconds(run.task_s)}, less than it costs to hand it over"
    advice = "Larger tasks, or several handed over at once, would use the workers better."
    return Insight((f"{short}: {run.who} spent {spent}.", advice))


def _gil(run: RunFigures) -> Insight | None:
    share = run.share("gil_wait")
    if share < 0.15 or run.workers < 2 or run.worker_kind != "thread" or run.gil_enabled is False:
        return None
    what = "the GIL or a core" if run.merged else "the GIL"
    waited = f"{run.each} waited for {what} an estimated {text.estimated_percent(share)} of the time"
    sentences = [f"{run.who}, {_cores(run)}: {waited}."]
    if run.merged:
        sentences.append("This platform does not tell the two apart.")
    return Insight((*sentences, *_processes_would(run)), _try_processes(run))


def _crowded(run: RunFigures) -> Insight | None:
    waits = run.share("gil_wait") if run.merged else run.share("cpu_wait")
    if waits < 0.15:
        return None
    share = text.percent(waits)
    what = "the GIL or a core" if run.merged and run.gil_enabled is not False else "a core"
    waited = f"{run.each} waited for {what} {share} of the time"
    if run.machine_cores is not None and run.workers > run.machine_cores:
        first = f"{run.who} share {text.counted(run.machine_cores, 'core')}, {_cores(run)}: {waited}."
        return Insight((first, "More workers than cores do not compute any faster."))
    return Insight((f"{run.who}, {_cores(run)}: {waited}.",))


def _waiting(run: RunFigures) -> Insight | None:
    share = run.share("io_wait")
    if share < 0.5:
        return None
    on = " on one thread" if run.is_async else ""
    waited = f"{run.each} waited for I/O {text.percent(share)} of the time{_also(run)}"
    first = f"{run.who}{on}, {_cores(run)}: {waited}."
    if run.workers == 1:
        more = min(50, max(2, round(share / max(1 - share, 0.02))))
        return Insight(
            (first, "One wait comes after another; more threads or coroutines would let them overlap."),
            Suggestion("thread-pool", more, f"Try {more} threads"),
        )
    waits = (run.ledger_s.get("io_wait") or 0.0) / run.elapsed_s if run.elapsed_s else None
    second = "A wait takes no core and no GIL"
    second += f": {text.number(round(waits, 1))} of them went on at the same time." if waits else ", so waits overlap."
    return Insight((first, second))


def _also(run: RunFigures) -> str:
    """Return what else the workers waited for, if it was much."""
    what = {"cpu_wait": "for a core", "gil_wait": "for the GIL" if not run.merged else "for the GIL or a core"}
    parts = [f", {words} {_percent(run, state)}" for state, words in what.items() if run.share(state) >= 0.1]
    return "".join(parts)


def _percent(run: RunFigures, state: str) -> str:
    share = run.share(state)
    return text.estimated_percent(share) if state == "gil_wait" else text.percent(share)


def _computing(run: RunFigures) -> Insight | None:
    if run.share("cpu") < 0.5:
        return None
    if run.workers == 1:
        return _alone(run)
    sentences = [f"{run.who}, {_cores(run)}: {run.each} was running {text.percent(run.share('cpu'))} of the time."]
    if run.worker_kind in ("process", "interpreter"):
        sentences.append("Each has an interpreter and a GIL of its own, so they run at the same time.")
        sentences += _price(run)
    elif run.worker_kind == "thread" and run.run_cores is not None and run.run_cores > 1.15:
        sentences.append(
            "There is no GIL, so they run at the same time."
            if run.gil_enabled is False
            else "This work releases the GIL while it computes, so threads run at the same time."
        )
    return Insight(tuple(sentences))


def _alone(run: RunFigures) -> Insight:
    first = f"One {run.worker_kind} computes, one task after another, with {_cores(run)}."
    return Insight((first, *_processes_would(run)), _try_processes(run))


def _price(run: RunFigures) -> list[str]:
    """Say what starting workers and carrying tasks to them cost, where it is worth a word."""
    parts = []
    if run.startup_s is not None and run.elapsed_s and run.startup_s > 0.05 * run.elapsed_s:
        parts.append(f"{text.seconds(run.startup_s)} until the first task began")
    if run.share("transport") >= 0.02:
        parts.append(f"{text.percent(run.share('transport'))} of their time to carry tasks and results")
    return [f"The price: {' and '.join(parts)}."] if parts else []


def _idle(run: RunFigures) -> Insight | None:
    share = run.share("idle")
    if share < 0.5:
        return None
    return Insight((f"{run.who}, {_cores(run)}: {run.each} had no task {text.percent(share)} of the time.",))


def _cores(run: RunFigures) -> str:
    """Return `one core's worth of work`, `3.8 cores' worth of work`, or that it is not known."""
    if run.run_cores is None:
        return "an amount of CPU time that was not measured"
    if 0.9 <= run.run_cores <= 1.15:
        return "one core's worth of work"
    if run.run_cores < 0.05:
        return "hardly any work for a core"
    return f"{run.run_cores:.1f} cores' worth of work"


def _processes_would(run: RunFigures) -> list[str]:
    """Say what processes could do for work that one GIL or one thread holds up."""
    count = _process_count(run)
    if count < 2:
        return []
    if count < run.workers:
        cores = "both cores" if count == 2 else f"all {count} cores"
        return [f"Processes, each with a GIL of its own, could use {cores} of this machine."]
    return [f"{count} processes, each with a GIL of its own, could use {count} cores."]


def _process_count(run: RunFigures) -> int:
    """Return how many processes could compute at once; 1 where the machine has only one core."""
    wanted = run.workers if run.workers > 1 else run.machine_cores or 2
    return min(wanted, run.machine_cores or wanted)


def _try_processes(run: RunFigures) -> Suggestion | None:
    count = _process_count(run)
    return Suggestion("process-pool", count, f"Try {count} processes") if count > 1 else None


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
