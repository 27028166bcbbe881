"""Builds the parts of a run's figures from the objects of its result: workers, steps, locks, loops, counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.insight.parts import (
    CounterFigures,
    GilHolding,
    LimitFigures,
    LockFigures,
    LoopFigures,
    LoopHold,
    ModelCost,
    QueueWaits,
    StalledWorker,
    Standstill,
    StepFigures,
    WorkerFigures,
)
from engine.wire.protocol import WAITS
from engine.workload.catalogue import StepCard
from engine.workload.code_permission import code_parameters
from engine.workload.source_check import TASK, is_async_task

_MOST_LISTED = 64  # workers that a result or a tick lists; beyond that, workers that are not listed may have had tasks
_UPDATES = ("updates_made", "updates_counted")


def all_steps(experiment: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return every step of an experiment with the name of its group or stage; "" for the workload's own."""
    work = mapping(experiment.get("workload"))
    parts = [work, *objects(work.get("groups")), *objects(work.get("stages"))]
    names = ["", *(str(part.get("name") or "") for part in parts[1:])]
    return [(name, step) for name, part in zip(names, parts, strict=True) for step in objects(part.get("steps"))]


def mapping(value: object) -> Mapping[str, Any]:
    """Return `value` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def objects(value: object) -> Sequence[Mapping[str, Any]]:
    """Return `value` if it is a list, else an empty one (`workers` is a number in older results)."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, (list, tuple)) else []


def worker_of(each: Mapping[str, Any], names: Mapping[str, str]) -> WorkerFigures:
    """Return a worker of `lanes` or `workers`; `names` are the names that sentences use."""
    waits = each.get("waits_s")
    name = str(each.get("name") or each.get("worker") or "")
    return WorkerFigures(
        name=names.get(name, name),
        ledger_s=mapping(each.get("ledger_s")),
        waits_s={kind: waits.get(kind) for kind in WAITS} if isinstance(waits, Mapping) else None,
        tasks=each.get("tasks"),
        group=str(each.get("group") or ""),
        starting_s=float(each.get("starting_s") or 0.0),
    )


def without_lane(result: Mapping[str, Any], workers: int, listed: int) -> list[WorkerFigures]:
    """Return the workers of an ended run that never had a task: they have no lane, and are not listed."""
    over = result.get("status") not in (None, "running")
    if not over or not 0 < listed < min(workers, _MOST_LISTED):
        return []
    return [WorkerFigures("", {"idle": result.get("elapsed_s")}, None, tasks=0) for _ in range(workers - listed)]


def step_of(step: Mapping[str, Any], cards: Mapping[str, StepCard], group: str = "") -> StepFigures:
    """Return a step of the experiment, with facts from its card; `group` is the group that it belongs to."""
    kind, card, source = str(step.get("kind") or ""), cards.get(str(step.get("kind"))), str(step.get("source") or "")
    waits = card is not None and card.waits_on != "nothing"
    awaited = is_async_task(source, str(step.get("function") or TASK))
    is_code = bool(source) or (card is not None and bool(code_parameters(card)))
    return StepFigures(
        kind=kind,
        title=card.title if card else kind,
        waits_on=card.waits_on if card else "unknown",
        is_code=is_code,
        is_async=is_code and awaited,
        blocks_loop=not awaited if is_code else waits and card is not None and not card.has_async,
        limited=step.get("limit") is not None,
        has_service=bool(card and card.services),
        names_sqlite="sqlite3" in source and "sleep(" not in source,
        group=group,
    )


def payload_bytes(experiment: Mapping[str, Any]) -> tuple[float, float]:
    """Return the payload sizes sent to a worker with each task, and back; older runs have one size for both."""
    payloads = [step for _, step in all_steps(experiment) if step.get("kind") == "payload"]
    to, back = (
        1024.0 * sum(float(step.get(name, step.get("size_kib")) or 0) for step in payloads)
        for name in ("to_kib", "back_kib")
    )
    return to, back


