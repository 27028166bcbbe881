"""Titles of a run's processes and threads: workers have the title of every page, helpers are named by their purpose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.wire.known_process import KnownProcess, KnownThread
from engine.wire.tick import LaneFigures, ProcessFigures
from engine.wording.worker_names import worker_title
from engine.workload.group import group_names
from gui.widgets.view_data import RunData

# In `Process-2 Thread-3 (work)` only the thread's own name: its process is in the row above.
_OWN_NAME: Final = re.compile(r"[^\s()]+(?: \([^()]*\))?$")
_WAITS_BELOW: Final = 0.05  # of a core: a main thread that uses less is called waiting
_ROOTS: Final = ("host", "program")
_LAST: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class ProcessNames:
    """Titles of a run's processes and threads, and their order: workers first, by number."""

    process_titles: Mapping[int, str]
    thread_titles: Mapping[int, str]
    places: Mapping[int, int]

    @classmethod
    def of(cls, data: RunData, processes: Iterable[KnownProcess]) -> ProcessNames:
        """Name the processes of a run as far as it is known."""
        lanes = data.latest.lanes if data.latest is not None else ()
        kind = data.model_card.worker_kind if data.model_card is not None else "worker"
        groups = group_names(data.experiment["workload"])
        by_pid: dict[int, list[LaneFigures]] = {}
        for lane in lanes:
            by_pid.setdefault(lane.pid, []).append(lane)
        titles: dict[int, str] = {}
        places: dict[int, int] = {}
        hosts = {each.figures.pid for each in processes if each.figures.role in _ROOTS}
        working = sorted((pid for pid in by_pid if pid not in hosts), key=lambda pid: by_pid[pid][0].lane)
        for number, pid in enumerate(working):
            first = by_pid[pid][0]
            alone = kind == "process" and len(by_pid[pid]) == 1
            titles[pid] = worker_title(first.lane, kind, first.worker, groups) if alone else f"Process {number + 1}"
            places[pid] = number
        threads = {
            lane.tid: _worker_thread(lane, kind, groups, alone=len(by_pid[lane.pid]) == 1 and lane.pid not in hosts)
            for lane in lanes
            if lane.tid
        }
        return cls(titles, threads, places)

    def process(self, process: ProcessFigures, *, brief: bool = False) -> str:
        """Return a process's title; with `brief` without the system's name of a process that is no worker."""
        if process.pid in self.process_titles:
            return self.process_titles[process.pid]
        if process.helper:
            return process.helper.capitalize()
        role = {"host": "Host", "program": "Program", "child": "Child"}.get(process.role, process.role)
        if process.role == "service":
            return f"{process.name.upper()} server" + ("" if brief else ", Gilscope’s own")
        return f"{role}: {process.name}" if process.name and not brief else role

    def thread(self, pid: int, thread: KnownThread) -> str:
        """Return a thread's title; see `own_name` for its name in Python."""
        tid = thread.usage.tid
        if tid in self.thread_titles:
            return self.thread_titles[tid]
        if tid != pid:
            return own_name(thread) or "thread"
        cpu = thread.usage.cpu
        return "main thread, waits" if cpu is not None and cpu < _WAITS_BELOW else "main thread"

    def place(self, process: ProcessFigures) -> int:
        """Return a process's position in the order: the host, workers by number, helpers, servers."""
        if process.role in _ROOTS:
            return -1
        return self.places.get(process.pid, _LAST + (process.role == "service"))


def own_name(thread: KnownThread) -> str:
    """Return a thread's name in Python, empty if it is not known."""
    found = None if "coroutine " in thread.worker else _OWN_NAME.search(thread.worker)
    return found[0] if found else ""


def _worker_thread(lane: LaneFigures, kind: str, groups: Iterable[str], *, alone: bool) -> str:
    if "coroutine " in lane.worker:
        return "event loop"
    if kind == "process" and alone:
        return "main thread, runs the tasks" if lane.tid == lane.pid else "thread, runs the tasks"
    return worker_title(lane.lane, kind, lane.worker, list(groups))
