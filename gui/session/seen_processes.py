"""The processes of a run as far as they were seen: the newest of each, put together from samples and the census."""

from __future__ import annotations

from typing import Any


class SeenProcesses:
    """Takes in ticks. A process is what a tick's `processes` say, with `uss_bytes` and the like from its `census`."""

    def __init__(self) -> None:
        self._now: list[dict[str, Any]] = []
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
        for process in processes:
            if process.get("first_task_s") is not None or process.get("role") == "host":
                self._workers[process["pid"]] = process

    def now(self) -> list[dict[str, Any]]:
        """Return those of the newest sample in which the run had any."""
        return [self._whole(process) for process in self._now]

    def all_workers(self) -> list[dict[str, Any]]:
        """Return every process that ran tasks, the host, and what there was besides at last: each as last seen."""
        known = {process["pid"]: process for process in self._now}
        return [self._whole(process) for process in {**self._workers, **known}.values()]

    def _whole(self, process: dict[str, Any]) -> dict[str, Any]:
        counted = self._census.get(process["pid"], {})
        threads = [{**thread, "worker": self._names.get(thread["tid"])} for thread in counted.get("threads") or ()]
        return {**counted, **process, "thread_list": threads}
