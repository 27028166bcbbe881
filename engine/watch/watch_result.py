"""What `gilscope watch --json` prints, and a kept watch holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.watch.program_monitor import ProgramSeen, WatchSample


def watch_result(
    run_id: str,
    title: str,
    *,
    ended: bool,
    exit_code: int | None,
    seen: ProgramSeen,
    elapsed_s: float,
    figures: Mapping[str, Any],
    python: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the result; `exit_code` is None for a process that was attached to, or that was ended with the watch."""
    failed = ended and bool(exit_code)
    return {
        "run_id": run_id,
        "kind": "watch",
        "title": title,
        "status": "failed" if failed else "finished" if ended else "stopped",
        "reason": f"the program ended with exit code {exit_code}" if failed else None,
        "exit_code": exit_code,
        "elapsed_s": round(elapsed_s, 6),
        "interpreter": {key: python.get(key) for key in ("path", "version", "implementation", "gil_enabled")},
        "processes": {
            "peak": seen.processes_peak,
            "threads_peak": seen.threads_peak,
            "rss_peak_bytes": seen.rss_peak_bytes,
            "seen": [{"pid": pid, "name": name} for pid, name in seen.names.items()],
        },
        "cores": _cores(seen.samples),
        **figures,
    }


def _cores(samples: Sequence[WatchSample]) -> dict[str, Any]:
    if not samples:
        return {"utilization": None, "run": None}
    each = [sum(values) / len(samples) for values in zip(*(sample.cores for sample in samples), strict=True)]
    return {
        "utilization": [round(value, 4) for value in each],
        "run": round(sum(sample.run_cores for sample in samples) / len(samples), 4),
    }
