"""A run's environment, as its folder keeps it: the machine, its load, the interpreter and the app."""

from __future__ import annotations

import os
import platform
import sys
import time
from datetime import UTC, datetime

import psutil

from engine.witness.machine import conditions, usable_cores


def environment(run_id: str, start_ns: int, interpreter: dict[str, object]) -> dict[str, object]:
    """Return a run's environment. `start_ns` is the zero of `t_s`."""
    return {
        "run_id": run_id,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "run_start_ns": start_ns,
        "machine": {
            "system": platform.system(),
            "release": platform.release(),
            "architecture": platform.machine(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "usable_cores": usable_cores(),
            "memory_bytes": psutil.virtual_memory().total,
            **conditions(),
        },
        "interpreter": interpreter,
        "load": {"average_1min": _load_average()},
        "app": {
            "pid": os.getpid(),
            "python": platform.python_version(),
            "clock": time.get_clock_info("perf_counter").implementation,
        },
    }


def _load_average() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except (OSError, AttributeError):  # Windows
        return None


def _processor() -> str:
    if sys.platform == "linux":
        try:
            with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
                for line in file:
                    if line.startswith("model name"):
                        return line.partition(":")[2].strip()
        except OSError:
            pass
    return platform.processor()
