"""Builds a run's figures from its result, or from what is known of it so far in the shape of a result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from engine.insight.parts import (
    WAITS,
    CounterFigures,
    GilFigures,
    LibraryFigures,
    LockFigures,
    LoopFigures,
    LoopHold,
    ModelCost,
    QueueFigures,
    Stall,
    StalledWorker,
    StepFigures,
    WorkerFigures,
)
from engine.insight.run_figures import RunFigures
from engine.trace.picture.worker_names import group_names, worker_title
from engine.workload.catalogue import ModelCard, StepCard
from engine.workload.parameter import Kind
from engine.workload.source_check import is_async_task

_MOST_LISTED = 64  # workers that a result or a tick lists: of more, those that are not listed may have had tasks
_UPDATES = ("updates_made", "updates_counted")


def figures_of(
    result: Mapping[str, Any], model: ModelCard | None = None, steps: Mapping[str, StepCard] | None = None
) -> RunFigures:
    """Return what the sentences need of a run.

    `result` is what `gilscope run --json` prints, or as much of it as is known (a run that goes on has the status
    `running`, and may have `quiet_s`: for how long no task has ended); `model` and `steps` are the cards of what ran.
    A key that is not there is a figure that was not measured.
    """
    experiment = _mapping(result.get("experiment"))
    chosen, cores = _mapping(experiment.get("model")), _mapping(result.get("cores"))
    machine_cores = _machine_cores(result)
    tasks, latency = _mapping(result.get("tasks")), _mapping(result.get("latency_s"))
    load, kind = result.get("load_other"), model.worker_kind if model else "worker"
    listed = _list(result.get("workers")) or _list(result.get("lanes"))
    names = _names(listed, kind, group_names(experiment) if experiment else ())
    elapsed_s = result.get("elapsed_s")
    workers = _count(result, chosen, model, len(listed))
    return RunFigures(
        worker_kind=kind,
        workers=workers,
        is_async=bool(model and model.is_async),
        gil_enabled=_mapping(result.get("interpreter")).get("gil_enabled"),
        machine_cores=machine_cores,
        status=str(result.get("status") or "running"),
        reason=str(result.get("reason") or ""),
        done=int(tasks.get("done") or 0),
        failed=int(tasks.get("failed") or 0),
        first_error=_first_error(result),
        elapsed_s=elapsed_s,
        startup_s=result.get("startup_s"),
        throughput_per_s=result.get("throughput_per_s"),
        task_s=latency.get("p50"),
        arrival_per_s=_arrivals(result, experiment, elapsed_s),
        run_cores=cores.get("run"),
        other_cores=None if load is None or not machine_cores else load * _all_cores(result, machine_cores),
        ledger_s=_mapping(result.get("ledger_s")),
        loop_hold=_loop_hold(result, names),
        model=str(chosen.get("kind") or result.get("model") or ""),
        processes=len({each.get("pid") for each in listed}) or 1,
        payload_bytes=_payload_bytes(experiment),
        seen=bool(_mapping(result.get("witness")).get("looks")),
        bounds_s=_bounds(result.get("ledger_bounds_s")),
        by_worker=(*(_worker(each, names) for each in listed), *_without_lane(result, workers, len(listed))),
        steps=tuple(_step(each, steps or {}) for each in all_steps(experiment)),
        gil=tuple(_gil(each, names) for each in _list(result.get("gil"))),
        loops=tuple(_loop(each) for each in _list(result.get("loop")) if each.get("blocked_s") is not None),
        locks=tuple(_lock(each, names) for each in _list(result.get("locks"))),
        libraries=tuple(
            LibraryFigures(str(each.get("name")), each.get("threads")) for each in _list(result.get("libraries"))
        ),
        queues=tuple(_queue(each) for each in _list(result.get("queues"))),
        counters=_counters(result, experiment, steps or {}),
        stall=_stall(result.get("stall"), names),
        quiet_s=_quiet_s(result, tasks),
        threads_peak=_mapping(result.get("processes")).get("threads_peak"),
        costs={key: _cost(each) for key, each in _model_costs(result).items()},
        alone_task_cpu_s=result.get("alone_task_cpu_s"),
        has_groups=any(_mapping(experiment.get("workload")).get(key) for key in ("groups", "stages")),
    )


def all_steps(experiment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return every step of an experiment: the workload's, its groups' and its stages'."""
    work = _mapping(experiment.get("workload"))
    parts = [work, *_list(work.get("groups")), *_list(work.get("stages"))]
    return [step for part in parts for step in _list(part.get("steps"))]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Mapping[str, Any]]:
    """Return a list of objects; nothing where it is none (older results count their workers in `workers`)."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, (list, tuple)) else []


def _count(result: Mapping[str, Any], chosen: Mapping[str, Any], model: ModelCard | None, listed: int) -> int:
    if model is not None and model.max_workers == 1:
        return 1
    told = result.get("workers")
    asked = told if isinstance(told, int) else chosen.get("workers")
    return max(int(asked or 0), 0 if asked else listed, 1)


def _machine_cores(result: Mapping[str, Any]) -> int | None:
    """Return how many cores the run could use: of a machine's, those that it was allowed."""
    machine = _mapping(_mapping(result.get("environment")).get("machine"))
    seen = len(_mapping(result.get("cores")).get("utilization") or ())
    known = [int(count) for count in (machine.get("usable_cores"), machine.get("cores"), seen) if count]
    return min(known) if known else None


