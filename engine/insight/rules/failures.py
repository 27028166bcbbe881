"""Failed tasks, services that did not answer, and lost updates."""

from __future__ import annotations

from engine.insight.parts import CounterFigures
from engine.insight.rule import Passage, Rule, Said, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_NETWORK_ERRORS = ("Connection", "RemoteDisconnected", "Timeout", "URLError", "BadStatusLine", "IncompleteRead")


def _share(run: RunFigures) -> float:
    return run.failed / (run.done + run.failed) if run.failed else 0.0


def _failed(run: RunFigures) -> Said:
    first = f"; first: {run.first_error.rstrip('.')}" if run.first_error else ""
    count = run.done + run.failed
    if not run.done:
        every = "The only task" if count == 1 else f"Every one of {text.number(count)} tasks"
        return says(f"{every} failed{first}.", closes=run.over)  # where the time of failed tasks went does not matter
    share = f" ({text.percent(_share(run))})" if count >= 10 else ""
    return says(f"{text.number(run.failed)} of {text.counted(count, 'task')}{share} failed{first}.")


def _mostly(run: RunFigures) -> bool:
    return bool(run.done) and _share(run) >= 0.5


def _service_fails(run: RunFigures) -> bool:
    kind = run.first_error.partition(":")[0]
    return any(step.has_service for step in run.steps) and kind.startswith(_NETWORK_ERRORS) and run.failed > 0


def counter_words(counter: CounterFigures) -> str:
    """Return a sentence on the updates of one counter."""
    expected, got = f"{counter.expected:,}", f"{counter.got:,}"
    if not counter.lost:
        return f"{counter.name}: all {expected} updates were counted."
    part = counter.lost / counter.expected if counter.expected else None
    return f"{counter.name}: {expected} updates expected, {got} counted, {counter.lost:,} lost ({text.percent(part)})."


def _lost(run: RunFigures) -> bool:
    return any(counter.lost for counter in run.counters)


RULES = (
    Rule("failures", Passage.OPENING, lambda run: run.failed > 0, _failed),
    Rule(
        "mostly-failures",
        Passage.OPENING,
        _mostly,
        lambda run: says("Most of these figures come from failed tasks, and say little about the work itself."),
    ),
    Rule(
        "service-failed",
        Passage.OPENING,
        _service_fails,
        lambda run: says("The server that Gilscope runs for this step did not answer: your workload is not the cause."),
    ),
    Rule(
        "updates-lost",
        Passage.OPENING,
        _lost,
        lambda run: says(
            *(counter_words(counter) for counter in run.counters if counter.lost),
            "Another worker wrote between one worker's read and its write; a lock around both prevents that.",
        ),
    ),
    Rule(
        "updates-kept",
        Passage.OPENING,
        lambda run: bool(run.counters) and not _lost(run),
        lambda run: says(*(counter_words(counter) for counter in run.counters)),
    ),
)
