"""Which of a run's processes are Python's own helpers: multiprocessing's resource tracker and its fork server."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import psutil

from engine.witness.platforms import ProcessReading

RESOURCE_TRACKER: Final = "resource tracker"
FORK_SERVER: Final = "fork server"

_MODULES: Final = {
    "multiprocessing.resource_tracker": RESOURCE_TRACKER,
    "multiprocessing.forkserver": FORK_SERVER,
}
_SETTLED_NS: Final = 1_000_000_000  # how long after its start a command line may change: spawn forks, then executes


class HelperProcesses:
    """Names helpers by their command lines: read at each call until a process has settled, then remembered."""

    def __init__(self, command_of: Callable[[int], str] | None = None) -> None:
        self._command_of = command_of or _command_of
        self._settled: dict[tuple[int, int], str] = {}

    def name(self, reading: ProcessReading, now_ns: int, helpers: Collection[int]) -> str | None:
        """Return a helper's name, None for a process that is no helper.

        `helpers` are the known ones: a child of a fork server has the same command line, but is a worker.
        """
        if reading.parent in helpers:
            return None
        key = (reading.pid, reading.started_ns)
        known = self._settled.get(key)
        if known is None:
            known = next((name for module, name in _MODULES.items() if module in self._command_of(reading.pid)), "")
            if now_ns - reading.started_ns > _SETTLED_NS:
                self._settled[key] = known
        return known or None


def _command_of(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except (psutil.Error, OSError):
        return ""
