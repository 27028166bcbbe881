"""The result of a run whose files are gone: what its last tick told."""

from __future__ import annotations

from dataclasses import replace

from engine.conductor.run_request import CheckedRun
from engine.wire.result import (
    CoreUse,
    NamedInterpreter,
    ProcessPeaks,
    ResultErrors,
    ResultLatency,
    ResultTasks,
    RunResult,
    TraceCounts,
)
from engine.wire.tick import Tick


def partial_result(request: CheckedRun, tick: Tick | None, ended: RunResult) -> RunResult:
    """Return `ended`, which says how the run ended, with what is known besides; what a tick does not tell is None."""
    tasks = tick.tasks if tick is not None else None
    done, failed = (tasks.done, tasks.failed) if tasks is not None else (None, None)
    elapsed_s = tick.elapsed_s if tick is not None else None
    return replace(
        ended,
        model=request.experiment.model.kind,
        workers=request.experiment.model.workers,
        interpreter=NamedInterpreter.of(request.interpreter),
        tasks=ResultTasks(done, failed),
        elapsed_s=elapsed_s,
        throughput_per_s=done / elapsed_s if done is not None and elapsed_s else None,
        latency_s=ResultLatency(),
        processes=ProcessPeaks(),
        cores=CoreUse(),
        trace=TraceCounts(),
        ledger_s=None if tick is None else dict(tick.ledger_s),
        title=request.experiment.title,
        experiment=request.experiment.to_dict(),
        errors=ResultErrors(failed, None),
    )
