"""Queues between stages: which stage is the slow one."""

from __future__ import annotations

from engine.insight import figure_text as text
from engine.insight.parts import QueueFigures
from engine.insight.rule import Part, Rule, Said, says
from engine.insight.run_figures import RunFigures

_MOST = 0.5


def _full(run: RunFigures, queue: QueueFigures) -> float:
    return (queue.full_s or 0.0) / run.elapsed_s if run.elapsed_s else 0.0


def _empty(run: RunFigures, queue: QueueFigures) -> float:
    return (queue.empty_s or 0.0) / run.elapsed_s if run.elapsed_s else 0.0


def _backs_up(run: RunFigures) -> Said:
    return says(
        *(
            f"The queue {queue.name} was full {text.percent(_full(run, queue))} of the time: "
            "the stage after it is slower than the one before."
            for queue in run.queues
            if _full(run, queue) >= _MOST
        )
    )


def _runs_dry(run: RunFigures) -> Said:
    return says(
        *(
            f"The queue {queue.name} was empty {text.percent(_empty(run, queue))} of the time: "
            "the stage after it waits for the one before."
            for queue in run.queues
            if _empty(run, queue) >= _MOST
        )
    )


BESIDE = (
    Rule("queue-full", Part.BESIDE, lambda run: any(_full(run, each) >= _MOST for each in run.queues), _backs_up),
    Rule("queue-empty", Part.BESIDE, lambda run: any(_empty(run, each) >= _MOST for each in run.queues), _runs_dry),
)
