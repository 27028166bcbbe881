"""Lists this user's running Python programs, with the reason if one cannot be watched."""

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
    """Repeatedly lists the programs; from the second time on it knows the cores that each one uses."""

    def __init__(self) -> None:
        self._cpu: dict[tuple[int, float], tuple[float, float]] = {}  # time of the reading, and processor seconds

    def look(self) -> list[RunningPython]:
        """Return the programs, newest first, without this process and those that belong to it."""
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
    # A process whose memory mappings may not be read is recognised by its name.
    return str(process.name()).lower().startswith(("python", "pypy"))


def _reason(pid: int) -> str | None:
    try:
        check_attachable(pid)
    except TargetError as error:
        return str(error).partition(": ")[2] or str(error)
    return None


def _own_processes() -> set[int]:
    """Return this process, the processes that it started, and the window that started it."""
    own = {os.getpid()}
    with contextlib.suppress(psutil.Error):
        own |= {each.pid for each in psutil.Process().children(recursive=True)}
    return own | {os.getppid()}
