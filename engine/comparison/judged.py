"""The judgement of a comparison, as `gilscope compare --json` prints it: the types of its cells and fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from engine.analysis.scaling import FittedLaw
from engine.workload.parameter import Value


class JudgedCell(TypedDict):
    """One combination: its figures over the runs that count, and its problems."""

    model: str
    workers: int
    interpreter: str | None
    gil_enabled: bool | None
    settings: Mapping[str, Value]
    repeats: int
    throughput_per_s: dict[str, float | None] | None
    speedup: dict[str, float | None] | None
    efficiency: float | None
    latency_p50_s: float | None
    latency_p99_s: float | None
    startup_s: float | None
    rss_peak_bytes: float | None
    ledger_s: dict[str, float | None]
    stable: bool
    too_short: bool
    unstable_reason: str | None
    reason: str | None
    runs: list[str]
    best: bool


class JudgedLaw(FittedLaw):
    """A scaling law's fit, or why it was `refused`."""

    refused: str | None


class JudgedFit(JudgedLaw):
    """A law fitted to one model on one interpreter."""

    model: str
    interpreter: str | None
    settings: Mapping[str, Value]
    worker_counts: list[int]


class Judged(TypedDict):
    """The whole judgement, with the verdict in a sentence and the baseline of speed-ups."""

    cells: list[JudgedCell]
    fits: list[JudgedFit]
    verdict: str
    baseline: str | None
    environment: dict[str, object]
