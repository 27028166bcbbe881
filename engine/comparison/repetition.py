"""One run of one cell of a comparison: its figures, or why it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.wire.result import NamedInterpreter, ProcessPeaks, ResultLatency, ResultTasks, RunResult
from engine.wording.versions import python_short

MOST_WARM_UP = 0.5  # of a run, from the first task's start until every worker has ended one
UNSTABLE_LOAD = 0.10  # of the machine, by other programs: pyperf's measure for a warning


@dataclass(frozen=True, slots=True)
class Repetition:
    """One run of one cell. Figures are None if the run failed or the platform has none.

    `load_before` and `load_other` are the share of the machine that other programs used before and during it. `python`
    is the version that ran it: "3.13.0t". `reason` says why a run failed, or which of its tasks did. `environment` is
    what is known about the machine then (`engine.comparison.environment`), perhaps empty. `warm_up` is the share of the
    run's time until every worker had ended its first task.
    """

    run_id: str
    status: str
    reason: str | None
    throughput_per_s: float | None
    latency_p50_s: float | None
    latency_p99_s: float | None
    startup_s: float | None
    rss_peak_bytes: int | None
    load_other: float | None
    took_s: float
    ledger_s: dict[str, float | None] = field(default_factory=dict)
    load_before: float | None = None
    python: str | None = None
    gil_enabled: bool | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    warm_up: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the run has a throughput to compare."""
        return self.status == "finished" and bool(self.throughput_per_s)

    @property
    def too_short(self) -> bool:
        """Whether the run ended when its workers had only just begun: its throughput shows the start-up."""
        return self.ok and self.warm_up is not None and self.warm_up > MOST_WARM_UP

    @property
    def stable(self) -> bool:
        """Whether other programs hardly used the machine."""
        quiet_before = self.load_before is None or self.load_before <= UNSTABLE_LOAD
        return quiet_before and self.load_other is not None and self.load_other <= UNSTABLE_LOAD


def repetition_of(
    result: RunResult,
    throughput_per_s: float | None,
    took_s: float,
    load_before: float | None = None,
    environment: Mapping[str, Any] | None = None,
) -> Repetition:
    """Return a run's result as a repetition. `throughput_per_s` is that without warm-up; None: use the whole run's."""
    latency, processes = result.latency_s or ResultLatency(), result.processes or ProcessPeaks()
    interpreter = result.interpreter or NamedInterpreter()
    return Repetition(
        run_id=result.run_id,
        status=result.status,
        reason=_reason(result),
        throughput_per_s=throughput_per_s if throughput_per_s is not None else result.throughput_per_s,
        latency_p50_s=latency.p50,
        latency_p99_s=latency.p99,
        startup_s=result.startup_s,
        rss_peak_bytes=processes.rss_peak_bytes,
        load_other=result.load_other,
        took_s=took_s,
        ledger_s=dict(result.ledger_s or {}),
        load_before=load_before,
        python=_python(interpreter),
        gil_enabled=interpreter.gil_enabled,
        environment=dict(environment or {}),
    )


def failed_repetition(run_id: str, reason: str, took_s: float) -> Repetition:
    """Return the repetition of a run that was refused, or that has no figures."""
    return Repetition(run_id, "failed", reason, None, None, None, None, None, None, took_s)


def _reason(result: RunResult) -> str | None:
    first = result.errors.first if result.errors is not None else None
    what = f"{first.type}: {first.message}" if first is not None else ""
    if result.reason:
        return result.reason
    tasks = result.tasks or ResultTasks()
    done, failed = tasks.done or 0, tasks.failed or 0
    if failed:
        return f"{failed:,} of {done + failed:,} tasks failed" + (f", the first with {what}" if what else "")
    return what or None


def _python(interpreter: NamedInterpreter) -> str | None:
    if not interpreter.version:
        return None
    free = interpreter.gil_enabled is False
    return python_short(interpreter.implementation, interpreter.version, free_threaded=free)
