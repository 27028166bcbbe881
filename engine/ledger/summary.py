"""Makes a run's result from its folder alone, so that a run whose conductor was killed has one too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from engine.insight.sentences_of import sentences_of
from engine.ledger.deaths import death_sentence
from engine.ledger.measured import Measured, workers_in
from engine.ledger.sampled import Sampled
from engine.record.life import LifeRecord
from engine.record.run_folder import RunFolder, write_result
from engine.wire.codec import decode, plain
from engine.wire.protocol import RUN_STAGES
from engine.wire.result import NamedInterpreter, ResultErrors, RunResult
from engine.wire.task_failure import TaskFailure

_NAMED_DEATHS: Final = 3
_GONE: Final = "the conductor ended before the run did"


def summarize(folder: Path | str, life: LifeRecord | None = None) -> RunResult:
    """Return the result of the run in `folder`: what `gilscope run --json` prints, and more.

    Writes nothing; needs the run's experiment, environment and cards. Raises RunFolderError where these are missing.
    `life` is what a live conductor knows of the run: on a full disk the folder may hold less.
    """
    run = RunFolder(folder)
    if life is None:
        life = run.life()
    sampled = Sampled.of(run.samples())
    start_ns = run.run_start_ns()
    measured = Measured(run, life, start_ns + int(sampled.last_s * 1e9))
    errors = ResultErrors(measured.failed, first_error(run.path, life))
    result = replace(
        measured.told(start_ns),
        run_id=run.run_id,
        status=life.status or "failed",
        reason=life.reason if life.status else _GONE,
        model=run.experiment()["model"]["kind"],
        workers=workers_in(run),
        interpreter=_interpreter(run, life),
        processes=sampled.peaks(measured.at_one_time, at_least=measured.starts_children),
        cores=sampled.cores,
        load_other=sampled.load_other,
        title=run.experiment().get("title"),
        experiment=run.experiment(),
        environment=run.environment(),
        errors=errors,
        notes=(*life.notes, *measured.notes),
        output_dropped=life.output_dropped,
        stages=_stages(life, measured.first_ns, start_ns),
        counters=dict(life.done.counters) if life.done is not None else {},
        marks=life.marks,
        stall=life.stall,
        observer_cost=None,  # until it is measured: see observer_cost
    )
    result = _with_deaths(_all_failed(result), life)
    return _checked(replace(result, insight=_sentences(plain(result), run.cards())))


def _checked(result: RunResult) -> RunResult:
    """Return a result that can be written. Raises ValueError for a figure that JSON cannot hold, such as NaN."""
    return decode(RunResult, json.loads(json.dumps(plain(result), allow_nan=False)), "result")


def _sentences(result: Mapping[str, Any], cards: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the sentences about the figures; none if the cards were written by an incompatible version."""
    try:
        return tuple(sentences_of(result, cards))
    except (LookupError, TypeError, ValueError):
        return ()


def _with_deaths(result: RunResult, life: LifeRecord) -> RunResult:
    """Add to a failed run's result which processes died, as the reason."""
    if not result.deaths or life.status != "failed":
        return result
    sentences = "; ".join(death_sentence(death) for death in result.deaths[:_NAMED_DEATHS])
    more = f" ({life.reason})" if life.done is not None and life.reason else ""
    return replace(result, reason=f"{sentences}{more}")


def _all_failed(result: RunResult) -> RunResult:
    """Mark a completed run as failed if none of its tasks succeeded."""
    tasks, errors = result.tasks, result.errors
    if result.status != "finished" or tasks is None or tasks.done or errors is None or not errors.count:
        return result
    first = errors.first or TaskFailure()
    what = ": ".join(each for each in (first.type, first.message) if each)
    which = "The only task" if errors.count == 1 else f"All {errors.count:,} tasks"
    return replace(result, status="failed", reason=f"{which} failed{f', the first with {what}' if what else ''}")


def make_result(folder: Path, life: LifeRecord | None = None) -> RunResult:
    """Return the result of the run in `folder` and write it there; never raises, whatever is wrong with the folder."""
    try:
        result = summarize(folder, life)
    except Exception as error:  # the client that waits for the end of this run must be told
        reason = f"its result could not be made: {type(error).__name__}: {error}"
        return RunResult(folder.name, "failed", reason)
    try:
        write_result(folder, result)
    except OSError as error:
        return incomplete(result, f"The result could not be kept: {error.strerror or error}.")
    return result


def incomplete(result: RunResult, why: str) -> RunResult:
    """Return the result with a note `why` it is incomplete."""
    return replace(result, incomplete=result.incomplete or why, notes=(*result.notes, why))


def first_error(folder: Path, life: LifeRecord) -> TaskFailure | None:
    """Return the first failure of any task, else what ended the host, else None."""
    found = []
    for path in (folder / "errors").glob("*.json"):
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue  # the file is incomplete
    if found:
        return decode(TaskFailure, min(found, key=lambda each: int(each["time_ns"])), "result.errors.first")
    error = life.done.error if life.done is not None else None
    return decode(TaskFailure, plain(error)) if error is not None else None


def _interpreter(run: RunFolder, life: LifeRecord) -> NamedInterpreter:
    """Return the interpreter as the host described itself, else as found before the run."""
    told = {**run.environment().get("interpreter", {}), **(plain(life.python) if life.python is not None else {})}
    named = decode(NamedInterpreter, told, "result.interpreter")
    return named if life.gil is None else replace(named, gil_enabled=life.gil)


def _stages(life: LifeRecord, first_ns: int | None, start_ns: int) -> dict[str, float | None]:
    """Return when each stage of the run's life began, in seconds after its start; None for stages not reached."""
    stages: dict[str, float | None] = {stage: life.stages.get(stage) for stage in RUN_STAGES}
    if first_ns is not None:  # more exact than the ticks, which saw it a little later
        stages["measuring"] = (first_ns - start_ns) / 1e9
    return {f"{stage}_s": at_s for stage, at_s in stages.items()}
