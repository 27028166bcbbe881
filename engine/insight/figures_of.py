"""Builds a run's figures from its result, or from a partial result of a run that goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from engine.insight.parts import LibraryFigures
from engine.insight.parts_of import (
    all_steps,
    bounds_of,
    cost_of,
    counters_of,
    gil_of,
    limit_figures_of,
    lock_of,
    loop_hold_of,
    loop_of,
    mapping,
    objects,
    payload_bytes,
    queue_of,
    stall_of,
    step_of,
    without_lane,
    worker_of,
)
from engine.insight.run_figures import RunFigures
from engine.wording.worker_names import worker_title
from engine.workload.catalogue import ModelCard, StepCard
from engine.workload.group import group_names, parts_of, threads_of


def figures_of(
    result: Mapping[str, Any], model: ModelCard | None = None, steps: Mapping[str, StepCard] | None = None
) -> RunFigures:
    """Return the figures that the sentences need.

    `result` is what `gilscope run --json` prints, or as much of it as is known (a run that goes on has the status
    `running`, and may have `quiet_s`: for how long no task has ended); `model` and `steps` are the run's cards. A
    missing key is a figure that was not measured.
    """
    experiment = mapping(result.get("experiment"))
    chosen, cores = mapping(experiment.get("model")), mapping(result.get("cores"))
    machine_cores = _machine_cores(result)
    tasks, latency = mapping(result.get("tasks")), mapping(result.get("latency_s"))
    load, kind = result.get("load_other"), _worker_kind(experiment, chosen, model)
    listed = objects(result.get("workers")) or objects(result.get("lanes"))
    names = _names(listed, kind, group_names(mapping(experiment.get("workload"))))
    elapsed_s = result.get("elapsed_s")
    method = model.start_method if model else None
    workers = _count(result, experiment, model, len(listed))
    return RunFigures(
        worker_kind=kind,
        workers=workers,
        is_async=bool(model and model.is_async),
        gil_enabled=mapping(result.get("interpreter")).get("gil_enabled"),
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
        ledger_s=mapping(result.get("ledger_s")),
        start_method=str(chosen.get("start_method") or method.default) if method else "",
        has_forkserver=method is not None and "forkserver" in method.choices,
        starting_s=float(result.get("starting_s") or 0.0),
        loop_hold=loop_hold_of(result, names, steps or {}),
        model=str(chosen.get("kind") or result.get("model") or ""),
        processes=len({each.get("pid") for each in listed}) or 1,
        payload_bytes=max(payload_bytes(experiment)),
        carried_bytes=payload_bytes(experiment),
        seen=bool(mapping(result.get("witness")).get("looks")),
        bounds_s=bounds_of(result.get("ledger_bounds_s")),
        by_worker=(*(worker_of(each, names) for each in listed), *without_lane(result, workers, len(listed))),
        steps=tuple(step_of(each, steps or {}, group) for group, each in all_steps(experiment)),
        gil=tuple(gil_of(each, names) for each in objects(result.get("gil"))),
        loops=tuple(loop_of(each) for each in objects(result.get("loop"))),
        locks=tuple(lock_of(each, names) for each in objects(result.get("locks"))),
        libraries=tuple(
            LibraryFigures(str(each.get("name")), each.get("threads")) for each in objects(result.get("libraries"))
        ),
        queues=tuple(queue_of(each) for each in objects(result.get("queues"))),
        loop_unrecorded=chosen.get("loop") == "uvloop",
        all_at_once=chosen.get("submit") == "all",
        rss_begun_bytes=mapping(result.get("processes")).get("rss_begun_bytes"),
        rss_peak_bytes=mapping(result.get("processes")).get("rss_peak_bytes"),
        limits=tuple(limit_figures_of(each, steps or {}) for each in objects(result.get("limits"))),
        counters=counters_of(result, experiment, steps or {}),
        stall=stall_of(result.get("stall"), names),
        quiet_s=_quiet_s(result, tasks),
        threads_peak=mapping(result.get("processes")).get("threads_peak"),
        costs={key: cost_of(each) for key, each in _model_costs(result).items()},
        alone_task_cpu_s=result.get("alone_task_cpu_s"),
        has_groups=any(mapping(experiment.get("workload")).get(key) for key in ("groups", "stages")),
    )


def _worker_kind(experiment: Mapping[str, Any], chosen: Mapping[str, Any], model: ModelCard | None) -> str:
    """Return what a worker is; `worker` where stages have models of their own, which may be of another kind."""
    parts = parts_of(mapping(experiment.get("workload")))
    own = {str(each.get("model")) for each in parts if each.get("model")} - {str(chosen.get("kind"))}
    return "worker" if own or model is None else model.worker_kind


def _count(result: Mapping[str, Any], experiment: Mapping[str, Any], model: ModelCard | None, listed: int) -> int:
    if model is not None and model.max_workers == 1:
        return 1
    told, chosen = result.get("workers"), mapping(experiment.get("model"))
    asked = told if isinstance(told, int) else chosen.get("workers")
    if asked and chosen.get("default_executor_workers"):
        asked = min(int(asked), threads_of(experiment))
    return max(int(asked or 0), 0 if asked else listed, 1)


def _machine_cores(result: Mapping[str, Any]) -> int | None:
    """Return how many of the machine's cores the run was allowed to use."""
    machine = mapping(mapping(result.get("environment")).get("machine"))
    seen = len(mapping(result.get("cores")).get("utilization") or ())
    known = [int(count) for count in (machine.get("usable_cores"), machine.get("cores"), seen) if count]
    return min(known) if known else None


def _all_cores(result: Mapping[str, Any], otherwise: int) -> int:
    return len(mapping(result.get("cores")).get("utilization") or ()) or otherwise


def _names(listed: Iterable[Mapping[str, Any]], kind: str, groups: Collection[str]) -> dict[str, str]:
    """Return the name that sentences use for each worker."""
    titles = {}
    for number, each in enumerate(listed):
        name = str(each.get("name") or each.get("worker") or "")
        title = worker_title(int(each.get("lane", number)), kind, name, groups)
        titles[name or title] = title
    return titles


def _first_error(result: Mapping[str, Any]) -> str:
    first = mapping(mapping(result.get("errors")).get("first"))
    kind, message = first.get("type"), first.get("message")
    return f"{kind}: {message}" if kind and message else str(kind or message or "")


def _arrivals(result: Mapping[str, Any], experiment: Mapping[str, Any], elapsed_s: float | None) -> float | None:
    """Return the mean arrival rate over the run, during which the user may have changed the rate."""
    rate = mapping(experiment.get("workload")).get("arrival_per_s")
    marks = objects(result.get("marks"))
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


def _quiet_s(result: Mapping[str, Any], tasks: Mapping[str, Any]) -> float | None:
    """Return for how long no task has ended, if known; it is known while no task has ended at all."""
    if result.get("quiet_s") is not None:
        return float(result["quiet_s"])
    return None if tasks.get("done") or tasks.get("failed") else result.get("elapsed_s")


def _model_costs(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the measured costs of models: the current ones, or those known when the run began."""
    return mapping(result.get("model_costs")) or mapping(mapping(result.get("environment")).get("model_costs"))
