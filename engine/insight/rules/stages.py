"""Queues between stages: which stage is the bottleneck."""

from __future__ import annotations

from engine.insight.parts import QueueWaits
from engine.insight.rule import Passage, Rule, Said, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_MOST = 0.5  # of the workers' time
_LITTLE = 0.25  # a stage waits for its first task while the one before it starts


def _ends(queue: QueueWaits) -> tuple[str, str]:
    before, _, behind = queue.name.partition(" → ")
    return before, behind


def _full(queue: QueueWaits) -> float:
    return queue.full_share or 0.0


def _empty(queue: QueueWaits) -> float:
    return queue.empty_share or 0.0


def bottleneck(run: RunFigures) -> str | None:
    """Return the stage that all others wait for: queues before it are full, queues after it are empty.

    None if the figures do not show such a stage.
    """
    queues = run.queues
    if not queues:
        return None
    names = [_ends(queues[0])[0], *(_ends(queue)[1] for queue in queues)]
    for stage, name in enumerate(names):
        backs_up = all(_full(queue) >= _MOST and _empty(queue) <= _LITTLE for queue in queues[:stage])
        runs_dry = all(_empty(queue) >= _MOST and _full(queue) <= _LITTLE for queue in queues[stage:])
        if backs_up and runs_dry:
            return name
    return None


def _slowest(run: RunFigures) -> Said:
    name = bottleneck(run)
    reasons = []
    for queue in run.queues:
        before, behind = _ends(queue)
        if behind == name:
            held = "" if queue.mean is None else f" (on average it held {queue.mean:.3g} of {queue.bound})"
            reasons.append(f"{before} waited {text.percent(_full(queue))} of its time for room in the queue{held}")
        if before == name:
            reasons.append(f"{behind} waited {text.percent(_empty(queue))} of its time for a task")
    return says(f"The bottleneck is {name}: {' and '.join(reasons)}. More workers in another stage change nothing.")


def _backs_up(run: RunFigures) -> Said:
    return says(
        *(
            f"Stage {_ends(queue)[0]} waited {text.percent(_full(queue))} of its time for room in the queue to "
            f"{_ends(queue)[1]}, which is slower."
            for queue in run.queues
            if _full(queue) >= _MOST
        )
    )


def _runs_dry(run: RunFigures) -> Said:
    return says(
        *(
            f"Stage {_ends(queue)[1]} waited {text.percent(_empty(queue))} of its time for a task from "
            f"{_ends(queue)[0]}, which is slower."
            for queue in run.queues
            if _empty(queue) >= _MOST
        )
    )


def _some(run: RunFigures, share: float, *, full: bool) -> bool:
    return bottleneck(run) is None and any((_full if full else _empty)(queue) >= share for queue in run.queues)


BESIDE = (
    Rule("bottleneck", Passage.BESIDE, lambda run: bottleneck(run) is not None, _slowest),
    Rule("queue-full", Passage.BESIDE, lambda run: _some(run, _MOST, full=True), _backs_up),
    Rule("queue-empty", Passage.BESIDE, lambda run: _some(run, _MOST, full=False), _runs_dry),
)
