"""Describes what a suggestion changed, once it has been tried: before and after, in one sentence."""

from __future__ import annotations

from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_SAME = 0.05  # two single runs can differ by this much by chance


def before_after(before: RunFigures, after: RunFigures, names: tuple[str, str] | None = None) -> tuple[str, ...]:
    """Return the throughputs before and after; if one run had a single worker, also how much others slow a task.

    `names` are the names of the two runs, by default their workers. Empty while the second run goes on, or if either
    has no throughput.
    """
    first, second = before.throughput_per_s, after.throughput_per_s
    if not after.over or not first or not second:
        return ()
    ratio = second / first
    if abs(ratio - 1) <= _SAME:
        change = "about the same"
    else:
        change = f"{_times(ratio)} times" if ratio > 1 else f"{_times(1 / ratio)} times slower"
    who = " → ".join(names or (before.who, after.who))
    sentences = [f"{text.rate(first)} → {text.rate(second)} tasks/s, {change} ({who})."]
    return (*sentences, *_alone(before, after))


def is_worse(before: RunFigures, after: RunFigures) -> bool:
    """Whether throughput is lower after than before, by more than chance."""
    first, second = before.throughput_per_s, after.throughput_per_s
    return after.over and bool(first) and bool(second) and (second or 0) < (1 - _SAME) * (first or 0)


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 1.15 else f"{ratio:.1f}" if ratio < 9.95 else text.number(float(f"{ratio:.2g}"))


def _alone(before: RunFigures, after: RunFigures) -> tuple[str, ...]:
    """Compare a task's processor time with several workers and with one, if these are the two runs."""
    if before.model != after.model or after.workers != 1 or before.workers < 2 or before.merged:
        return ()
    together, alone = before.task_cpu_s, after.task_cpu_s
    if not together or not alone:
        return ()
    times = together / alone
    if times < 1.1:
        return ("A task takes about as much processor time alone as beside the others.",)
    return (f"With {before.who} a task takes {times:.1f} times the processor time that it takes alone.",)
