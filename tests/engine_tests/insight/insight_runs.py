"""Runs with known figures, for the rules' tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.insight.insight import Insight, insight
from engine.insight.parts import StepFigures, WorkerFigures
from engine.insight.run_figures import RunFigures
from engine.wire.protocol import LEDGER_STATES

SLEEP = StepFigures("sleep", "Sleep", waits_on="time")
HTTP = StepFigures("http-get", "HTTP request", waits_on="network", has_service=True)
PRIMES = StepFigures("count-primes", "Count primes")
CODE = StepFigures("python", "Your own function", is_code=True)
BLOCKING_CODE = StepFigures("python", "Your own function", is_code=True, blocks_loop=True)
ASYNC_CODE = StepFigures("python", "Your own function", is_code=True, is_async=True)
SQLITE = StepFigures("sqlite-insert", "Insert into SQLite", waits_on="disk")
FILE_READ = StepFigures("file-read", "Read a file", waits_on="disk")
FILE_WRITE = StepFigures("file-write", "Write a file", waits_on="disk")
CHILD = StepFigures("subprocess", "Run a process", waits_on="child")
CRITICAL = StepFigures("critical-section", "Critical section", waits_on="lock")
PAYLOAD = StepFigures("payload", "Payload")


def worker(
    name: str,
    shares: Mapping[str, float],
    waits: Mapping[str, float] | None = None,
    *,
    wall_s: float = 10.0,
    tasks: int | None = 1000,
) -> WorkerFigures:
    """Return a worker that spent these shares of its time, and waited for these; the rest it had no task."""
    rest = {"idle": max(0.0, 1 - sum(shares.values()))}
    ledger = {state: {**rest, **shares}.get(state, 0.0) * wall_s for state in LEDGER_STATES}
    return WorkerFigures(
        name, ledger, None if waits is None else {kind: share * wall_s for kind, share in waits.items()}, tasks
    )


def alike(
    shares: Mapping[str, float | None],
    waits: Mapping[str, float] | None = None,
    *,
    workers: int = 4,
    elapsed_s: float = 10.0,
    kind: str = "thread",
    **more: Any,
) -> RunFigures:
    """Return a run of workers that all spent these shares of its time."""
    known = {state: share for state, share in shares.items() if share is not None}
    each = [worker(f"{kind.capitalize()} {number}", known, waits, wall_s=elapsed_s) for number in range(1, workers + 1)]
    missing = {state: None for state, share in shares.items() if share is None}
    return unlike(each, missing=missing, elapsed_s=elapsed_s, kind=kind, **more)


def unlike(
    each: Sequence[WorkerFigures],
    *,
    missing: Mapping[str, None] | None = None,
    elapsed_s: float = 10.0,
    kind: str = "thread",
    **more: Any,
) -> RunFigures:
    """Return a run of these workers."""
    ledger: dict[str, float | None] = {
        state: sum(one.ledger_s.get(state) or 0.0 for one in each) for state in LEDGER_STATES
    }
    run = RunFigures(
        worker_kind=kind,
        workers=len(each),
        gil_enabled=True,
        machine_cores=8,
        status="finished",
        done=4000,
        elapsed_s=elapsed_s,
        startup_s=0.1,
        throughput_per_s=4000 / elapsed_s,
        task_s=0.01,
        run_cores=(ledger["cpu"] or 0.0) / elapsed_s,
        ledger_s={**ledger, **(missing or {})},
        by_worker=tuple(each),
        model={"thread": "threads", "process": "processes", "coroutine": "asyncio"}.get(kind, kind),
        is_async=kind == "coroutine",
        seen=any(one.waits_s is not None for one in each),
    )
    return replace(run, **more)


def seen(run: RunFigures) -> Insight:
    """Return what is said of a run, every sentence of it well-formed."""
    said = insight(run)
    for sentence in said.sentences:
        assert sentence.endswith((".", "?")), sentence
        assert sentence[0] == sentence[0].upper(), sentence
        assert "None" not in sentence.replace("None of", ""), sentence
        assert "nan" not in sentence.split(), sentence
    return said


def said(run: RunFigures) -> str:
    """Return the sentences as one text."""
    return " ".join(seen(run).sentences)
