"""The processes of a run as last seen: the newest sample of each, merged with its memory and switches."""

from __future__ import annotations

from collections.abc import Sequence

from engine.wire.known_process import KnownProcess, KnownThread
from engine.wire.tick import ProcessFigures, ProcessUsage, Tick


class SeenProcesses:
    """Collects ticks. A process is described by the newest tick's `processes`, and the last `census` that has it."""

    def __init__(self) -> None:
        self._now: Sequence[ProcessFigures] = ()
        self._fullest: Sequence[ProcessFigures] = ()
        self._most_threads = 0
        self._workers: dict[int, ProcessFigures] = {}
        self._usage: dict[int, ProcessUsage] = {}
        self._names: dict[int, str] = {}

    def take(self, tick: Tick) -> None:
        """Add a tick."""
        for usage in tick.census or ():
            self._usage[usage.pid] = usage
        for lane in tick.lanes:
            if lane.tid and lane.tid not in self._names:
                self._names[lane.tid] = lane.worker
        processes = tick.processes
        if any(process.role != "service" for process in processes):  # otherwise the host has ended
            self._now = processes
            threads = sum(process.threads or 0 for process in processes)
            if threads >= self._most_threads and not any(map(_has_ended, processes)):
                self._most_threads, self._fullest = threads, processes
        watched = any(process.role == "program" for process in processes)  # all of its processes count
        for process in processes:
            if process.first_task_s is not None or process.role == "host" or watched:
                before = self._workers.get(process.pid)
                if before is None or ((process.threads or 0) >= (before.threads or 0) and not _has_ended(process)):
                    self._workers[process.pid] = process

    def now(self) -> list[KnownProcess]:
        """Return the processes of the newest sample in which the run had any."""
        return [self._whole(process) for process in self._now]

    def fullest(self) -> list[KnownProcess]:
        """Return the processes of the newest sample with the most threads: before the run's workers ended."""
        return [self._whole(process) for process in self._fullest or self._now]

    def all_workers(self) -> list[KnownProcess]:
        """Return every process that ran tasks, the host, and the other processes of the last sample.

        A process that ran tasks has the figures from when it was last seen with all its threads.
        """
        known = {process.pid: process for process in self._now}
        return [self._whole(process) for process in {**known, **self._workers}.values()]

    def _whole(self, process: ProcessFigures) -> KnownProcess:
        usage = self._usage.get(process.pid)
        threads = usage.threads if usage is not None else ()
        return KnownProcess(process, usage, tuple(KnownThread(each, self._names.get(each.tid, "")) for each in threads))


def _has_ended(process: ProcessFigures) -> bool:
    """Whether it has ended and freed its memory, and only waits for its parent to notice (a zombie)."""
    return process.rss_bytes == 0
