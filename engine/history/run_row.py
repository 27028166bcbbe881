"""A run as one flat row: its whole experiment, environment and result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.record.run_folder import RunFolder
from engine.wire.codec import plain
from engine.wire.protocol import LEDGER_STATES
from engine.workload.group import numbered_steps, parts_of, workers_of

_INTERPRETER = ("path", "version", "implementation", "gil_enabled")
_OBSERVER_COST = ("percent", "low_percent", "high_percent", "cpu_percent", "cpu_low_percent", "cpu_high_percent")
_CARRIED = ("tasks", "to_bytes", "back_bytes", "pickle_s", "unpickle_s")
_LATENCY = ("mean", "p50", "p90", "p95", "p99", "p99_9", "max")


def run_row(folder: RunFolder) -> dict[str, object]:
    """Return the columns of runs.csv and their values, in order; None is a figure that was not measured.

    Raises RunFolderError for a run that has not ended.
    """
    result, experiment, environment = folder.final_result(), folder.experiment(), folder.environment()
    figures = plain(result)
    return {
        "run_id": folder.run_id,
        "started_at": environment.get("time"),
        "title": experiment.get("title"),
        "status": result.status,
        "reason": result.reason,
        **_experiment_columns(experiment),
        **_figure_columns(figures),
        **{f"environment_{key}": value for key, value in _flat(environment) if key not in ("time", "run_id")},
        "experiment_json": experiment,
    }


def _experiment_columns(experiment: Mapping[str, Any]) -> dict[str, object]:
    workload, model = experiment["workload"], experiment["model"]
    own = ("kind", "workers", "interpreter")
    return {
        "model": model["kind"],
        "workers": workers_of(experiment),
        "interpreter": model.get("interpreter"),
        **{f"model_{key}": value for key, value in model.items() if key not in own},
        "workload_tasks": workload.get("tasks"),
        "workload_duration_s": workload.get("duration_s"),
        "workload_until_stopped": bool(workload.get("until_stopped", False)),
        "workload_arrival_per_s": workload.get("arrival_per_s"),
        "workload_time_limit_s": workload.get("time_limit_s"),
        "workload_seed": workload.get("seed"),
        "workload_steps": " + ".join(str(step["kind"]) for step in numbered_steps(workload)),
        "workload_groups": " + ".join(f"{each['name']} x {each['workers']}" for each in parts_of(workload)) or None,
    }


def _figure_columns(result: Mapping[str, Any]) -> dict[str, object]:
    def part(name: str) -> Mapping[str, Any]:
        return result.get(name) or {}

    interpreter, tasks, processes = part("interpreter"), part("tasks"), part("processes")
    latency, ledger = part("latency_s"), part("ledger_s")
    cores = part("cores").get("utilization") or []
    return {
        **{f"interpreter_{key}": interpreter.get(key) for key in _INTERPRETER},
        "tasks_done": tasks.get("done"),
        "tasks_failed": tasks.get("failed"),
        "elapsed_s": result.get("elapsed_s"),
        "startup_s": result.get("startup_s"),
        "throughput_per_s": result.get("throughput_per_s"),
        **{f"latency_{key}_s": latency.get(key) for key in _LATENCY},
        "processes_peak": processes.get("peak"),
        "threads_peak": processes.get("threads_peak"),
        "rss_peak_bytes": processes.get("rss_peak_bytes"),
        **{f"ledger_{state}_s": ledger.get(state) for state in LEDGER_STATES},
        **{f"core{number}_utilization": value for number, value in enumerate(cores)},
        **{f"carried_{key}": part("carried").get(key) for key in _CARRIED},
        "trace_phases": part("trace").get("phases"),
        "trace_dropped": part("trace").get("dropped"),
        "load_other": result.get("load_other"),
        **{f"observer_cost_{key}": part("observer_cost").get(key) for key in _OBSERVER_COST},
    }


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}_")
        else:
            yield f"{prefix}{key}", value
