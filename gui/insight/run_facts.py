"""What is known about the run on screen, with the keys of a result: its result, or what its ticks contain so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.insight.figures_of import figures_of
from engine.insight.run_figures import RunFigures
from engine.wire.codec import plain
from gui.widgets.view_data import Floats, RunData

_RECENT_S = 2.0
_SEEN = ("gil", "loop", "locks", "libraries", "ledger_bounds_s")  # in some ticks, if threads can be looked at
_NOW = ("witness", "stall", "queues")  # in every tick


def run_figures(data: RunData, **more: Any) -> RunFigures:
    """Return the figures that the sentences need; `more` has further figures, by a result's keys."""
    return figures_of({**run_facts(data), **more}, data.model_card, data.step_cards)


def run_facts(data: RunData) -> dict[str, Any]:
    """Return the ended run's result, completed from its samples; during the run, a result of the run so far."""
    so_far = _so_far(data)
    result = {
        key: value
        for key, value in (plain(data.result) if data.result is not None else {}).items()
        if value is not None
    }
    facts = {**so_far, **result, "experiment": data.experiment}
    facts["cores"] = {**so_far["cores"], **_known(result.get("cores"))}
    if data.stage == "ended":
        facts.pop("quiet_s", None)
        facts["throughput_per_s"] = result.get("throughput_per_s")
        facts["status"] = result.get("status") or "failed"
        facts["reason"] = result.get("reason") or getattr(data, "reason", "")
    return facts


def _known(values: Any) -> dict[str, Any]:
    return {key: value for key, value in (values or {}).items() if value is not None}


def _so_far(data: RunData) -> dict[str, Any]:
    now, startup_s = plain(data.latest) if data.latest is not None else {}, _startup_s(data)
    # All figures from one instant: the newest tick with findings about threads, which not every tick has.
    latest = plain(data.looked) if data.looked is not None else now
    seen = latest.get("seen") or {}
    lanes = _with_waits(latest.get("lanes") or [], seen.get("waits_s") or [])
    return {
        **{key: seen[key] for key in _SEEN if seen.get(key)},
        **{key: now[key] for key in _NOW if now.get(key) is not None},
        "status": "running",
        "interpreter": plain(data.interpreter) if data.interpreter is not None else {},
        "model": (data.experiment.get("model") or {}).get("kind"),
        "tasks": latest.get("tasks") or {},
        "elapsed_s": latest.get("elapsed_s"),
        "startup_s": startup_s,
        "throughput_per_s": _rate(data, startup_s or 0.0),
        "latency_s": latest.get("latency_so_far_s") or latest.get("latency_s"),
        "ledger_s": latest.get("ledger_s") or {},
        "starting_s": latest.get("starting_s"),
        "load_other": _mean(data.samples.figure("load_other"), data, startup_s or 0.0),
        "cores": {
            "utilization": [0.0] * data.samples.cores.shape[1],  # only its length, the number of cores, is used
            "run": _mean(data.samples.figure("run_cores"), data, startup_s or 0.0),
        },
        "lanes": lanes,
        "marks": [plain(mark) for mark in data.marks],
        "quiet_s": _quiet_s(data, startup_s or 0.0),
    }


def _with_waits(lanes: list[dict[str, Any]], waits: list[Any]) -> list[dict[str, Any]]:
    """Return workers with their observed waits; workers that began after the looks have none yet."""
    return [{**lane, "waits_s": waits[place] if place < len(waits) else None} for place, lane in enumerate(lanes)]


def _startup_s(data: RunData) -> float | None:
    latest, known = data.latest, data.result.startup_s if data.result is not None else None
    if known is None and latest is not None and latest.elapsed_s is not None:
        return max(0.0, latest.t_s - latest.elapsed_s)
    return known


def _mean(values: Floats, data: RunData, since_s: float) -> float | None:
    """Return the mean of the samples after `since_s`; None if there are none."""
    known = values[(data.samples.t_s > since_s) & np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _quiet_s(data: RunData, startup_s: float) -> float | None:
    """Return for how long no task has ended."""
    t_s, rates = data.samples.t_s, data.samples.figure("throughput_per_s")
    if not len(t_s):
        return None
    ends = np.flatnonzero(np.nan_to_num(rates) > 0)
    return float(t_s[-1] - (t_s[ends[-1]] if len(ends) else min(startup_s, t_s[-1])))


def _rate(data: RunData, startup_s: float) -> float | None:
    """Return the recent tasks per second, without the start; in an open loop those of the whole run so far.

    The length of a queue depends on all arrivals and all finished tasks since the start.
    """
    latest = data.latest
    if (data.experiment.get("workload") or {}).get("arrival_per_s") and latest is not None and latest.elapsed_s:
        return (latest.tasks.done if latest.tasks is not None else 0) / latest.elapsed_s
    t_s = data.samples.t_s
    since_s = max(startup_s, float(t_s[-1]) - _RECENT_S) if len(t_s) else 0.0
    return _mean(data.samples.figure("throughput_per_s"), data, since_s) if len(t_s) else None