def _all_cores(result: Mapping[str, Any], otherwise: int) -> int:
    return len(_mapping(result.get("cores")).get("utilization") or ()) or otherwise


def _names(listed: Iterable[Mapping[str, Any]], kind: str, groups: Collection[str]) -> dict[str, str]:
    """Return each worker's name as it is written in sentences."""
    titles = {}
    for number, each in enumerate(listed):
        name = str(each.get("name") or each.get("worker") or "")
        title = worker_title(int(each.get("lane", number)), kind, name, groups)
        titles[name or title] = title
    return titles


def _worker(each: Mapping[str, Any], names: Mapping[str, str]) -> WorkerFigures:
    waits = each.get("waits_s")
    name = str(each.get("name") or each.get("worker") or "")
    return WorkerFigures(
        name=names.get(name, name),
        ledger_s=_mapping(each.get("ledger_s")),
        waits_s={kind: waits.get(kind) for kind in WAITS} if isinstance(waits, Mapping) else None,
        tasks=each.get("tasks"),
        group=str(each.get("group") or ""),
    )


def _without_lane(result: Mapping[str, Any], workers: int, listed: int) -> list[WorkerFigures]:
    """Return the workers of a run that is over which never had a task: those have no lane, and are not listed."""
    over = result.get("status") not in (None, "running")
    if not over or not 0 < listed < min(workers, _MOST_LISTED):
        return []
    return [WorkerFigures("", {"idle": result.get("elapsed_s")}, None, tasks=0) for _ in range(workers - listed)]


def _step(step: Mapping[str, Any], cards: Mapping[str, StepCard]) -> StepFigures:
    kind, card, source = str(step.get("kind") or ""), cards.get(str(step.get("kind"))), str(step.get("source") or "")
    waits = card is not None and card.waits_on != "nothing"
    is_code = bool(source) or (card is not None and any(each.kind is Kind.CODE for each in card.parameters))
    return StepFigures(
        kind=kind,
        title=card.title if card else kind,
        waits_on=card.waits_on if card else "unknown",
        is_code=is_code,
        is_async=is_code and is_async_task(source),
        blocks_loop=not is_async_task(source) if is_code else waits and card is not None and not card.has_async,
        limited=step.get("limit") is not None,
        has_service=bool(card and card.services),
        names_sqlite="sqlite3" in source,
    )


def _payload_bytes(experiment: Mapping[str, Any]) -> float:
    payloads = [step for step in all_steps(experiment) if step.get("kind") == "payload"]
    return 1024.0 * sum(float(step.get("size_kib") or 0) for step in payloads)


def _first_error(result: Mapping[str, Any]) -> str:
    first = _mapping(_mapping(result.get("errors")).get("first"))
    kind, message = first.get("type"), first.get("message")
    return f"{kind}: {message}" if kind and message else str(kind or message or "")


def _loop_hold(result: Mapping[str, Any], names: Mapping[str, str]) -> LoopHold | None:
    """Return the longest hold of any loop: as the loops' own records have it, else as the phases show it."""
    recorded = [_mapping(each.get("longest")) for each in _list(result.get("loop"))]
    recorded = [hold for hold in recorded if hold.get("held_s") is not None]
    hold = max(recorded, key=lambda each: float(each["held_s"]), default=_mapping(result.get("longest_loop_hold")))
    if not hold or hold.get("task") is None:
        return None
    return LoopHold(
        worker=names.get(str(hold.get("worker")), str(hold.get("worker") or "a coroutine")),
        task=int(hold["task"]),
        step=str(hold.get("step") or "a step"),
        held_s=float(hold.get("held_s") or 0.0),
        waiting=int(hold.get("waiting") or 0),
        inside=str(hold.get("in") or ""),
    )


