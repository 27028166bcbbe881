"""The figures of a run that lessons can use: by name, from the run's result."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final

Result = Mapping[str, Any]

# The figures that a relation may name; * stands for any ending.
KNOWN: Final = (
    "throughput_per_s",
    "elapsed_s",
    "startup_s",
    "latency_s.mean",
    "latency_s.p50",
    "latency_s.p90",
    "latency_s.p95",
    "latency_s.p99",
    "latency_s.max",
    "tasks.done",
    "tasks.failed",
    "processes.peak",
    "processes.threads_peak",
    "processes.rss_peak_bytes",
    "ledger_s.*",
    "share.*",
    "cores_used",
    "at_once",
    "updates_made",
    "updates_counted",
    "updates_lost",
    "gil_enabled",
    "gil_turned_on",
)


def is_known(name: str) -> bool:
    """Whether `name` is a figure of a run."""
    return any(name == each or (each.endswith("*") and name.startswith(each[:-1])) for each in KNOWN)


def figure_of(result: Result, name: str) -> float | None:
    """Return a figure of a run's result, None if it was not measured.

    `share.STATE` is the part (0..1) of all workers' time spent in a ledger state, `cores_used` how many cores
    the tasks kept busy, `at_once` the mean number of tasks in progress (Little's law), `updates_made`,
    `updates_counted` and `updates_lost` those of shared counters, `gil_turned_on` 1 if an import turned the GIL of a
    free-threaded build on.
    """
    derived = _DERIVED.get(name)
    if derived is not None:
        return derived(result)
    if name.startswith("share."):
        return _share(result, name.removeprefix("share."))
    value: Any = result
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, (int, float)) else None


def median_of(results: Sequence[Result], name: str) -> float | None:
    """Return the median of a figure over the repetitions of a run; None if one of them lacks it."""
    values = [figure_of(result, name) for result in results]
    known = [value for value in values if value is not None]
    return statistics.median(known) if known and len(known) == len(values) else None


def _share(result: Result, state: str) -> float | None:
    ledger = result.get("ledger_s") or {}
    total_s = sum(value or 0.0 for value in ledger.values())
    value = ledger.get(state)
    return value / total_s if value is not None and total_s > 0 else None


def _cores_used(result: Result) -> float | None:
    cpu_s, elapsed_s = (result.get("ledger_s") or {}).get("cpu"), result.get("elapsed_s")
    return cpu_s / elapsed_s if cpu_s is not None and elapsed_s else None


def _at_once(result: Result) -> float | None:
    mean_s, rate = (result.get("latency_s") or {}).get("mean"), result.get("throughput_per_s")
    return mean_s * rate if mean_s is not None and rate is not None else None


def _counter(name: str, result: Result) -> float | None:
    found = [
        each[name] for each in (result.get("counters") or {}).values() if isinstance(each, Mapping) and name in each
    ]
    return float(sum(found)) if found else None


def _gil_enabled(result: Result) -> float | None:
    enabled = (result.get("interpreter") or {}).get("gil_enabled")
    return None if enabled is None else float(enabled)


def _gil_turned_on(result: Result) -> float:
    return float(any("turned the GIL back on" in str(note) for note in result.get("notes") or ()))


_DERIVED: Final = {
    "cores_used": _cores_used,
    "at_once": _at_once,
    "updates_made": lambda result: _counter("updates_made", result),
    "updates_counted": lambda result: _counter("updates_counted", result),
    "updates_lost": lambda result: _counter("updates_lost", result),
    "gil_enabled": _gil_enabled,
    "gil_turned_on": _gil_turned_on,
}
