"""A result without its run's folder: what is known of a run whose files are gone, from its last tick."""

from __future__ import annotations

from typing import Any, Final

from engine.conductor.run_request import RunRequest
from engine.ledger.summary import named_interpreter
from engine.wire.tick import Tick

_LATENCIES: Final = ("mean", "p50", "p90", "p99", "max")


def partial_result(request: RunRequest, tick: Tick | None) -> dict[str, Any]:
    """Return the result but for how the run ended; what a tick does not tell is None, as all of it is without one."""
    tasks = tick.tasks if tick is not None else None
    done, failed = (tasks.done, tasks.failed) if tasks is not None else (None, None)
    elapsed_s = tick.elapsed_s if tick is not None else None
    return {
        "model": request.experiment.model.kind,
        "workers": request.experiment.model.workers,
        "interpreter": named_interpreter(request.interpreter.to_json()),
        "tasks": {"done": done, "failed": failed},
        "elapsed_s": elapsed_s,
        "startup_s": None,
        "throughput_per_s": done / elapsed_s if done is not None and elapsed_s else None,
        "latency_s": dict.fromkeys(_LATENCIES),
        "processes": {"peak": None, "threads_peak": None, "rss_peak_bytes": None},
        "ledger_s": None if tick is None else dict(tick.ledger_s),
        "cores": {"utilization": None},
        "trace": {"phases": None, "dropped": None},
        "title": request.experiment.title,
        "experiment": request.experiment.to_dict(),
        "errors": {"count": failed, "first": None},
    }
