"""Two or three plain sentences on what a run shows, from its own figures and nothing else."""

from __future__ import annotations

import math

from engine.insight import figure_text as text
from engine.insight.phrases import (
    also,
    capital,
    cores,
    percent,
    price,
    process_count,
    processes_would,
    try_processes,
)
from engine.insight.queue_sentences import falls_behind, queue_sentences
from engine.insight.run_figures import STATES, Insight, RunFigures, Suggestion


def insight(run: RunFigures) -> Insight:
    """Return what `run` shows: how it ended if not well, what its time went to and why, and what else could be done."""
    sentences = [*_ending(run), *_failures(run)]
    over = run.status != "running"
    if over and sentences and not run.done:
        return Insight(tuple(sentences))  # what its time went to is not what it was for
    if over and run.done and run.elapsed_s is not None and run.elapsed_s < _TOO_SHORT_S:
        took = f"{text.counted(run.done, 'task')} in {text.seconds(run.elapsed_s)}"
        return Insight((*sentences, f"{took}: too short a run to tell where the time goes."))
    if run.worker_s <= 0:
        if run.status == "running" and run.done + run.failed == 0:
            sentences.append(f"{capital(run.who)} just started; the first figures come in a moment.")
        elif run.status != "failed":
            sentences.append("Where the workers' time went was not measured.")
        return Insight(tuple(sentences))
    sentences += queue_sentences(run)
    for case in _CASES:
        found = case(run)
        if found is not None:
            return Insight((*sentences, *found.sentences, *_others(run)), found.suggestion)
    states = sorted(STATES, key=lambda state: -run.share(state))[:2]
    mixed = " and ".join(f"{percent(run, state)} {_DOING[state]}" for state in states)
    return Insight((*sentences, f"{run.who}, {cores(run)}: {run.each} spent {mixed}."))


_TOO_SHORT_S = 0.02
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
    if run.status == "stopped" and not run.done:
        return ["Stopped before a task was done."]
    if run.status == "stopped" and run.elapsed_s is not None:
        return [f"Stopped after {text.seconds(run.elapsed_s)}; these are the figures until then."]
    return []


def _failures(run: RunFigures) -> list[str]:
    if not run.failed:
        return []
    first = f"; first: {run.first_error.rstrip('.')}" if run.first_error else ""
    count = run.done + run.failed
    return [f"{text.number(run.failed)} of {text.counted(count, 'task')} failed{first}."]


def _is_crowded_out(run: RunFigures) -> bool:
    """Whether others used more of the machine than the run, which alone would have found a core free."""
    if run.other_cores is None or run.run_cores is None or not run.machine_cores:
        return False
    return run.run_cores < 0.5 * run.machine_cores <= run.other_cores


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
        f"{_those(run)} share one thread, and a task that {why} keeps it.",
        *_culprit(run),
    )
    if computing:
        return Insight((*sentences, *processes_would(run)), try_processes(run))
    return Insight(
        (*sentences, "Threads can make such calls side by side; so can calls that are awaited."),
        Suggestion("thread-pool", min(run.workers, 64), f"Try {min(run.workers, 64)} threads"),
    )


def _those(run: RunFigures) -> str:
    return "All" if run.processes == 1 else "Those of a process"


def _one_at_a_time(run: RunFigures) -> Insight | None:
    """Coroutines whose tasks never wait: one has the thread, and the others do not even get a task."""
    lanes = run.worker_s / run.elapsed_s if run.elapsed_s else 0.0
    threads = run.share("cpu", "cpu_wait", "gil_wait") * lanes
    if not run.is_async or run.workers < 2 or threads < 0.8 * run.processes or run.share("io_wait") >= 0.1:
        return None
    first = f"{run.who}, {cores(run)}: {_those(run).lower()} share one thread, so one computes at a time."
    why = "A task that never waits does not let another begin."
    if run.processes > 1:
        return Insight((first, why))
    return Insight((first, why, *processes_would(run)), try_processes(run))


