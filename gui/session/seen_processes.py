"""The processes of a run as far as they were seen: the newest of each, put together from samples and the census."""

from __future__ import annotations

from typing import Any


class SeenProcesses:
    """Takes in ticks. A process is what a tick's `processes` say, with `uss_bytes` and the like from its `census`."""

    def __init__(self) -> None:
        self._now: list[dict[str, Any]] = []
        self._fullest: list[dict[str, Any]] = []
        self._most_threads = 0
        self._workers: dict[Any, dict[str, Any]] = {}
        self._census: dict[Any, dict[str, Any]] = {}
        self._names: dict[Any, str] = {}

    def take(self, tick: dict[str, Any]) -> None:
        """Take in a tick."""
        for counted in tick.get("census") or ():
            self._census[counted["pid"]] = counted
        for lane in tick.get("lanes") or ():
            if lane.get("tid") and lane["tid"] not in self._names:
                self._names[lane["tid"]] = str(lane.get("worker") or "")
        processes = tick.get("processes") or []
        if any(process.get("role") != "service" for process in processes):  # else the host has ended
            self._now = processes
            threads = sum(map(_threads, processes))
            if threads >= self._most_threads and not any(map(_has_ended, processes)):
                self._most_threads, self._fullest = threads, processes
        for process in processes:
            if process.get("first_task_s") is not None or process.get("role") == "host":
                before = self._workers.get(process["pid"])
                if before is None or (_threads(process) >= _threads(before) and not _has_ended(process)):
                    self._workers[process["pid"]] = process

    def now(self) -> list[dict[str, Any]]:
        """Return those of the newest sample in which the run had any."""
        return [self._whole(process) for process in self._now]

    def fullest(self) -> list[dict[str, Any]]:
        """Return those of the newest sample in which the run had the most threads: before its workers ended."""
        return [self._whole(process) for process in self._fullest or self._now]

    def all_workers(self) -> list[dict[str, Any]]:
        """Return every process that ran tasks, the host, and what there was besides at last.

        Each of those that ran tasks is as it was last seen with all its threads.
        """
        known = {process["pid"]: process for process in self._now}
        return [self._whole(process) for process in {**known, **self._workers}.values()]

    def _whole(self, process: dict[str, Any]) -> dict[str, Any]:
        counted = self._census.get(process["pid"], {})
        threads = [{**thread, "worker": self._names.get(thread["tid"])} for thread in counted.get("threads") or ()]
        return {**counted, **process, "thread_list": threads}


def _threads(process: dict[str, Any]) -> int:
    return int(process.get("threads") or 0)


def _has_ended(process: dict[str, Any]) -> bool:
    """Whether it has given its memory back, and only its parent has not heard yet."""
    return process.get("rss_bytes") == 0
