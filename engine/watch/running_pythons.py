"""The Python programs of this user that run now, and why one of them cannot be watched."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import Final

import psutil

from engine.watch.target import TargetError, check_attachable, is_python
from engine.wire.watch_messages import RunningPython

_MOST: Final = 500
_LONGEST: Final = 400  # characters of a command


class RunningPythons:
    """Looks for them again and again: the cores that one uses are told from the second time on."""

    def __init__(self) -> None:
        self._cpu: dict[tuple[int, float], tuple[float, float]] = {}  # when it was read, and the seconds

    def look(self) -> list[RunningPython]:
        """Return them, newest first; not this process itself, nor what belongs to it."""
        own = _own_processes()
        found: list[tuple[float, RunningPython]] = []
        seen: dict[tuple[int, float], tuple[float, float]] = {}
        for process in psutil.process_iter():
            if process.pid in own:
                continue
            with contextlib.suppress(psutil.Error, OSError):
                if not _is_mine(process) or not _runs_python(process):
                    continue
                created_s = process.create_time()
                now_s, times = time.monotonic(), process.cpu_times()
                key, used_s = (process.pid, created_s), times.user + times.system
                seen[key] = now_s, used_s
                before = self._cpu.get(key)
                cpu = None
                if before is not None and now_s > before[0]:
                    cpu = round(max(0.0, used_s - before[1]) / (now_s - before[0]), 2)
                row = RunningPython(
                    process.pid,
                    " ".join(process.cmdline())[:_LONGEST] or process.name(),
                    round(max(0.0, time.time() - created_s), 1),
                    process.num_threads(),
                    cpu,
                    _reason(process.pid),
                )
                found.append((created_s, row))
        self._cpu = seen
        return [row for _, row in sorted(found, key=lambda each: -each[0])[:_MOST]]


def _is_mine(process: psutil.Process) -> bool:
    return not hasattr(os, "geteuid") or os.geteuid() == 0 or process.uids().real == os.geteuid()


def _runs_python(process: psutil.Process) -> bool:
    if sys.platform == "linux" and is_python(process.pid):
        return True
    # One whose mappings may not be read is known by its name.
    return str(process.name()).lower().startswith(("python", "pypy"))


def _reason(pid: int) -> str | None:
    try:
        check_attachable(pid)
    except TargetError as error:
        return str(error).partition(": ")[2] or str(error)
    return None


def _own_processes() -> set[int]:
    """Return this process, what it started, and the window that started it."""
    own = {os.getpid()}
    with contextlib.suppress(psutil.Error):
        own |= {each.pid for each in psutil.Process().children(recursive=True)}
    return own | {os.getppid()}
