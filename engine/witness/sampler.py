"""Sampler: one reading of the machine's cores and of the run's processes and threads."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.wire.tick import ProcessFigures, Tick
from engine.witness.helper_processes import HelperProcesses
from engine.witness.platforms import Platform, ProcessReading, core_load
from engine.witness.process_tree import ProcessTree

_SHOWN: Final = 64  # processes that are listed; the totals include all
_ESCAPED_S: Final = 1.0
_LOAD_WINDOW: Final = 10  # readings over which other programs' load is averaged: the system counts in steps of 10 ms


@dataclass(frozen=True, slots=True)
class Sample:
    """A tick's figures of cores and processes; `pids` are all of the run's processes."""

    cores: list[float]
    run_cores: float
    load_other: float
    processes: list[ProcessFigures]
    process_count: int
    thread_count: int
    rss_bytes: int
    pids: list[int]

    def fill(self, tick: Tick) -> Tick:
        """Return a tick with these figures."""
        return replace(
            tick,
            cores=tuple(self.cores),
            run_cores=self.run_cores,
            load_other=self.load_other,
            processes=tuple(self.processes),
            process_count=self.process_count,
            thread_count=self.thread_count,
            rss_bytes=self.rss_bytes,
        )


class Sampler:
    """Samples one run. `ours` are Gilscope's own processes, which do not count as other programs' load.

    `start_ns` is the zero of `started_s`; `cores` returns each core's load since its last call.
    """

    def __init__(
        self,
        platform: Platform,
        host: int,
        *,
        start_ns: int,
        adopter: int | None,
        mark: str,
        cores: Callable[[], list[float]] = core_load,
    ) -> None:
        self._platform = platform
        self._tree = ProcessTree(platform, host, adopter=adopter, mark=mark)
        self._start_ns = start_ns
        self._cores = cores
        self._helper_names = HelperProcesses()
        self._helpers: dict[int, str] = {}
        self._at_ns = time.perf_counter_ns()
        self._cpu_ns: dict[int, int] = {}
        self._loads: deque[tuple[float, float]] = deque(maxlen=_LOAD_WINDOW)
        cores()

    def sample(
        self, services: Mapping[int, str], ours: Collection[int], first_tasks: Mapping[int, int] | None = None
    ) -> Sample:
        """Take a reading; `services` are their processes' names, by their ids.

        `first_tasks` are the instants at which processes began their first tasks, by their ids.
        """
        members = self._tree.look()
        now_ns = time.perf_counter_ns()
        elapsed_ns = max(1, now_ns - self._at_ns)
        before_ns, self._at_ns = self._at_ns, now_ns
        beside = [reading for pid in {*services, *ours} if (reading := self._platform.process(pid)) is not None]
        used = {reading.pid: self._used(reading, before_ns) / elapsed_ns for reading in [*members.values(), *beside]}
        self._cpu_ns = {reading.pid: reading.cpu_ns for reading in [*members.values(), *beside]}
        cores = self._cores()
        self._loads.append((sum(cores), sum(used.values())))
        self._find_helpers(members, now_ns)
        run = [
            self._shown(each, used[each.pid], self._role(each.pid), each.name, (first_tasks or {}).get(each.pid))
            for each in _listed(members, self._tree.host)
        ]
        run += [
            self._shown(each, used[each.pid], "service", services[each.pid], None)
            for each in beside
            if each.pid in services
        ]
        return Sample(
            cores=[round(each, 3) for each in cores],
            run_cores=round(sum(used[pid] for pid in members), 3),
            load_other=round(self._load_other(len(cores)), 3),
            processes=run,
            process_count=len(members),
            thread_count=sum(each.threads for each in members.values()),
            rss_bytes=sum(each.rss_bytes for each in members.values()),
            pids=list(members),
        )

    def end_escaped(self) -> None:
        """After the host's end, kill the run's remaining processes until none is left, as they may start others."""
        deadline_s = time.monotonic() + _ESCAPED_S
        while time.monotonic() < deadline_s and (left := list(self._tree.look(thoroughly=True))):
            for pid in left:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
            time.sleep(0.005)

    def _find_helpers(self, members: Mapping[int, ProcessReading], now_ns: int) -> None:
        found: dict[int, str] = {}
        for each in _listed(members, self._tree.host):  # parents started before their children
            name = None if each.pid == self._tree.host else self._helper_names.name(each, now_ns, found)
            if name is not None:
                found[each.pid] = name
        self._helpers = found

    def _role(self, pid: int) -> str:
        return "host" if pid == self._tree.host else "child"

    def _used(self, reading: ProcessReading, before_ns: int) -> float:
        before = self._cpu_ns.get(reading.pid)
        if before is None:  # all of its time is since the last reading, if it started then
            return reading.cpu_ns if reading.started_ns >= before_ns - 20_000_000 else 0.0
        return max(0, reading.cpu_ns - before)

    def _shown(
        self, reading: ProcessReading, used: float, role: str, name: str, first_task_ns: int | None
    ) -> ProcessFigures:
        return ProcessFigures(
            pid=reading.pid,
            role=role,
            name=name,
            threads=reading.threads,
            cpu=round(used, 3),
            rss_bytes=reading.rss_bytes,
            parent=reading.parent,
            started_s=round((reading.started_ns - self._start_ns) / 1e9, 2),
            first_task_s=None if first_task_ns is None else round((first_task_ns - self._start_ns) / 1e9, 4),
            helper=self._helpers.get(reading.pid),
        )

    def _load_other(self, cores: int) -> float:
        busy = sum(each[0] for each in self._loads)
        own = sum(each[1] for each in self._loads)
        return min(1.0, max(0.0, (busy - own) / (len(self._loads) * max(1, cores))))


def own_processes(guard: int | None) -> set[int]:
    """Return Gilscope's own processes: the conductor, its guard, and the window or the command."""
    return {pid for pid in (os.getpid(), os.getppid(), guard) if pid}


def _listed(members: Mapping[int, ProcessReading], host: int) -> list[ProcessReading]:
    return sorted(members.values(), key=lambda each: (each.pid != host, each.started_ns, each.pid))[:_SHOWN]