def _arrivals(result: Mapping[str, Any], experiment: Mapping[str, Any], elapsed_s: float | None) -> float | None:
    """Return how many tasks arrived a second over the run, in which the rate may have been changed by hand."""
    rate = _mapping(experiment.get("workload")).get("arrival_per_s")
    marks = _list(result.get("marks"))
    changes = [(mark["t_s"], mark["arrival_per_s"]) for mark in marks if mark.get("arrival_per_s") is not None]
    if rate is None or not elapsed_s or not changes:
        return None if rate is None else float(rate)
    startup_s = float(result.get("startup_s") or 0.0)
    end_s, came, since_s = startup_s + elapsed_s, 0.0, startup_s
    for t_s, changed_to in changes:
        until_s = min(max(t_s, since_s), end_s)
        came, since_s = came + rate * (until_s - since_s), until_s
        rate = changed_to
    return float((came + rate * (end_s - since_s)) / elapsed_s)


def _bounds(value: object) -> dict[str, tuple[float, float]]:
    pairs = {state: pair for state, pair in _mapping(value).items() if pair is not None and None not in pair}
    return {state: (float(pair[0]), float(pair[1])) for state, pair in pairs.items()}


def _gil(each: Mapping[str, Any], names: Mapping[str, str]) -> GilFigures:
    return GilFigures(
        held_s=_by_name(each.get("held_s"), names),
        unknown_s=float(each.get("unknown_s") or 0.0),
        handovers_per_s=each.get("handovers_per_s"),
        stretch_s=_mapping(each.get("stretch_s")).get("p50"),
    )


def _by_name(value: object, names: Mapping[str, str]) -> dict[str, float]:
    return {names.get(name, name): float(seconds or 0.0) for name, seconds in _mapping(value).items()}


def _loop(each: Mapping[str, Any]) -> LoopFigures:
    return LoopFigures(busy_s=float(each.get("busy_s") or 0.0), blocked_s=float(each["blocked_s"]))


def _lock(each: Mapping[str, Any], names: Mapping[str, str]) -> LockFigures:
    return LockFigures(
        _address(each.get("address")), _by_name(each.get("waited_s"), names), _by_name(each.get("held_s"), names)
    )


def _address(value: object) -> str:
    return hex(value) if isinstance(value, int) else str(value or "")


def _queue(each: Mapping[str, Any]) -> QueueFigures:
    name, bound = str(each.get("name") or ""), int(each.get("bound") or 0)
    return QueueFigures(name, bound, each.get("mean"), each.get("full_s"), each.get("empty_s"))


def _counters(
    result: Mapping[str, Any], experiment: Mapping[str, Any], cards: Mapping[str, StepCard]
) -> tuple[CounterFigures, ...]:
    found = []
    for path, counts in _mapping(result.get("counters")).items():
        if isinstance(counts, Mapping) and all(counts.get(name) is not None for name in _UPDATES):
            name = cards["shared-counter"].title if "shared-counter" in cards else "Shared counter"
            several = sum(step.get("kind") == "shared-counter" for step in all_steps(experiment)) > 1
            found.append(
                CounterFigures(f"{name} ({path})" if several else name, *(int(counts[key]) for key in _UPDATES))
            )
    return tuple(found)


def _stall(value: object, names: Mapping[str, str]) -> Stall | None:
    stall = _mapping(value)
    if stall.get("for_s") is None:
        return None
    workers = (
        StalledWorker(
            names.get(str(each.get("name")), str(each.get("name") or "a worker")),
            str(each.get("state") or ""),
            _address(each.get("address")),
            str(each.get("where") or ""),
        )
        for each in _list(stall.get("workers"))
    )
    return Stall(float(stall["for_s"]), tuple(workers))


def _quiet_s(result: Mapping[str, Any], tasks: Mapping[str, Any]) -> float | None:
    """Return for how long no task has ended, where that is known: always, as long as none has."""
    if result.get("quiet_s") is not None:
        return float(result["quiet_s"])
    return None if tasks.get("done") or tasks.get("failed") else result.get("elapsed_s")


def _model_costs(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what models were measured to cost: by now, else when the run began."""
    return _mapping(result.get("model_costs")) or _mapping(_mapping(result.get("environment")).get("model_costs"))


def _cost(each: Mapping[str, Any]) -> ModelCost:
    return ModelCost(each.get("task_overhead_s"), each.get("create_worker_s"))
