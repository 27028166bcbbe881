"""Waiting for the GIL, which threads held it, and how threads run without one."""

from __future__ import annotations

from engine.insight.phrases import opening, spent
from engine.insight.rule import Passage, Rule, Said, Suggestion, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_MUCH = 0.15
_ALSO = 0.1
_EVEN = 0.05
_WORTH = 0.01  # of the time: threads that held it for less are not named
_OFTEN = 0.1  # of the time, held by a second thread: then most handovers were seen
_SEEN = 0.2  # of the time: the share of the run for which the holder must be known
_MORE = 1.3  # times the processor time that a task takes alone: more than noise


def waits_for_gil(run: RunFigures) -> bool:
    """Whether threads wait for the GIL for much of their time."""
    return _is_left(run) and not _waits_unseen(run)


def _waits_most_for_gil(run: RunFigures) -> bool:
    """Whether threads wait longer for the GIL than for a core, if the platform distinguishes the two."""
    return waits_for_gil(run) and run.share("gil_wait") >= run.share("cpu_wait")


def _is_left(run: RunFigures) -> bool:
    return run.share("gil_wait") >= _MUCH and run.workers > 1 and _has_gil(run)


def _waits_unseen(run: RunFigures) -> bool:
    """Whether the rest of the threads' time cannot be waits for the GIL: hardly any thread ran meanwhile.

    A thread that waits for the GIL waits for another thread, which runs or waits for a core.
    """
    return not run.seen and _is_left(run) and run.at_once("cpu", "cpu_wait") < 0.5 * run.share("gil_wait")


def _unseen(run: RunFigures) -> Said:
    return says(
        f"{opening(run)}{spent(run, 'waited', 'gil_wait')}, and not for the GIL: hardly anything ran meanwhile.",
        "What they wait for cannot be seen here: it may be a lock, a queue, or another thread's result.",
    )


def _has_gil(run: RunFigures) -> bool:
    return run.worker_kind == "thread" and run.gil_enabled is not False


def _waited(run: RunFigures) -> Said:
    what = "waited for the GIL or a core" if run.merged else "waited for the GIL"
    apart = "This platform does not distinguish the two." if run.merged else ""
    return says(f"{opening(run)}{spent(run, what, 'gil_wait')}.", apart)


def _is_held(run: RunFigures) -> bool:
    if len(run.gil) != 1 or run.workers < 2 or not run.elapsed_s or not _has_gil(run):
        return False
    held_s = sum(run.gil[0].held_s.values())
    return run.share("gil_wait") >= 0.05 and held_s >= _SEEN * run.elapsed_s


def _holders(run: RunFigures) -> Said:
    gil, whole = run.gil[0], run.elapsed_s or 1.0
    held = sorted(((name, held_s / whole) for name, held_s in gil.held_s.items()), key=lambda pair: -pair[1])
    shares = [share for _, share in held]
    if len(held) > 2 and max(shares) - min(shares) <= _EVEN:
        who = f"each of {len(held)} held it some {text.percent(sum(shares) / len(shares))} of the time"
    else:
        told = [pair for pair in held[:3] if pair[1] >= _WORTH]
        parts = [f"{name} held it {text.percent(share)} of the time" for name, share in told]
        rest = sum(shares[len(told) :])
        more = f"the others {text.percent(rest)}" if rest >= _WORTH else "the others hardly ever"
        who = ", ".join(parts) + (f", {more}" if len(told) < run.workers else "")
    sentence = f"The GIL: {who}"
    # Holds that are shorter than the interval between looks are not seen.
    if gil.handovers_per_s and len(shares) > 1 and shares[1] >= _OFTEN:
        over = "over " if gil.shorter_than_s else ""
        sentence += f"; it changed hands {over}{text.rate(gil.handovers_per_s)} times a second"
        sentence += f", after less than {text.seconds(gil.shorter_than_s)}: too short to be seen" if over else ""
        sentence += f", after {text.seconds(gil.stretch_s)} (median)" if gil.stretch_s else ""
    return says(f"{sentence}.")


def _is_held_by_others(run: RunFigures) -> bool:
    if len(run.gil) != 1 or not run.elapsed_s or not _has_gil(run) or run.share("gil_wait") < _ALSO:
        return False
    return run.gil[0].other_s >= 0.5 * run.elapsed_s


def _others_hold(run: RunFigures) -> Said:
    share = text.percent(min(1.0, run.gil[0].other_s / (run.elapsed_s or 1.0)))
    return says(f"Threads that are not workers held the GIL {share} of the time.")


def _has_none(run: RunFigures) -> bool:
    """Whether threads run in parallel on a free-threaded build."""
    threads = run.worker_kind == "thread" and run.gil_enabled is False
    return threads and run.workers > 1 and run.at_once("cpu") > 1.15 and run.share("cpu") >= 0.5


def _free(run: RunFigures) -> Said:
    return says(f"There is no GIL: {run.at_once('cpu'):.1f} of them ran at the same time.")


def _contends(run: RunFigures) -> bool:
    alone, together = run.alone_task_cpu_s, run.task_cpu_s
    if not alone or not together or run.workers < 2 or run.merged:
        return False
    return together >= _MORE * alone and run.share("cpu") >= 0.2


def _contention(run: RunFigures) -> Said:
    times = (run.task_cpu_s or 0.0) / (run.alone_task_cpu_s or 1.0)
    took = f"With {run.who} a task takes {times:.1f} times the processor time that it takes alone"
    why = "they contend for what they share" if run.gil_enabled is False else "the others slow it down"
    return says(f"{took}: {why}.")


def _scales(run: RunFigures) -> bool:
    alone, together = run.alone_task_cpu_s, run.task_cpu_s
    return _has_none(run) and bool(alone) and bool(together) and (together or 0) < _MORE * (alone or 0)


def _could_measure(run: RunFigures) -> bool:
    return _has_none(run) and run.alone_task_cpu_s is None and bool(run.model)


def _measure(run: RunFigures) -> Said:
    return says(
        "Whether each task takes longer than it would alone, because they share something, has to be measured.",
        suggestion=Suggestion(run.model, 1, f"Measure one {run.one} alone"),
    )


def _could_use_threads(run: RunFigures) -> bool:
    computes = run.workers == 1 and run.share("cpu") >= 0.5 and not run.is_async
    free = (run.machine_cores or 1) - (run.other_cores or 0.0)
    return computes and run.gil_enabled is False and free >= 1.5


def _threads(run: RunFigures) -> Said:
    count = run.machine_cores or 2
    could = f"There is no GIL: {count} threads could use {count} cores."
    return says(could, suggestion=Suggestion("thread-pool", count, f"Try a pool of {count} threads"))


MAIN = (Rule("gil", Passage.MAIN, _waits_most_for_gil, _waited), Rule("unseen", Passage.MAIN, _waits_unseen, _unseen))
BESIDE = (
    Rule("gil-held-by", Passage.BESIDE, _is_held, _holders),
    Rule("gil-held-by-others", Passage.BESIDE, _is_held_by_others, _others_hold),
    Rule("no-gil", Passage.BESIDE, _has_none, _free),
    Rule("contention", Passage.BESIDE, _contends, _contention),
    Rule(
        "no-contention",
        Passage.BESIDE,
        _scales,
        lambda run: says(
            "A task takes about as much processor time as it takes alone: they do not slow each other down."
        ),
    ),
)
ADVICE = (
    Rule("threads-without-gil", Passage.ADVICE, _could_use_threads, _threads),
    Rule("measure-alone", Passage.ADVICE, _could_measure, _measure),
)
