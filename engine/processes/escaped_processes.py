"""EscapedProcesses reports to the guard each process of a run that has left its host's group."""

from __future__ import annotations

import os
from collections.abc import Iterable

from engine.processes.guard import Guard


class EscapedProcesses:
    """Escaped processes of one run. Call `see` with all of its processes now and then, `forget` when they are gone."""

    def __init__(self, guard: Guard, host: int) -> None:
        self._guard, self._host = guard, host
        self._seen: dict[int, str] = {}  # "" for processes in the group

    def see(self, pids: Iterable[int]) -> None:
        """Make the guard watch new processes that are in another group."""
        if not hasattr(os, "getpgid"):
            return
        now = set(pids)
        for gone in self._seen.keys() - now:
            self._let_go(self._seen.pop(gone))
        for pid in now:
            if not self._seen.get(pid):
                self._seen[pid] = "" if self._is_in_group(pid) else self._guard.watch_escaped(pid)

    def forget(self) -> None:
        """Forget all processes, which are gone."""
        for escaped in self._seen.values():
            self._let_go(escaped)
        self._seen.clear()

    def _is_in_group(self, pid: int) -> bool:
        try:
            return os.getpgid(pid) == self._host
        except (ProcessLookupError, PermissionError):
            return True

    def _let_go(self, escaped: str) -> None:
        if escaped:
            self._guard.forget_escaped(escaped)
