"""Lane numbers and worker names: one rule for the live view, the conductor's ticks and the exports.

A lane file holds one thread's phases, or those of the coroutines that share a thread. Each worker among them gets a
lane: a row number, from 0, in the order in which workers are first seen; files that are first seen together are sorted
by (created_ns, pid, thread). The reader that numbers a live run saves the table beside the lane files (`lanes.json`),
so an export, even after a crash, gives every worker the number and the name it had on the screen.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from engine.record.atomic_file import write_atomically

LANES_FILE = "lanes.json"
_MAIN = ("", "MainProcess")


class LaneHeader(Protocol):
    """What the numbering needs of a lane file: see `engine.record.lane_reader.LaneReader`."""

    @property
    def pid(self) -> int: ...
    @property
    def thread(self) -> int: ...
    @property
    def thread_name(self) -> str: ...
    @property
    def process_name(self) -> str: ...
    @property
    def created_ns(self) -> int: ...
    @property
    def workers(self) -> int: ...
    @property
    def first_step(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Lane:
    """One worker's row: its number and name, and which records are its own.

    `file` is the lane file's name; `number` is the record's `worker` field: 0 for a thread, otherwise the coroutine's
    number.
    """

    lane: int
    worker: str
    pid: int
    thread: int
    file: str
    number: int


def worker_name(header: LaneHeader, number: int) -> str:
    """Return a worker's name for display: `Process-2`, `ThreadPoolExecutor-0_3`, `coroutine 17`.

    A child process with one worker thread has the process's name; with several threads, both names are needed.
    """
    if not header.workers:
        return _thread_title(header)
    own = f"coroutine {number + 1}"
    return own if header.process_name in _MAIN else f"{header.process_name} {own}"


def _thread_title(header: LaneHeader) -> str:
    own = header.thread_name or f"thread {header.thread}"
    if header.process_name in _MAIN:
        return own
    return header.process_name if own == "MainThread" else f"{header.process_name} {own}"


class LaneTable:
    """Numbers lanes in the order in which they are first seen; numbers never change.

    `groups` are the names of a workload's groups by the number of their first step: threads and processes are named
    after their group and numbered within it. Coroutines of several groups share a file: they are named so once their
    group is known (`name_in_groups`).
    """

    def __init__(self, known: Iterable[Lane] = (), groups: Mapping[int, str] | None = None) -> None:
        self.lanes: list[Lane] = list(known)
        self._groups = groups or {}
        self._in_group: dict[str, int] = {}
        self._grouped: set[int] = set()  # the lanes that are named after their group
        self._by_key = {(each.file, each.number): each.lane for each in self.lanes}
        self._named: dict[str, int] = {}
        self._workers = Counter(each.file for each in self.lanes)

    def see(self, headers: Mapping[str, LaneHeader]) -> list[Lane]:
        """Take in lane files by name, all at once or as they appear or grow; return the new lanes."""
        first_new = len(self.lanes)
        for file, header in sorted(headers.items(), key=_by_creation):
            if self._named.get(file) == header.workers:
                continue
            self._named[file] = header.workers
            for number in range(max(1, header.workers)):
                self._see_worker(file, header, number)
        return self.lanes[first_new:]

    def of(self, file: str, number: int) -> Lane | None:
        """Return the lane of a record with this `worker` number in this file, None if it was never seen."""
        place = self._by_key.get((file, number))
        return None if place is None else self.lanes[place]

    def workers_of(self, file: str) -> int:
        """Return how many workers of a file have a lane."""
        return self._workers[file]

    def of_file(self, file: str) -> list[Lane]:
        """Return the lanes of one file, in the order of their numbers there."""
        return sorted((each for each in self.lanes if each.file == file), key=lambda each: each.number)

    def save(self, folder: Path) -> None:
        """Write the table into the run's folder, atomically. Raises OSError."""
        write_atomically(folder / LANES_FILE, json.dumps([_as_json(each) for each in self.lanes]))

    @classmethod
    def load(cls, folder: Path) -> LaneTable:
        """Read the run's table; an empty one if none was saved."""
        try:
            data = json.loads((folder / LANES_FILE).read_text(encoding="utf-8"))
            return cls(_lane(number, each) for number, each in enumerate(data))
        except (
            OSError,
            ValueError,
            TypeError,
            RecursionError,
        ):  # none was saved, or it is damaged: then they are numbered anew
            return cls()

    def _see_worker(self, file: str, header: LaneHeader, number: int) -> None:
        name = worker_name(header, number)
        place = self._by_key.get((file, number))
        if place is not None:
            # A file is seen before its first coroutine says so: the row stays, its name follows. Any other name is one
            # that the row was given: a coroutine's, or one in its group.
            if header.workers and self.lanes[place].worker == _thread_title(header):
                self.lanes[place] = replace(self.lanes[place], worker=name)
            return
        group = self._groups.get(header.first_step)
        if group is not None and not header.workers:
            name = self._name_in(group, len(self.lanes))
        self._by_key[file, number] = len(self.lanes)
        self._workers[file] += 1
        self.lanes.append(Lane(len(self.lanes), name, header.pid, header.thread, file, number))

    def name_in_groups(self, group_of: Mapping[int, str]) -> None:
        """Name lanes after their groups, as far as these are known; a lane that has such a name keeps it."""
        for lane, group in sorted(group_of.items()):
            if lane not in self._grouped:
                self.lanes[lane] = replace(self.lanes[lane], worker=self._name_in(group, lane))

    def _name_in(self, group: str, lane: int) -> str:
        self._grouped.add(lane)
        count = self._in_group[group] = self._in_group.get(group, 0) + 1
        return f"{group} {count}"


def _as_json(lane: Lane) -> dict[str, object]:
    # There may be a hundred thousand coroutines: dataclasses.asdict takes twenty times as long.
    return {name: getattr(lane, name) for name in Lane.__slots__}


def _lane(number: int, data: Any) -> Lane:
    """Return a saved lane from its JSON. Raises ValueError or TypeError if `data` is not one."""
    lane = Lane(**data)
    whole = (lane.lane, lane.pid, lane.thread, lane.number)
    if lane.lane != number or lane.number < 0 or not all(type(each) is int for each in whole):
        raise ValueError("is no lane")
    if not all(isinstance(each, str) for each in (lane.worker, lane.file)):
        raise TypeError("is no lane")
    return lane


def _by_creation(entry: tuple[str, LaneHeader]) -> tuple[int, int, int, str]:
    file, header = entry
    return header.created_ns, header.pid, header.thread, file