def _carried(run: RunFigures) -> Insight | None:
    """Say what tasks that carry much cost."""
    share = run.share("transport")
    if run.payload_bytes < 65_536 or share < 0.25 or run.arrival_per_s is not None:
        return None
    size = text.size(run.payload_bytes)
    first = (
        f"Each task carries {size} to its worker and back: {run.who} spent {text.percent(share)} of their time on that."
    )
    if run.worker_kind not in ("process", "interpreter"):
        return Insight((first,))
    count = min(run.workers, 64)
    second = "Threads share their memory: nothing is carried. Else carry a file's name instead of what is in it."
    many = text.counted(count, "thread")
    return Insight((first, second), Suggestion("thread-pool", count, f"Try {many}"))


def _culprit(run: RunFigures) -> list[str]:
    """Name who held the loop longest."""
    hold = run.loop_hold
    if hold is None:
        return []
    others = "1 other was" if hold.waiting == 1 else f"{text.number(hold.waiting)} others were"
    who = f"{capital(hold.worker)} held it longest: {hold.step} of task {hold.task:,} took {text.seconds(hold.held_s)}"
    return [f"{who}, and {others} ready and waited."]


def _locked(run: RunFigures) -> Insight | None:
    share = run.share("lock_wait")
    if share < 0.2:
        return None
    return Insight(
        (
            f"{run.who}, {cores(run)}: {run.each} waited for a lock {text.percent(share)} of the time.",
            "Only one can hold it at a time, so more workers get no more done; holding it for less time would.",
        )
    )


def _overhead(run: RunFigures) -> Insight | None:
    transport, idle = run.share("transport"), run.share("idle")
    if transport + idle < 0.4 or run.arrival_per_s is not None or run.task_s is None or run.task_s > 0.002:
        return None
    spent = f"{text.percent(transport)} of {run.their} time carrying tasks and results"
    spent += f", and {text.percent(idle)} idle" if idle >= 0.05 else ""
    short = f"A task takes only {text.seconds(run.task_s)}, less than it costs to hand it over"
    advice = "Larger tasks, or several handed over at once, would use the workers better."
    return Insight((f"{short}: {run.who} spent {spent}.", advice))


def _gil(run: RunFigures) -> Insight | None:
    share = run.share("gil_wait")
    if share < 0.15 or run.workers < 2 or run.worker_kind != "thread" or run.gil_enabled is False:
        return None
    what = "the GIL or a core" if run.merged else "the GIL"
    waited = f"{run.each} waited for {what} an estimated {text.estimated_percent(share)} of the time"
    sentences = [f"{run.who}, {cores(run)}: {waited}."]
    if run.merged:
        sentences.append("This platform does not tell the two apart.")
    return Insight((*sentences, *processes_would(run)), try_processes(run))


def _crowded(run: RunFigures) -> Insight | None:
    waits = run.share("gil_wait") if run.merged else run.share("cpu_wait")
    if waits < 0.15:
        return None
    share = text.percent(waits)
    what = "the GIL or a core" if run.merged and run.gil_enabled is not False else "a core"
    waited = f"{run.each} waited for {what} {share} of the time"
    if _is_crowded_out(run):
        return Insight((f"{run.who}, {cores(run)}: {waited}.", "That is the other programs' doing, not this model's."))
    if run.machine_cores is not None and run.workers > run.machine_cores:
        first = f"{run.who} share {text.counted(run.machine_cores, 'core')}, {cores(run)}: {waited}."
        free = run.gil_enabled is False and run.worker_kind == "thread" and not run.merged
        start = "There is no GIL to wait for, but more" if free else "More"
        second = f"{start} workers than cores do not compute any faster"
        if not run.model or run.merged or run.share("io_wait", "lock_wait") >= 0.1 or run.machine_cores < 2:
            return Insight((first, f"{second}."))
        fewer = run.machine_cores
        second += f": {fewer} would get about as much done."
        return Insight((first, second), Suggestion(run.model, fewer, f"Try {fewer} workers"))
    return Insight((f"{run.who}, {cores(run)}: {waited}.",))


