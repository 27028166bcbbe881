"""ThreadTimes: the system's times of every thread that runs tasks, from its first task to the last reading."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np

from engine.record.thread_accounts import Account, save_accounts
from engine.trace.lane_totals import LaneFile, Lanes
from engine.trace.phase_totals import Floats
from engine.trace.spans import Spans
from engine.witness.platforms import CoreTimes, Platform, ThreadReading
from engine.witness.sleep_lateness import LOOP_ROUNDING_NS, Lateness

_READ_AT_ONCE: Final = 256  # threads read in one call; if there are more, they take turns
_NOTHING: Final = ThreadReading(0, 0)


class ThreadTimes:
    """Keeps the account of each lane file's thread."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.lateness = Lateness(platform)
        self._cores_first: list[CoreTimes] = []
        self._stolen = 0.0  # stolen seconds for each second that a thread had on a core
        self._accounts: dict[str, Account] = {}
        self._first: dict[str, tuple[ThreadReading, float, int]] = {}
        self._main_threads: dict[int, ThreadReading] = {}
        self._next = 0
        self._host_cpu_ns: int | None = None
        self.process_cpu: float | None = None  # see Machine
        self.gone: set[str] = set()

    def read_main_threads(self, pids: list[int]) -> None:
        """Read processes' main threads before they run tasks: their time until then belongs to no task."""
        for pid in pids:
            times = (self._platform.threads(pid, [pid]) or {}).get(pid)
            if times is not None:
                self._main_threads[pid] = times

    def read(self, lanes: Lanes, spans: Spans) -> None:
        """Read the threads of lane files; `spans` are those of this instant."""
        files = lanes.files
        places = [(self._next + number) % len(files) for number in range(min(len(files), _READ_AT_ONCE))]
        self._next = (self._next + _READ_AT_ONCE) % len(files) if len(files) > _READ_AT_ONCE else 0
        self._read_cores()
        by_process: dict[int, list[int]] = defaultdict(list)
        for place in places:
            if files[place].name not in self.gone:
                by_process[files[place].reader.pid].append(place)
        for pid, theirs in by_process.items():
            threads = [files[place].reader.thread for place in theirs]
            times = self._platform.threads(pid, threads)
            if times is None:
                times = self._shared(pid, threads, spans.clock[theirs])
            for place in theirs:
                self._keep(files[place], times, float(spans.clock[place]))

    def _read_cores(self) -> None:
        cores = self._platform.cores()
        if len(cores) != len(self._cores_first):
            self._cores_first = cores
        used_ns = stolen_ns = 0.0
        for now, first in zip(cores, self._cores_first, strict=True):
            used, idle, stolen = (late - early for late, early in zip(now, first, strict=True))
            used_ns += used
            # On a mostly idle core, stolen time delays wake-ups: sleepers are late, but no work stops.
            stolen_ns += stolen * used / max(1, used + idle)
        self._stolen = stolen_ns / used_ns if used_ns > 0 else 0.0

    def read_host(self, host: int | None, lanes: Lanes, spans: Spans | None) -> None:
        """Read the host process as a whole, if no thread that runs tasks could be read.

        If the host's children run the tasks, its figures do not describe them.
        """
        if host is None or self._accounts:
            return
        if any(file.reader.pid != host for file in lanes.files):
            self.process_cpu = None
            return
        reading = self._platform.process(host)
        if reading is None or reading.zombie:
            return
        if spans is None or self._host_cpu_ns is None:
            self._host_cpu_ns = reading.cpu_ns
        elif spans.clock.sum() > 0 and reading.cpu_ns >= self._host_cpu_ns:  # figures of an ending process are rougher
            self.process_cpu = min(1.0, (reading.cpu_ns - self._host_cpu_ns) / float(spans.clock.sum()))

    def of(self, lanes: Lanes) -> list[Account | None]:
        """Return the account of each lane file, None where its thread was never read."""
        return [self._accounts.get(file.name) for file in lanes.files]

    def save(self, folder: Path) -> None:
        """Write all accounts into the run's folder, atomically. Raises OSError."""
        save_accounts(folder, self._accounts, self.process_cpu)

    def _shared(self, pid: int, threads: list[int], clocks: Floats) -> dict[int, ThreadReading]:
        """Divide a process's time among its threads that run tasks, by their clocks: the threads cannot be read."""
        reading = self._platform.process(pid)
        total = float(clocks.sum())
        if reading is None or reading.zombie or not total:
            return {}
        shares = (reading.cpu_ns * clocks / total).astype(np.int64).tolist()
        return {thread: ThreadReading(share, None) for thread, share in zip(threads, shares, strict=True)}

    def _keep(self, file: LaneFile, times: dict[int, ThreadReading], clock_ns: float) -> None:
        name, pid, thread = file.name, file.reader.pid, file.reader.thread
        now = times.get(thread)
        if now is None:
            if name in self._accounts:  # it was read before, so it has ended
                self.gone.add(name)
            return
        now_ns = time.perf_counter_ns()
        if name not in self._first:
            self._first[name] = now, clock_ns, now_ns
        before, before_clock_ns = self._before(name, pid, thread, clock_ns)
        account = self._accounts.setdefault(name, Account())
        account.cpu_ns = now.cpu_ns - before.cpu_ns
        if now.queue_ns is not None:
            # While the hypervisor had given its core away, a thread's time counted neither as running nor as queued.
            account.queue_ns = now.queue_ns - (before.queue_ns or 0) + self._stolen * account.cpu_ns
        account.clock_ns = clock_ns - before_clock_ns
        account.late_ns = self.lateness.ns + (LOOP_ROUNDING_NS if file.is_async else 0)
        self._keep_span(account, file, now, now_ns)

    def _keep_span(self, account: Account, file: LaneFile, now: ThreadReading, now_ns: int) -> None:
        """Keep the thread's times over its span of elapsed time, for threads that the witness sees: see Account."""
        first, _, first_ns = self._first[file.name]
        created_ns = file.reader.created_ns
        # A process's main thread was busy importing modules before its first task.
        if file.reader.thread == file.reader.pid or now_ns - first_ns > first_ns - created_ns:
            before, account.from_ns = first, first_ns
        else:
            before, account.from_ns = _NOTHING, created_ns
        account.at_ns = now_ns
        account.span_cpu_ns = now.cpu_ns - before.cpu_ns
        account.span_queue_ns = (now.queue_ns or 0) - (before.queue_ns or 0) + self._stolen * account.span_cpu_ns

    def _before(self, name: str, pid: int, thread: int, clock_ns: float) -> tuple[ThreadReading, float]:
        """Return the reading, and the clock, from which a thread's times are counted.

        A thread's first reading includes its time before its first task, which belongs to no task. So counting starts
        at that reading, once most of the thread's clock lies after it. Until then a process's main thread counts from
        the reading before its tasks.
        """
        first, first_clock_ns, _ = self._first[name]
        if clock_ns - first_clock_ns > first_clock_ns:
            return first, first_clock_ns
        return (self._main_threads.get(pid, _NOTHING) if thread == pid else _NOTHING), 0.0
