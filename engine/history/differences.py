"""Computes what differed between two runs, and pairs their figures: pure functions over the runs' records."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.record.run_folder import RunFolder
from engine.wire.codec import plain
from engine.wire.protocol import LEDGER_STATES

EXPERIMENT: Final = "experiment"
ENVIRONMENT: Final = "environment"
# Some figures vary from run to run anyway; smaller differences than these are not reported: the clock rate as a share
# of the greater, load averages in processes, load as a share of the machine.
LEAST_FREQUENCY: Final = 0.05
LEAST_AVERAGE: Final = 0.5
LEAST_LOAD: Final = 0.05
_INTERPRETER: Final = ("version", "implementation", "free_threaded", "gil_enabled", "jit", "path")
# Keys of the environment that are left out: those that differ in every run, and those that repeat the interpreter.
_LEFT_OUT: Final = ("run_id", "time", "run_start_ns", "app", "interpreter", "load")
_FREQUENCY: Final = "machine.cpu_mhz"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: its part (experiment or environment), its key's path, both values.

    The value of a missing key, or of a fact that the platform does not report, is None.
    """

    part: str
    key: str
    one: Any
    other: Any


@dataclass(frozen=True, slots=True)
class RunFigure:
    """One figure of both runs: `unit` is "1/s", "s", "B", "1" (a share) or "" (a count); None: not measured."""

    key: str
    title: str
    unit: str
    one: float | None
    other: float | None

    @property
    def ratio(self) -> float | None:
        """The other's value divided by the first's, None if that is not defined."""
        return self.other / self.one if self.one and self.other is not None else None


@dataclass(frozen=True, slots=True)
class KeptRun:
    """The parts of a run's record that are compared."""

    run_id: str
    experiment: Mapping[str, Any]
    environment: Mapping[str, Any]
    result: Mapping[str, Any]


def kept_run(folder: RunFolder) -> KeptRun:
    """Read the parts of a run that are compared. Raises RunFolderError if it has no result, or is damaged."""
    return KeptRun(folder.run_id, folder.experiment(), folder.environment(), plain(folder.final_result()))


def differences(one: KeptRun, other: KeptRun) -> list[Difference]:
    """Return what differed between two runs: the experiment's keys in its file's order, then the environment's."""
    found = list(_differing(EXPERIMENT, one.experiment, other.experiment))
    found += _differing(ENVIRONMENT, _environment(one), _environment(other))
    return [each for each in found if _counts(each)]


def figures(one: KeptRun, other: KeptRun) -> list[RunFigure]:
    """Return the figures of both runs, in reading order; figures that neither has are left out."""
    pairs = zip(_figures(one.result), _figures(other.result), strict=True)
    made = [RunFigure(*first, second[3]) for first, second in pairs]
    return [each for each in made if each.one is not None or each.other is not None]


def ledgers(one: KeptRun, other: KeptRun) -> list[RunFigure]:
    """Return the share of the workers' time in each state, from 0 to 1; states that neither measured are left out."""
    shares = [_shares(each.result.get("ledger_s") or {}) for each in (one, other)]
    made = [RunFigure(f"ledger_s.{state}", state, "1", shares[0][state], shares[1][state]) for state in LEDGER_STATES]
    return [each for each in made if each.one or each.other]


def _environment(run: KeptRun) -> Mapping[str, Any]:
    interpreter = {**(run.environment.get("interpreter") or {}), **(run.result.get("interpreter") or {})}
    load = run.environment.get("load") or {}
    return {
        "interpreter": {key: interpreter.get(key) for key in _INTERPRETER},
        **{key: value for key, value in run.environment.items() if key not in _LEFT_OUT},
        "load": {**load, "other_programs": run.result.get("load_other")},
    }


def _differing(part: str, one: Any, other: Any, path: str = "") -> Iterator[Difference]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys((*one, *other)):
            yield from _differing(part, one.get(key), other.get(key), f"{path}.{key}" if path else str(key))
    elif _is_steps(one) and _is_steps(other):
        for place in range(max(len(one), len(other))):
            first, second = (each[place] if place < len(each) else None for each in (one, other))
            yield from _differing(part, first, second, f"{path}[{place}]")
    elif one != other:
        yield Difference(part, path, one, other)


def _is_steps(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, Mapping) for each in value)


def _counts(each: Difference) -> bool:
    """Whether a difference is more than the usual variation between runs."""
    least = {"load.average_1min": LEAST_AVERAGE, "load.other_programs": LEAST_LOAD}.get(each.key)
    if each.part != ENVIRONMENT or each.one is None or each.other is None:
        return True
    if each.key == _FREQUENCY:
        least = LEAST_FREQUENCY * max(each.one, each.other)
    return least is None or abs(each.one - each.other) >= least


def _figures(result: Mapping[str, Any]) -> Iterator[tuple[str, str, str, float | None]]:
    def part(name: str) -> Mapping[str, Any]:
        return result.get(name) or {}

    tasks, latency, processes = part("tasks"), part("latency_s"), part("processes")
    cores = [value for value in part("cores").get("utilization") or () if value is not None]
    rows = (
        ("throughput_per_s", "Tasks a second", "1/s", result.get("throughput_per_s")),
        ("elapsed_s", "Took", "s", result.get("elapsed_s")),
        ("startup_s", "Start-up", "s", result.get("startup_s")),
        ("tasks.done", "Tasks done", "", tasks.get("done")),
        ("tasks.failed", "Tasks failed", "", tasks.get("failed")),
        ("latency_s.p50", "Median latency", "s", latency.get("p50")),
        ("latency_s.p90", "9 in 10 within", "s", latency.get("p90")),
        ("latency_s.p99", "p99 latency", "s", latency.get("p99")),
        ("latency_s.max", "Slowest", "s", latency.get("max")),
        ("cores.utilization", "Cores in use, all programs", "", sum(cores) if cores else None),
        ("cores.run", "Cores kept busy", "", part("cores").get("run")),
        ("load_other", "Other programs, of the machine", "1", result.get("load_other")),
        ("processes.peak", "Processes, at most", "", processes.get("peak")),
        ("processes.threads_peak", "Threads, at most", "", processes.get("threads_peak")),
        ("processes.rss_peak_bytes", "Memory, at most", "B", processes.get("rss_peak_bytes")),
    )
    for key, title, unit, value in rows:
        yield key, title, unit, value if value is None or math.isfinite(value) else None


def _shares(ledger: Mapping[str, float | None]) -> dict[str, float | None]:
    total = sum(value or 0.0 for value in ledger.values())
    known = {state: ledger.get(state) for state in LEDGER_STATES}
    return {state: None if value is None or not total else value / total for state, value in known.items()}
