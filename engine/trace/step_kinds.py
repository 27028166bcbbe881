"""Defines how a step's time is counted: the one rule that ledger, timeline and exports share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

from engine.workload.catalogue import ModelCard, StepCard
from engine.workload.code_permission import code_parameters
from engine.workload.group import is_pipeline, numbered_steps
from engine.workload.limits.limit import limit_of
from engine.workload.source_check import is_async_task

_KNOWN_WAITS: Final = ("time", "network", "lock")


class Sum(IntEnum):
    """The categories into which a lane's time is first divided, in nanoseconds; together they are its span.

    The span is from the start of a lane's first phase to the end of its last. BUSY is time in a task that was no known
    wait: on a core, in the run queue or waiting for the GIL. UNKNOWN is the same for steps that wait for an unknown
    time, OPAQUE for the user's own functions. READY is an awaited step's time beyond its known wait, AWAITED a whole
    phase of an awaited step whose wait is not known. OVER is a blocking step's time beyond its known wait. LOOP is how
    long a coroutine was ready while its loop was busy, where that was recorded: then BUSY is how long it held the loop,
    and READY and AWAITED are 0.
    """

    IO = 0
    LOCK = 1
    BUSY = 2
    UNKNOWN_IO = 3
    UNKNOWN_LOCK = 4
    OPAQUE = 5
    READY = 6
    AWAITED = 7
    OVER = 8
    TRANSPORT = 9
    IDLE = 10
    LOOP = 11


SUMS: Final = len(Sum)


@dataclass(frozen=True, slots=True)
class StepKind:
    """How the time of one step of the workload is counted.

    `known` is the category of a wait of known length (Sum.IO or Sum.LOCK), `rest` of the time beyond it, `unknown` of a
    whole phase whose wait is not known, `under_way` of a phase that has not ended yet. `awaited`: the step leaves the
    event loop free while it waits. `timer`: a timer ends its wait. `limited`: the step has a limit on how many workers
    may be in it at once, so a worker first waits for its turn.
    """

    known: Sum
    rest: Sum
    unknown: Sum
    under_way: Sum
    awaited: bool
    timer: bool = False
    limited: bool = False

    @property
    def wakes_late(self) -> bool:
        """Whether its thread, or its event loop, sleeps for a known time and wakes up a little late."""
        return self.known is Sum.IO and (self.timer if self.awaited else self.rest is Sum.OVER)


# A step whose card is not known: it may do anything.
UNKNOWN_STEP: Final = StepKind(Sum.IO, Sum.OPAQUE, Sum.OPAQUE, Sum.OPAQUE, awaited=False)


def step_kind(card: StepCard, *, is_async: bool, source: str = "", function: str = "") -> StepKind:
    """Return how a step's time is counted under a model; `source` is the user's code, `function` its task function."""
    code = bool(code_parameters(card))
    awaited = is_async and card.has_async and (not code or is_async_task(source, function))
    rest = Sum.READY if awaited else Sum.BUSY
    if code:
        unknown = Sum.AWAITED if awaited else Sum.OPAQUE
        return StepKind(Sum.IO, rest, unknown, unknown, awaited)
    if card.waits_on == "nothing":
        return StepKind(Sum.IO, rest, rest, rest, awaited)
    known, unknown = (Sum.LOCK, Sum.UNKNOWN_LOCK) if card.waits_on == "lock" else (Sum.IO, Sum.UNKNOWN_IO)
    unknown = Sum.AWAITED if awaited else unknown
    rest = Sum.READY if awaited else Sum.OVER
    if awaited and card.waits_on == "lock":
        rest = Sum.AWAITED  # it awaits something else while it holds the lock
    # A wait whose length will be known at its end counts as a wait from the start, never towards the thread's clock.
    under_way = known if card.waits_on in _KNOWN_WAITS else unknown
    return StepKind(known, rest, unknown, under_way, awaited, timer=card.waits_on == "time")


def step_kinds(
    experiment: Mapping[str, Any], cards: Mapping[str, StepCard], *, is_async: bool | Sequence[bool]
) -> list[StepKind]:
    """Return how the time of each step of an experiment (in its file's shape) is counted.

    `is_async` says whether the model awaits tasks; a list says it for each step: see `async_steps`.
    """
    return [_kind(cards[step["kind"]], step, is_async=awaits) for step, awaits in _with_awaits(experiment, is_async)]


def _kind(card: StepCard, step: Mapping[str, Any], *, is_async: bool) -> StepKind:
    kind = step_kind(card, is_async=is_async, **_own(card, step))
    return replace(kind, limited=limit_of(step) is not None)


def _with_awaits(
    experiment: Mapping[str, Any], is_async: bool | Sequence[bool]
) -> Iterator[tuple[dict[str, Any], bool]]:
    steps = numbered_steps(experiment["workload"])
    return zip(steps, [is_async] * len(steps) if isinstance(is_async, bool) else is_async, strict=True)


def async_steps(workload: Mapping[str, Any], model: ModelCard, models: Mapping[str, ModelCard]) -> list[bool]:
    """Return for each step whether its model awaits tasks; a stage of a pipeline may have a model other than
    `model`.
    """
    if not is_pipeline(workload):
        return [model.is_async] * len(numbered_steps(workload))
    cards = [models[stage["model"]] if stage.get("model") else model for stage in workload["stages"]]
    return [card.is_async for card, stage in zip(cards, workload["stages"], strict=True) for _ in stage["steps"]]


def saved_async_steps(workload: Mapping[str, Any], saved: Mapping[str, Any]) -> list[bool]:
    """Return the same from a run's cards.json; for older runs, which had no stages, from their model."""
    count = len(numbered_steps(workload))
    kept = saved.get("async_steps")
    if isinstance(kept, list) and len(kept) == count:
        return [bool(each) for each in kept]
    return [bool((saved.get("model") or {}).get("is_async"))] * count


def saved_step_kinds(
    experiment: Mapping[str, Any], cards: Mapping[str, Any], *, is_async: bool | Sequence[bool]
) -> list[StepKind]:
    """Return the same from the JSON of `cards` in a run's folder; UNKNOWN_STEP for a card that is incomplete."""
    kinds = []
    for step, awaits in _with_awaits(experiment, is_async):
        try:
            card = StepCard.from_json(cards[step["kind"]])
        except (KeyError, TypeError, ValueError):
            kinds.append(UNKNOWN_STEP)
        else:
            kinds.append(_kind(card, step, is_async=awaits))
    return kinds


def _own(card: StepCard, step: Mapping[str, Any]) -> dict[str, str]:
    """Return the user's code that a step carries, and its task function; empty for other steps."""
    code = next(iter(code_parameters(card)), None)
    if code is None:
        return {}
    return {"source": str(step.get(code.name, code.default)), "function": str(step.get("function") or "")}