def _waiting(run: RunFigures) -> Insight | None:
    share = run.share("io_wait")
    if share < 0.5:
        return None
    on = " on one thread" if run.is_async and run.processes == 1 and run.workers > 1 else ""
    waited = f"{run.each} waited for I/O {text.percent(share)} of the time{also(run)}"
    first = f"{run.who}{on}, {cores(run)}: {waited}."
    if run.workers == 1:
        more = min(50, max(2, round(share / max(1 - share, 0.02))))
        return Insight(
            (first, "One wait comes after another; more threads or coroutines would let them overlap."),
            Suggestion("thread-pool", more, f"Try {more} threads"),
        )
    waits = (run.ledger_s.get("io_wait") or 0.0) / run.elapsed_s if run.elapsed_s else None
    second = "A wait takes no core and no GIL"
    second += f": {text.number(round(waits, 1))} of them went on at the same time." if waits else ", so waits overlap."
    if run.arrival_per_s is not None:
        return Insight((first, second), _more_workers(run))
    times = run.share("io_wait", "cpu") * run.worker_s / run.elapsed_s if run.elapsed_s else 0.0
    if times < 1.5:
        return Insight((first, second))
    third = f"One task after the other would take about {text.number(float(f'{times:.2g}'))} times as long."
    return Insight((first, second, third), Suggestion("sequential", 1, "Try one after the other"))


def _more_workers(run: RunFigures) -> Suggestion | None:
    """Suggest as many workers as waiting tasks need, where an open loop does not keep up."""
    if not run.model or not run.arrival_per_s or not run.throughput_per_s or not falls_behind(run):
        return None
    wanted = min(500, math.ceil(1.2 * run.workers * run.arrival_per_s / run.throughput_per_s))
    return Suggestion(run.model, wanted, f"Try {wanted} workers")


def _computing(run: RunFigures) -> Insight | None:
    if run.share("cpu") < 0.5:
        return None
    if run.workers == 1:
        return _alone(run)
    sentences = [f"{run.who}, {cores(run)}: {run.each} was running {text.percent(run.share('cpu'))} of the time."]
    if run.worker_kind in ("process", "interpreter"):
        sentences.append("Each has an interpreter and a GIL of its own, so they run at the same time.")
        sentences += price(run)
    elif run.worker_kind == "thread" and run.run_cores is not None and run.run_cores > 1.15:
        sentences.append(
            "There is no GIL, so they run at the same time."
            if run.gil_enabled is False
            else "This work releases the GIL while it computes, so threads run at the same time."
        )
    return Insight(tuple(sentences))


def _alone(run: RunFigures) -> Insight:
    first = f"One {run.worker_kind} computes, one task after another, with {cores(run)}."
    count = process_count(run)
    if run.gil_enabled is False and count > 1:
        could = f"There is no GIL: {count} threads could use {count} cores."
        return Insight((first, could), Suggestion("thread-pool", count, f"Try {count} threads"))
    if count < 2:
        return Insight((first,))
    too = "Where it is C code that gives the GIL up, as hashing does, threads could too."
    return Insight((first, *processes_would(run), too), try_processes(run))


def _idle(run: RunFigures) -> Insight | None:
    share = run.share("idle")
    if share < 0.5:
        return None
    return Insight((f"{run.who}, {cores(run)}: {run.each} had no task {text.percent(share)} of the time.",))


# In the order in which they are asked: the first that has something to say is heard.
_COMPUTE = (_gil, _crowded, _computing, _idle)
_CASES = (_blocked_loop, _one_at_a_time, _locked, _carried, _overhead, _waiting, *_COMPUTE)
