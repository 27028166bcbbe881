"""A run's result as a page of text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.wire.codec import plain
from engine.wire.result import RunResult
from engine.wording.durations import seconds
from engine.wording.figure_text import observer_cost_words, size
from engine.wording.state_names import SHOWN_TITLES, STARTING, in_sentence, shown_ledger, state_title
from engine.wording.versions import python_name
from engine.workload.toml_table import TomlTable

_WIDTH: Final = 100
_NOT_MEASURED: Final = "not measured here"


def report(of: RunResult, title: str) -> str:
    """Return a run's summary: what ran, how fast, and where the time went."""
    if not of.is_known:  # of a damaged run only its end is known
        return f"{title}: {of.status}\nreason: {of.reason}"
    result = plain(of)
    lines = [
        f"{title}: {_what_ran(result)}",
        _outcome(result),
        *_sentences(result.get("insight") or ()),
        *_latency(result.get("latency_s") or {}),
        *_processes(result.get("processes") or {}),
        *_carried(result.get("carried") or {}),
        *_cores((result.get("cores") or {}).get("utilization")),
        *_ledger(result),
        *_alone(result),
        *_trace(result.get("trace") or {}),
        *_observer_cost(result.get("observer_cost")),
        *_counters(result.get("counters") or {}),
        *(f"note: {note}" for note in result.get("notes") or ()),
        *_errors(result),
    ]
    return "\n".join(lines)


def _what_ran(result: Mapping[str, Any]) -> str:
    interpreter = result.get("interpreter") or {}
    gil = {"True": ", GIL on", "False": ", GIL off"}.get(str(interpreter.get("gil_enabled")), "")
    python = python_name(interpreter.get("implementation") or "Python", interpreter.get("version"))
    workers = result.get("workers")
    counted = f"{'?' if workers is None else workers} worker{'s' if workers != 1 else ''}"
    return f"{result.get('model') or 'unknown model'}, {counted}, {python}{gil}"


def _outcome(result: Mapping[str, Any]) -> str:
    tasks = result["tasks"]
    if tasks.get("done") is None:
        text = f"{result['status']}: how many tasks were done is not known"
    else:
        text = f"{result['status']}: {tasks['done']:,} tasks done"
    if tasks.get("failed"):
        text += f", {tasks['failed']:,} failed"
    if result.get("elapsed_s") is not None:
        text += f" in {seconds(result['elapsed_s'])}"
    if result.get("throughput_per_s") is not None:
        text += f", {result['throughput_per_s']:,.1f} tasks/s"
    if result.get("startup_s") is not None:
        text += f" (start-up {seconds(result['startup_s'])})"
    return f"{text}\nreason: {result['reason']}" if result.get("reason") else text


def _latency(latency: Mapping[str, float | None]) -> list[str]:
    figures = [f"{name.replace('_', '.')} {seconds(value)}" for name, value in latency.items() if value is not None]
    return [f"latency: {', '.join(figures)}"] if figures else []


def _processes(processes: Mapping[str, Any]) -> list[str]:
    peak, threads, rss = (processes.get(key) for key in ("peak", "threads_peak", "rss_peak_bytes"))
    if peak is None:
        return [f"processes: {_NOT_MEASURED}"]
    memory = "" if rss is None else f", {rss / 2**20:,.0f} MiB"
    # If tasks may start processes, the sampler can miss short-lived ones.
    most = "at least, at one time" if processes.get("at_least") else "at most"
    return [f"{most}: {_count(peak, 'process', 'processes')}, {_count(threads, 'thread', 'threads')}{memory}"]


def _carried(carried: Mapping[str, Any]) -> list[str]:
    there, back = carried.get("to_bytes") or 0, carried.get("back_bytes") or 0
    if not there and not back:
        return []
    sizes = [f"{size(number)} {way}" for number, way in ((there, "to the workers"), (back, "back")) if number]
    took = f", pickled in {seconds(carried['pickle_s'])}, unpickled in {seconds(carried['unpickle_s'])}"
    return [f"carried: {' and '.join(sizes)}{took if carried['pickle_s'] else ''}"]


def _count(number: int | None, one: str, many: str) -> str:
    return f"{'?' if number is None else number} {one if number == 1 else many}"


