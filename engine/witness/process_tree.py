"""ProcessTree: finds the processes of a run among all processes of the machine."""

from __future__ import annotations

import os
import time
from typing import Final

from engine.processes.spawn import is_stranger
from engine.witness.platforms import Platform, ProcessReading

_FORGET_AFTER_S: Final = 2.0
SCAN_S: Final = 0.5  # reading all of the machine's processes takes as long as the rest of a sample
_GROWS_FOR_S: Final = 1.0


class ProcessTree:
    """Finds the host's descendants, including orphans, as they come and go.

    Where the system allows it (Linux), orphans are reparented to `adopter`. A child of the adopter belongs to the run
    if it was started with `mark` in its environment or, if its environment was wiped, if the adopter is this process
    and did not start it. Processes outside the run are checked once, and again from time to time, because the system
    reuses process ids.
    """

    def __init__(self, platform: Platform, host: int, *, adopter: int | None, mark: str) -> None:
        self._platform = platform
        self._adopter, self._mark = adopter, mark
        self._strangers: set[int] = set()
        self._looked_s = 0.0
        self._scanned_s = 0.0
        self._grew_s = time.monotonic()
        self.host = host
        self.members: dict[int, ProcessReading] = {}

    def look(self, *, thoroughly: bool = False) -> dict[int, ProcessReading]:
        """Return every process of the run that is alive, by its id.

        A new process may be missing for up to SCAN_S, unless `thoroughly` is true.
        """
        now_s = time.monotonic()
        grown = now_s - self._grew_s > _GROWS_FOR_S
        if grown and not thoroughly and now_s - self._scanned_s < SCAN_S:
            readings = {pid: self._platform.process(pid) for pid in self.members}
            if all(each is not None and not each.zombie and self._is_same(each) for each in readings.values()):
                self.members = {pid: each for pid, each in readings.items() if each is not None}
                return self.members
        return self._scan(now_s)

    def _scan(self, now_s: float) -> dict[int, ProcessReading]:
        pids = set(self._platform.pids())
        self._scanned_s, before = now_s, set(self.members)
        if now_s - self._looked_s > _FORGET_AFTER_S:
            self._strangers.clear()
            self._looked_s = now_s
        self._strangers &= pids
        members: dict[int, ProcessReading] = {}
        for pid in self.members.keys() | {self.host}:
            reading = self._platform.process(pid) if pid in pids else None
            if reading is not None and self._is_same(reading):
                members[pid] = reading
        self.members = members
        self._add_new(pids)
        for pid in [pid for pid, reading in self.members.items() if reading.zombie]:
            if self.members[pid].parent == self._adopter and pid != self.host:
                _reap(pid)
            del self.members[pid]
        if not before >= self.members.keys():
            self._grew_s = now_s
        return self.members

    def _add_new(self, pids: set[int]) -> None:
        new = {}
        for pid in pids - self._strangers - self.members.keys():
            reading = self._platform.process(pid)
            if reading is not None:
                new[pid] = reading
        found = True
        while found:  # until no process outside the tree has a parent in it
            found = False
            for pid, reading in list(new.items()):
                if reading.parent in self.members or self._is_adopted(reading):
                    self.members[pid] = new.pop(pid)
                    found = True
        self._strangers |= new.keys()

    def _is_adopted(self, reading: ProcessReading) -> bool:
        if self._adopter is None or reading.parent != self._adopter:
            return False
        if self._platform.carries(reading.pid, self._mark):
            return True
        return self._adopter == os.getpid() and is_stranger(reading.pid, self.host)

    def _is_same(self, reading: ProcessReading) -> bool:
        before = self.members.get(reading.pid)
        return before is None or abs(before.started_ns - reading.started_ns) < 1_000_000_000


def _reap(pid: int) -> None:
    if hasattr(os, "waitpid"):
        try:
            os.waitpid(pid, os.WNOHANG)
        except (ChildProcessError, PermissionError):
            pass
