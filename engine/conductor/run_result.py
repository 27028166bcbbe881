"""The result of a run that has ended: made from its folder; or a partial one from the last tick if that fails."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace

from engine.conductor.run_request import CheckedRun
from engine.ledger.summary import incomplete, make_result
from engine.record.lane_trim import trim_lanes
from engine.record.life import LifeRecord
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
    """Return `ended`, which says how the run ended, with the last tick's figures; all other figures are None."""
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


def kept_result(
    request: CheckedRun,
    life: LifeRecord,
    tick: Tick | None,
    keep: Callable[[CheckedRun], str | None],
    problem_of_files: Callable[[], str | None],
) -> tuple[RunResult, str | None]:
    """Make a run's result and keep the run; return the result and the problem, if any. Never raises.

    `tick` is the run's last one; `keep` takes the run into the history.
    """
    result = RunResult(request.run_id, "failed")
    try:
        result = make_result(request.folder, life)
        if not result.is_known:  # the folder is damaged, or gone
            result = partial_result(request, tick, result)
        trim_lanes(request.folder)
        problem = keep(request)
        unwritten = problem_of_files()
        if unwritten is not None and not result.incomplete:
            result = incomplete(result, f"Not all of the run could be written: {unwritten}.")
    except Exception as error:
        traceback.print_exc()
        problem = f"internal error: {type(error).__name__}: {error}"
        result = replace(result, reason=result.reason or problem)
    return result, problem
