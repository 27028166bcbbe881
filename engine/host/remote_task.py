"""A task for workers that do not share this machine's disk: it is pickled with its run's settings, and its phases come
back with the result.

Guarantees. A remote task needs nothing from its host's folder; any process that can import `engine` may run it.
`Collector` writes the returned phases into ordinary lane files, one for each thread that ran tasks. Times of workers on
this machine are kept; those of another machine are shifted by the least delay seen between sending and receiving a
result, so its phases are late by at most that delay.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from engine.host.failures import describe_failure, keep_failure
from engine.host.probe import HostRun
from engine.host.recording import blocking_lane
from engine.record.host_files import TaskSettings
from engine.record.lane_file import (
    CHUNK_RECORDS,
    CHUNK_SIZE,
    HEADER_SIZE,
    QUEUED,
    RECORD,
    RECORD_SIZE,
    LaneWriter,
    Slot,
)
from engine.wire.task_failure import TaskFailure
from engine.workload.item import Item


class Returned(NamedTuple):
    """The result of a remote task: who ran it, its records in the lane file's layout, its failure."""

    machine: str
    pid: int
    thread: int
    thread_name: str
    records: bytes
    failure: TaskFailure | None
    payload: bytes
    sent_ns: int


class MemoryWriter(LaneWriter):
    """A lane that is kept in memory: a ring of the last CHUNK_RECORDS records."""

    def __init__(self) -> None:
        self.slots = memoryview(bytearray(HEADER_SIZE)).cast("q")
        self._ring = bytearray(CHUNK_SIZE)

    def make_room(self, count: int, task: int) -> tuple[Any, int, int, int] | None:
        """Return the ring, whose oldest records are overwritten."""
        place = count % CHUNK_RECORDS
        return self._ring, place * RECORD_SIZE, count + CHUNK_RECORDS - place, 0

    def since(self, first: int) -> bytes:
        """Return the records from number `first` (counted from 0) on."""
        places = range(first, self.slots[Slot.PUBLISHED])
        starts = (place % CHUNK_RECORDS * RECORD_SIZE for place in places)
        return b"".join(self._ring[start : start + RECORD_SIZE] for start in starts)


class RemoteTask:
    """A task that is pickled with everything it needs. Runs blocking steps only."""

    def __init__(self, run: HostRun) -> None:
        self._folder, self._settings = run.folder, run.settings
        self._machine = machine()

    def __call__(self, item: Item) -> Returned:
        lane = _remote_run(self._folder, self._settings, self._machine).lane_of_thread()
        return lane(item)


class _RemoteRun(HostRun):
    def __init__(self, folder: str, settings: TaskSettings) -> None:
        super().__init__(folder, settings)
        self._own_lanes = threading.local()

    def lane_of_thread(self) -> Callable[[Item], Returned]:
        if not hasattr(self._own_lanes, "lane"):
            self._own_lanes.lane = self._make_lane()
        lane: Callable[[Item], Returned] = self._own_lanes.lane
        return lane

    def _make_lane(self) -> Callable[[Item], Returned]:
        writer, thread, here = MemoryWriter(), threading.current_thread(), machine()
        kinds = [str(step["kind"]) for step in self.steps]
        failures: list[TaskFailure] = []

        def fail(error: BaseException, task: int, number: int, time_ns: int) -> None:
            failures.append(describe_failure(error, kinds, task, number, time_ns))

        own = self._own(0, in_stage=False) if self.carries_own(0) else None
        run_task = self.with_result(blocking_lane(self if own is None else own.binder, writer, fail))
        if own is not None:
            run_task = own.around(run_task)

        def lane(item: Item) -> Returned:
            first = writer.slots[Slot.PUBLISHED]
            payload = run_task(item)
            failure = failures.pop() if failures else None
            native, records = threading.get_native_id(), writer.since(first)
            return Returned(here, os.getpid(), native, thread.name, records, failure, payload, time.perf_counter_ns())

        return lane


_runs: dict[str, _RemoteRun] = {}
_making = threading.Lock()


def _remote_run(folder: str, settings: TaskSettings, home: str) -> _RemoteRun:
    with _making:
        if folder not in _runs:
            here = folder
            if machine() != home:
                here = tempfile.mkdtemp(prefix="gilscope-")
                os.mkdir(os.path.join(here, "work"), 0o700)
                atexit.register(shutil.rmtree, here, ignore_errors=True)
            _runs[folder] = _RemoteRun(here, settings)
            if here != folder:
                _runs[folder].other_machine = machine()
        return _runs[folder]


def machine() -> str:
    """Return an identifier of this machine that changes at every boot."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return socket.gethostname()


class Collector:
    """Writes the returned phases into this run's lane files. For use by one thread."""

    def __init__(self, run: HostRun) -> None:
        self._run, self._here = run, machine()
        self._lanes: dict[tuple[str, int, int], tuple[LaneWriter, Callable[[int, int, int, int, int], bool]]] = {}
        self._delays_ns: dict[str, int] = {}

    def collect(self, returned: Returned) -> None:
        """Record one task's phases, and its failure if it failed."""
        is_here = returned.machine == self._here
        delay_ns = 0
        if not is_here:
            seen_ns = time.perf_counter_ns() - returned.sent_ns
            delay_ns = self._delays_ns[returned.machine] = min(seen_ns, self._delays_ns.get(returned.machine, seen_ns))
        writer, record = self._lane(returned, is_here)
        first_ns = 0
        for _, task, start_ns, end_ns, waited_ns, tail in RECORD.iter_unpack(returned.records):
            # Arrivals are timed on this machine's clock, everything else on the worker's.
            begun_ns = start_ns if tail >> 32 & 0xFFFF == QUEUED else start_ns + delay_ns
            first_ns = first_ns or begun_ns
            if not record(task, begun_ns, end_ns + delay_ns, waited_ns, tail) and tail >> 48 & 2:
                writer.count_latency(end_ns + delay_ns - first_ns, failed=returned.failure is not None)
        if returned.failure is not None:
            keep_failure(self._run.folder, returned.failure, writer.slots[Slot.CREATED_NS])

    def _lane(self, returned: Returned, is_here: bool) -> tuple[LaneWriter, Callable[[int, int, int, int, int], bool]]:
        key = (returned.machine, returned.pid, returned.thread)
        if key not in self._lanes:
            name = f"{returned.pid}-{returned.thread}-c{len(self._lanes)}.lane"
            writer = LaneWriter(
                os.path.join(self._run.folder, "lanes", name),
                thread=returned.thread if is_here else 0,
                thread_name=returned.thread_name,
                process_name=f"Worker-{len(self._lanes) + 1}",
                created_ns=time.perf_counter_ns(),
                capacity=self._run.capacity,
                pid=returned.pid if is_here else 0,
            )
            self._lanes[key] = writer, writer.recorder()
        return self._lanes[key]
