"""The result of a run that has ended: made from its folder, or a partial one from the last tick; kept and reported."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engine.conductor.life import RunLife
from engine.conductor.run_request import CheckedRun, RunContext
from engine.interpreters.having_module import who_else_has
from engine.ledger.summary import incomplete, make_result
from engine.record.lane_trim import trim_lanes
from engine.record.life import LifeRecord
from engine.record.run_files import RunFiles
from engine.wire.facts import Ended, Failure
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

_SUMMARY_S: Final = 2.0


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


class RunEnding:
    """Makes the result of a run whose processes are gone, in another thread, keeps it, and reports the end.

    The end is reported in any case, because the client waits for it. Used by the conductor's main thread.
    """

    def __init__(self, request: CheckedRun, context: RunContext, life: RunLife, files: RunFiles) -> None:
        self._request, self._context, self._life, self._files = request, context, life, files
        self._thread: threading.Thread | None = None
        self.is_reported = False

    @property
    def is_begun(self) -> bool:
        """Whether the result is being made, or was."""
        return self._thread is not None

    def begin(self, tick: Tick | None) -> None:
        """Begin to make the result; `tick` is the run's last one."""
        self._thread = threading.Thread(target=self._summarize, args=(tick,), name="summary", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait for the result, but not long."""
        if self._thread is not None:
            self._thread.join(_SUMMARY_S)

    def _summarize(self, tick: Tick | None) -> None:
        self._say_who_has_what_is_missing()
        ended, problem = kept_result(
            self._request, self._life.known, tick, self._context.keep, lambda: self._files.problem
        )
        self._context.post(lambda: self._report(ended, problem))

    def _say_who_has_what_is_missing(self) -> None:
        done = self._life.done
        if done is None or not done.missing_module:
            return
        try:
            self._life.explain(who_else_has(done.missing_module, self._request.interpreter))
        except OSError as error:
            self._life.explain(f"Which other Pythons have it could not be found out: {error}.")

    def _report(self, result: RunResult, problem: str | None) -> None:
        self.is_reported = True
        if problem:
            self._context.say(Failure("", problem))
        self._context.say(Ended(self._request.run_id, result, str(self._request.folder)))