def loop_hold_of(result: Mapping[str, Any], names: Mapping[str, str], cards: Mapping[str, StepCard]) -> LoopHold | None:
    """Return the longest hold of any loop: from the loops' own records, or else from the phases."""
    recorded = [mapping(each.get("longest")) for each in objects(result.get("loop"))]
    recorded = [hold for hold in recorded if hold.get("held_s") is not None]
    hold = max(recorded, key=lambda each: float(each["held_s"]), default=mapping(result.get("longest_loop_hold")))
    if not hold or hold.get("task") is None:
        return None
    step = str(hold.get("step") or "")
    return LoopHold(
        worker=names.get(str(hold.get("worker")), str(hold.get("worker") or "a coroutine")),
        task=int(hold["task"]),
        step=cards[step].title if step in cards else step or "a step",
        held_s=float(hold.get("held_s") or 0.0),
        waiting=int(hold.get("waiting") or 0),
        inside="" if hold.get("in") in (None, "computing", "gil") else str(hold["in"]),
    )


def bounds_of(value: object) -> dict[str, tuple[float, float]]:
    """Return the known 95 % intervals."""
    pairs = {state: pair for state, pair in mapping(value).items() if pair is not None and None not in pair}
    return {state: (float(pair[0]), float(pair[1])) for state, pair in pairs.items()}


def gil_of(each: Mapping[str, Any], names: Mapping[str, str]) -> GilHolding:
    """Return one process's GIL holders."""
    return GilHolding(
        held_s=_by_name(each.get("held_s"), names),
        unknown_s=float(each.get("unknown_s") or 0.0),
        other_s=float(each.get("other_s") or 0.0),
        handovers_per_s=each.get("handovers_per_s"),
        stretch_s=mapping(each.get("stretch_s")).get("p50"),
        shorter_than_s=mapping(each.get("stretch_s")).get("shorter_than"),
    )


def _by_name(value: object, names: Mapping[str, str]) -> dict[str, float]:
    return {names.get(name, name): float(seconds or 0.0) for name, seconds in mapping(value).items()}


def loop_of(each: Mapping[str, Any]) -> LoopFigures:
    """Return one event loop."""
    seen = each.get("busy_in_s")
    computing_s = float(mapping(seen).get("computing") or 0.0) if seen is not None else None
    return LoopFigures(float(each.get("busy_s") or 0.0), each.get("blocked_s"), computing_s)


def lock_of(each: Mapping[str, Any], names: Mapping[str, str]) -> LockFigures:
    """Return one lock."""
    return LockFigures(
        _address(each.get("address")),
        _by_name(each.get("waited_s"), names),
        _by_name(each.get("held_s"), names),
        float(each.get("unknown_s") or 0.0),
    )


def _address(value: object) -> str:
    return hex(value) if isinstance(value, int) else str(value or "")


def queue_of(each: Mapping[str, Any]) -> QueueWaits:
    """Return a queue between stages."""
    name, bound = str(each.get("name") or ""), int(each.get("bound") or 0)
    return QueueWaits(name, bound, each.get("mean"), each.get("full_share"), each.get("empty_share"))


def limit_figures_of(each: Mapping[str, Any], cards: Mapping[str, StepCard]) -> LimitFigures:
    """Return a step with a limit."""
    kind = str(each.get("kind") or "")
    title = cards[kind].title if kind in cards else kind
    return LimitFigures(title, int(each.get("limit") or 0), each.get("waited_s"))


def counters_of(
    result: Mapping[str, Any], experiment: Mapping[str, Any], cards: Mapping[str, StepCard]
) -> tuple[CounterFigures, ...]:
    """Return the expected and actual value of every shared counter."""
    found = []
    for path, counts in mapping(result.get("counters")).items():
        if isinstance(counts, Mapping) and all(counts.get(name) is not None for name in _UPDATES):
            name = cards["shared-counter"].title if "shared-counter" in cards else "Shared counter"
            several = sum(step.get("kind") == "shared-counter" for _, step in all_steps(experiment)) > 1
            found.append(
                CounterFigures(f"{name} ({path})" if several else name, *(int(counts[key]) for key in _UPDATES))
            )
    return tuple(found)


def stall_of(value: object, names: Mapping[str, str]) -> Standstill | None:
    """Return the stretch in which no task ended, None if there was none."""
    stall = mapping(value)
    if stall.get("for_s") is None:
        return None
    workers = (
        StalledWorker(
            names.get(str(each.get("name")), str(each.get("name") or "a worker")),
            str(each.get("state") or ""),
            _address(each.get("address")),
            str(each.get("where") or ""),
        )
        for each in objects(stall.get("workers"))
    )
    return Standstill(float(stall["for_s"]), tuple(workers))


def cost_of(each: Mapping[str, Any]) -> ModelCost:
    """Return what a model was measured to cost."""
    return ModelCost(each.get("task_overhead_s"), each.get("create_worker_s"), each.get("forkserver_worker_s"))
