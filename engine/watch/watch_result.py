"""Makes a watch's result, as the folder keeps it and the window shows it, and as `gilscope watch --json` prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.insight.watch_sentences import watch_sentences
from engine.record.look_file import LookTables
from engine.record.run_folder import RunFolder
from engine.trace.watched import WATCH
from engine.watch.watch_figures import MOST_LANES, thread_titles
from engine.wire.codec import decode, plain
from engine.wire.result import RunResult
from engine.wording.signal_names import signal_name

# Printed even if None.
_ALWAYS: Final = ("exit_code", "gil", "loop", "locks", "libraries", "witness", "threads")


@dataclass(frozen=True, slots=True)
class WatchEnd:
    """How a watch ended. `exit_code` is None if the watch had attached to the program, or ended it; `killed_by` is the
    signal that ended the program, if one did.
    """

    ended: bool
    exit_code: int | None
    elapsed_s: float
    output_dropped: int = 0
    reason: str | None = None
    killed_by: int | None = None


@dataclass(frozen=True, slots=True)
class Peaks:
    """The maxima of processes, threads and memory, every process's name, and means over the samples."""

    processes: int
    threads: int
    rss_bytes: int
    names: Mapping[int, str]
    cores: Sequence[float] | None
    run_cores: float | None
    load_other: float | None = None


def watch_result(
    folder: RunFolder, end: WatchEnd, peaks: Peaks, figures: Mapping[str, Any], gil: bool | None
) -> RunResult:
    """Return the result of the watch in `folder`; `figures` come from `watch_figures`.

    `gil` is whether the program had a GIL: see `gil_of_program`.
    """
    experiment, environment = folder.experiment(), folder.environment()
    failed = end.ended and bool(end.exit_code)
    how = (
        f"ended with exit code {end.exit_code}"
        if end.killed_by is None
        else f"was ended by {signal_name(end.killed_by)}"
    )
    reason = f"the program {how}" if failed else end.reason
    interpreter = environment.get("interpreter") or {}
    titles = thread_titles(figures["threads"])
    made = {
        "run_id": folder.run_id,
        "kind": WATCH,
        "title": experiment.get("title"),
        "status": "failed" if failed else "finished" if end.ended else "stopped",
        "reason": reason,
        "exit_code": end.exit_code,
        "model": WATCH,
        "elapsed_s": round(end.elapsed_s, 6),
        "interpreter": {
            **{key: interpreter.get(key) or None for key in ("path", "version", "implementation")},
            "gil_enabled": gil,
        },
        "processes": {
            "peak": peaks.processes,
            "threads_peak": peaks.threads,
            "rss_peak_bytes": peaks.rss_bytes,
            "seen": [{"pid": pid, "name": name} for pid, name in peaks.names.items()],
        },
        "cores": {
            "utilization": None if peaks.cores is None else [round(each, 4) for each in peaks.cores],
            "run": None if peaks.run_cores is None else round(peaks.run_cores, 4),
        },
        "load_other": peaks.load_other,
        "lanes": [
            {
                "lane": lane,
                "worker": titles[row["pid"], row["tid"]],
                "pid": row["pid"],
                "tid": row["tid"],
                "ledger_s": row["ledger_s"],
                "waits_s": row["waits_s"],
            }
            for lane, row in enumerate(figures["threads"][:MOST_LANES])
        ],
        "experiment": experiment,
        "environment": environment,
        "output_dropped": end.output_dropped,
        **figures,
    }
    made["insight"] = watch_sentences(made, _usable_cores(environment))
    return decode(RunResult, made)


def gil_of_program(folder: RunFolder, tables: LookTables) -> bool | None:
    """Return whether the watched program had a GIL at its end; None if not known.

    This comes from the looks at the program, or else from how its interpreter was known to start.
    """
    program = next(iter(tables.processes), None)
    if program is not None and program.interpreter is not None:
        return program.gil_enabled
    told = (folder.environment().get("interpreter") or {}).get("gil_enabled")
    return told if isinstance(told, bool) else None


def printed_watch(result: RunResult) -> dict[str, Any]:
    """Return a result as `--json` prints it."""
    printed = {**dict.fromkeys(_ALWAYS), **plain(result)}
    del printed["lanes"]  # the same as the threads
    return printed


def _usable_cores(environment: Mapping[str, Any]) -> int:
    machine = environment.get("machine") or {}
    return int(machine.get("usable_cores") or machine.get("cores") or 1)