def _cores(utilization: list[float] | None) -> list[str]:
    if not utilization:
        return []
    return [f"cores in use (all programs): {' '.join(f'{used:.0%}' for used in utilization)}"]


def _sentences(sentences: Sequence[str]) -> list[str]:
    """Return the sentences about the run that the window shows too, after an empty line."""
    return ["", *textwrap.wrap(" ".join(sentences), _WIDTH), ""] if sentences else []


def _ledger(result: Mapping[str, Any]) -> list[str]:
    ledger: Mapping[str, float | None] = result.get("ledger_s") or {}
    total = sum(value for value in ledger.values() if value is not None)
    if not total:
        return []
    looked = (result.get("witness") or {}).get("looks")
    bounds = result.get("ledger_bounds_s") or {}
    labels = {state: in_sentence(state_title(state, estimated=not looked)) for state in SHOWN_TITLES}
    lines = [f"where the workers' {seconds(total)} went:"]
    shown = shown_ledger(result)
    if STARTING in shown:
        bounds = {**bounds, "idle": None}
    for state in SHOWN_TITLES:
        if state == STARTING and state not in shown:
            continue
        value = shown.get(state)
        if value is None:
            lines.append(f"  {labels[state]:<32} {_NOT_MEASURED}")
        elif value >= total / 2000:
            bar = "#" * round(30 * value / total)
            within = _within(bounds.get(state), total)
            lines.append(f"  {labels[state]:<32}{value:9.3f} s {value / total:6.1%} {within:<12} {bar}".rstrip())
    return lines


def _alone(result: Mapping[str, Any]) -> list[str]:
    alone_s, cpu_s = result.get("alone_task_cpu_s"), (result.get("ledger_s") or {}).get("cpu")
    ended = sum(each or 0 for each in result["tasks"].values())
    if not alone_s or not cpu_s or not ended:
        return []
    return [f"processor time of a task: {seconds(cpu_s / ended)}, with one worker alone {seconds(alone_s)}"]


def _within(bounds: Sequence[float] | None, total: float) -> str:
    """Return the 95 % interval of a share, `58 to 64 %`, or "" if it is unknown or rounds to a point."""
    if bounds is None or None in bounds:
        return ""
    low, high = (100 * bound / total for bound in bounds)
    return f"{low:.0f} to {high:.0f} %" if round(high) > round(low) else ""


def _trace(trace: Mapping[str, Any]) -> list[str]:
    if not trace.get("dropped"):
        return []
    kept, dropped = trace["phases"] - trace["dropped"], trace["dropped"]
    return [f"timeline: {kept:,} phases kept, {dropped:,} not; the totals count them all"]


def _observer_cost(cost: Mapping[str, Any] | None) -> list[str]:
    return [f"overhead: {observer_cost_words(cost)}"] if cost else []


def _counters(counters: Mapping[str, Any]) -> list[str]:
    return [f"{name}: {_counts(value)}" for name, value in counters.items()]


def _counts(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return ", ".join(f"{key.replace('_', ' ')} {count:,}" for key, count in value.items())


def _errors(result: Mapping[str, Any]) -> list[str]:
    first = (result.get("errors") or {}).get("first")
    if not first:
        return []
    where = ""  # the host itself failed, not a task
    if first.get("task") is not None:
        where = f" in task {first['task']}, step {int(first['step']) + 1} ({first.get('kind')})"  # as the window counts
    lines = [f"first failure{where}: {first.get('type')}: {first.get('message')}"]
    return [*lines, *(f"  {line}" for line in str(first.get("traceback") or "").splitlines())]


def printed(result: RunResult) -> TomlTable:
    """Return a result as `--json` prints it: `workers` lists the workers, `worker_count` is their number.

    In a run's own files, and in tables of many runs, `workers` is the number.
    """
    listed = result.lanes or ()
    workers = [
        {
            "name": lane.name or lane.worker,
            "group": lane.group,
            "pid": lane.pid,
            "tid": lane.tid,
            "tasks": lane.tasks,
            "ledger_s": dict(lane.ledger_s),
            "waits_s": None if lane.waits_s is None else dict(lane.waits_s),
        }
        for lane in listed
    ]
    return {**plain(result), "workers": workers, "worker_count": result.workers}
