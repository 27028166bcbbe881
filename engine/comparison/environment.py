"""Summarizes the machine on which a comparison was measured, and its state in each run, in a few sentences."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.comparison.comparison import Comparison
from engine.comparison.repetition import UNSTABLE_LOAD, Repetition
from engine.wording import figure_text as figures

MACHINE: Final = ("system", "processor", "cores", "memory_bytes", "allowed_cores", "pinned", "virtual_machine")
STATE: Final = ("cpu_mhz", "cpu_max_mhz", "power_source")
KEPT: Final = ("time", *MACHINE, *STATE, "python_path")
_UNREPORTED: Final = "not reported by this machine"


def of_run(environment: Mapping[str, Any]) -> dict[str, object]:
    """Return what a comparison keeps of a run's environment file; missing facts are None."""
    machine = environment.get("machine") or {}
    found = {key: machine.get(key) for key in (*MACHINE, *STATE)}
    if machine.get("release"):
        found["system"] = f"{machine.get('system')} {machine['release']}"
    python_path = (environment.get("interpreter") or {}).get("path")
    return {"time": environment.get("time"), **found, "python_path": python_path}


def summary(comparison: Comparison) -> dict[str, object]:
    """Return the environment of all runs: each distinct machine and Python, and the ranges of figures that varied.

    `load_before` and `load_other` are the share of the machine that other programs used before and during a run. A
    figure that this platform does not report is None.
    """
    runs = [run for each in comparison.repetitions.values() for run in each if run.environment or run.ok]
    kept = [run.environment for run in runs if run.environment]
    times = sorted(str(each["time"]) for each in kept if each.get("time"))
    return {
        "first_run": times[0] if times else None,
        "last_run": times[-1] if times else None,
        "machines": _distinct({key: each.get(key) for key in MACHINE} for each in kept),
        "interpreters": _distinct(_python(run) for run in runs if run.python),
        "cpu_mhz": _range([each.get("cpu_mhz") for each in kept]),
        "cpu_max_mhz": next((each["cpu_max_mhz"] for each in kept if each.get("cpu_max_mhz")), None),
        "power_sources": sorted({str(each["power_source"]) for each in kept if each.get("power_source")}),
        "load_before": _range([run.load_before for run in runs]),
        "load_other": _range([run.load_other for run in runs]),
        "unstable_above": UNSTABLE_LOAD,
        "unstable_runs": sum(run.ok and not run.stable for run in runs),
        "short_runs": sum(run.too_short for run in runs),
        "runs": sum(run.ok for run in runs),
    }


def sentences(found: Mapping[str, Any]) -> list[str]:
    """Return a summary as sentences, one for each topic; empty if nothing was measured."""
    if not found["runs"]:
        return []
    lines = [f"Machine: {_machine_text(each)}" for each in found["machines"]]
    lines += [f"Clock: {_clock(found)}; power: {' and '.join(found['power_sources']) or _UNREPORTED}"]
    lines += [f"Pythons: {'; '.join(_python_text(each) for each in found['interpreters'])}"]
    return [*lines, f"Other programs: {_load(found)}"]


def cautions(found: Mapping[str, Any]) -> list[str]:
    """Return warnings for the reader of a comparison."""
    lines = [_unstable(found)] if found["unstable_runs"] else []
    if found["short_runs"]:
        count = found["short_runs"]
        lines.append(
            f"{count} of {figures.counted(found['runs'], 'run')} {'was' if count == 1 else 'were'} over when "
            "the workers had only just begun: the throughput shows the start-up, not the work"
        )
    if len(found["machines"]) > 1:
        lines.append("Not every run was on the same machine, or with the same cores")
    if len(found["power_sources"]) > 1:
        lines.append("The power source changed between the runs")
    return lines


def why_unstable(runs: Sequence[Repetition]) -> str | None:
    """Return why other programs may have distorted a cell's figures, None if they have not.

    `unstable: other programs used 34 % during run 2 (2 of 3 runs)`.
    """
    restless = [(place, run) for place, run in enumerate(runs, 1) if run.ok and not run.stable]
    if not restless:
        return None
    loads = [
        (load, f"{when} run {place}")
        for place, run in restless
        for when, load in (("before", run.load_before), ("during", run.load_other))
        if load is not None
    ]
    if not loads:
        return "unstable: this platform does not report how much of the machine other programs used"
    worst, when = max(loads)
    if worst <= UNSTABLE_LOAD:
        return "unstable: it is not known how much of the machine other programs used during a run"
    of = figures.counted(sum(run.ok for run in runs), "run")
    return f"unstable: other programs used {figures.percent(worst)} {when} ({len(restless)} of {of})"


def _machine_text(machine: Mapping[str, Any]) -> str:
    cores, allowed = machine["cores"], machine["allowed_cores"]
    parts = [str(machine["processor"])] if machine["processor"] else []
    parts += [figures.counted(cores, "core")] if cores else []
    parts += [] if not machine["pinned"] else [f"pinned to core {', '.join(map(str, allowed or ()))}"]
    parts += [] if machine["pinned"] is not False else ["not pinned"]
    parts += [figures.size(machine["memory_bytes"])] if machine["memory_bytes"] else []
    parts += [str(machine["system"])] if machine["system"] else []
    known = {
        True: "a virtual machine",
        False: "no virtual machine",
        None: "perhaps a virtual machine",
    }
    return ", ".join([*parts, known[machine["virtual_machine"]]])


def _clock(found: Mapping[str, Any]) -> str:
    clock = found["cpu_mhz"]
    if clock is None:
        return _UNREPORTED
    low, high = round(clock["low"]), round(clock["high"])
    text = f"{low:,} MHz" if low == high else f"{low:,} to {high:,} MHz"
    return f"{text} of at most {found['cpu_max_mhz']:,.0f}" if found["cpu_max_mhz"] else text


def _python_text(python: Mapping[str, Any]) -> str:
    gil = {True: "with a GIL", False: "without a GIL", None: "GIL not known"}[python["gil_enabled"]]
    return f"{python['version']} {gil}" + (f" ({python['path']})" if python["path"] else "")


def _load(found: Mapping[str, Any]) -> str:
    parts = []
    for when, load in (("before", found["load_before"]), ("during", found["load_other"])):
        if load is not None:
            parts.append(f"{figures.percent(load['median'])} {when} a run, at most {figures.percent(load['high'])}")
    return "; ".join(parts) + " (medians, of the whole machine)" if parts else _UNREPORTED


def _unstable(found: Mapping[str, Any]) -> str:
    count, of, limit = found["unstable_runs"], found["runs"], figures.percent(found["unstable_above"])
    return (
        f"{count} of {figures.counted(of, 'run')} {'is' if count == 1 else 'are'} unstable: "
        f"other programs used more than {limit} of the machine"
    )


def _python(run: Repetition) -> dict[str, object]:
    return {"version": run.python, "gil_enabled": run.gil_enabled, "path": run.environment.get("python_path")}


def _distinct(found: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    kept: list[dict[str, object]] = []
    for each in found:
        if each not in kept:
            kept.append(each)
    return kept


def _range(values: Iterable[float | None]) -> dict[str, float] | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return {"low": min(known), "median": statistics.median(known), "high": max(known)}
