"""An operating system's figures of processes and threads: exact on Linux, fewer and rougher elsewhere.

A platform answers for one process or thread at a time, None if it is gone or may not be read. Where threads have no
run-queue figure it is None, never 0.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import psutil

_OPEN_FILES: Final = 256  # threads whose figures are kept open, because opening costs five times the reading


class ThreadReading(NamedTuple):
    """A thread's time on a core, and runnable but waiting for one, since it started; nanoseconds."""

    cpu_ns: int
    queue_ns: int | None


class CoreTimes(NamedTuple):
    """A core's time since the machine started, in nanoseconds, to some 10 ms.

    `used_ns` is the time of programs and the system; `stolen_ns` is the time in which this core of a virtual machine
    had work to do, but the hypervisor had given it to another machine.
    """

    used_ns: int
    idle_ns: int
    stolen_ns: int


@dataclass(frozen=True, slots=True)
class ProcessReading:
    """A process as the system has it now. `started_ns` is on the `time.perf_counter_ns` clock, to some 10 ms."""

    pid: int
    parent: int
    name: str
    threads: int
    cpu_ns: int
    rss_bytes: int
    started_ns: int
    zombie: bool = False


class Platform(Protocol):
    """The queries of the samplers."""

    @property
    def has_run_queue(self) -> bool:
        """Whether threads' time in the run queue is known."""

    def pids(self) -> Collection[int]:
        """Return the ids of all processes."""

    def process(self, pid: int) -> ProcessReading | None:
        """Return a process's figures."""

    def threads(self, pid: int, threads: Collection[int]) -> dict[int, ThreadReading] | None:
        """Return the times of those of `threads` that exist; None if the process may not be read."""

    def cores(self) -> list[CoreTimes]:
        """Return each core's times; an empty list where stolen time is not known."""

    def carries(self, pid: int, mark: str) -> bool:
        """Return whether a process was started with `mark` (NAME=VALUE) in its environment, where that is known."""

    def forget(self) -> None:
        """Close and forget what is kept about processes."""


class Linux:
    """Linux, read from /proc directly. `proc` is where that is mounted.

    `cpu_clock(pid)` returns a process's processor time in nanoseconds; /proc has it to 10 ms only.
    """

    def __init__(self, proc: str = "/proc", cpu_clock: Callable[[int], int] | None = None) -> None:
        self._proc = proc
        self._cpu_clock = cpu_clock or _process_clock_ns
        self._files: dict[tuple[int, int], int] = {}
        self._tick_ns = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
        self._page = os.sysconf("SC_PAGE_SIZE")
        # Linux reports a process's start on CLOCK_BOOTTIME, which goes on while the machine sleeps.
        self._boot_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.perf_counter_ns()

    @property
    def has_run_queue(self) -> bool:
        """Whether this kernel keeps schedstat."""
        return os.path.exists(f"{self._proc}/self/schedstat")

    def pids(self) -> Collection[int]:
        """Return the ids of all processes."""
        return {int(name) for name in os.listdir(self._proc) if name.isdigit()}

    def process(self, pid: int) -> ProcessReading | None:
        """Return a process's figures; of a zombie, that it is one."""
        try:
            data = _read(f"{self._proc}/{pid}/stat")
        except OSError:
            return None
        name_end = data.rindex(b")")
        fields = data[name_end + 2 :].split()
        zombie = fields[0] in (b"Z", b"X")
        try:
            cpu_ns = self._cpu_clock(pid)
        except OSError:
            cpu_ns = (int(fields[11]) + int(fields[12])) * self._tick_ns
        return ProcessReading(
            pid=pid,
            parent=int(fields[1]),
            name=data[data.index(b"(") + 1 : name_end].decode("utf-8", "replace"),
            threads=0 if zombie else int(fields[17]),
            cpu_ns=cpu_ns,
            rss_bytes=int(fields[21]) * self._page,
            started_ns=int(fields[19]) * self._tick_ns - self._boot_ns,
            zombie=zombie,
        )

    def threads(self, pid: int, threads: Collection[int]) -> dict[int, ThreadReading]:
        """Return threads' times from schedstat; where the kernel has none, their processor time to 10 ms."""
        times = {}
        for thread in threads:
            try:
                times[thread] = self._thread(pid, thread)
            except (OSError, ValueError, IndexError):  # it has ended
                continue
        return times

    def cores(self) -> list[CoreTimes]:
        """Return each core's times, as /proc/stat has them (see proc(5))."""
        try:
            with open(f"{self._proc}/stat", "rb") as file:
                lines = [line.split() for line in file if line.startswith(b"cpu")][1:]
        except OSError:  # a container may hide it
            return []
        return [self._core(*map(int, fields[1:9])) for fields in lines if len(fields) >= 9]

    def carries(self, pid: int, mark: str) -> bool:
        """Return whether a process was started with `mark` (NAME=VALUE) in its environment."""
        try:
            with open(f"{self._proc}/{pid}/environ", "rb") as file:
                return mark.encode() in file.read().split(b"\0")
        except OSError:
            return False

    def forget(self) -> None:
        """Close what is kept open."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()

    def _thread(self, pid: int, thread: int) -> ThreadReading:
        file = self._files.get((pid, thread))
        path = f"{self._proc}/{pid}/task/{thread}"
        if file is None:
            try:
                file = os.open(f"{path}/schedstat", os.O_RDONLY)
            except FileNotFoundError:
                return self._thread_ticks(path)
            if len(self._files) < _OPEN_FILES:
                self._files[pid, thread] = file
        try:
            cpu, queue = os.pread(file, 64, 0).split()[:2]
        except (OSError, ValueError):
            self._files.pop((pid, thread), None)
            os.close(file)
            raise
        if self._files.get((pid, thread)) != file:
            os.close(file)
        return ThreadReading(int(cpu), int(queue))

    def _core(self, *ticks: int) -> CoreTimes:
        user, nice, system, idle, io_wait, irq, soft_irq, stolen = (each * self._tick_ns for each in ticks)
        return CoreTimes(user + nice + system + irq + soft_irq, idle + io_wait, stolen)

    def _thread_ticks(self, path: str) -> ThreadReading:
        fields = _read(f"{path}/stat").rpartition(b")")[2].split()
        return ThreadReading((int(fields[11]) + int(fields[12])) * self._tick_ns, None)


class Portable:
    """macOS, Windows and others, by psutil. `ask` is psutil, or answers like it."""

    has_run_queue: Final = False

    def __init__(self, ask: Any = psutil) -> None:
        self._ask = ask
        self._processes: dict[int, Any] = {}
        # psutil reports a process's start as calendar time.
        self._calendar_ns = time.time_ns() - time.perf_counter_ns()

    def pids(self) -> Collection[int]:
        """Return the ids of all processes."""
        return set(self._ask.pids())

    def process(self, pid: int) -> ProcessReading | None:
        """Return a process's figures."""
        try:
            process = self._process(pid)
            with process.oneshot():
                times = process.cpu_times()
                return ProcessReading(
                    pid=pid,
                    parent=process.ppid(),
                    name=process.name(),
                    threads=process.num_threads(),
                    cpu_ns=int((times.user + times.system) * 1e9),
                    rss_bytes=process.memory_info().rss,
                    started_ns=int(process.create_time() * 1e9) - self._calendar_ns,
                )
        except self._ask.ZombieProcess:
            return ProcessReading(pid, 0, "", 0, 0, 0, 0, zombie=True)
        except self._ask.Error:
            self._processes.pop(pid, None)
            return None

    def threads(self, pid: int, threads: Collection[int]) -> dict[int, ThreadReading] | None:
        """Return threads' processor time; None where only an administrator may read it (macOS)."""
        try:
            answers = self._process(pid).threads()
        except self._ask.AccessDenied:
            return None
        except self._ask.Error:
            return {}
        wanted = set(threads)
        return {
            each.id: ThreadReading(int((each.user_time + each.system_time) * 1e9), None)
            for each in answers
            if each.id in wanted
        }

    def cores(self) -> list[CoreTimes]:
        """Nothing is known of that here."""
        return []

    def carries(self, pid: int, mark: str) -> bool:
        """Nothing is known of that here."""
        return False

    def forget(self) -> None:
        """Let go of the processes that were asked for."""
        self._processes.clear()

    def _process(self, pid: int) -> Any:
        process = self._processes.get(pid)
        if process is None:
            process = self._processes[pid] = self._ask.Process(pid)
        return process


def this_platform() -> Platform:
    """Return the platform that this process runs on."""
    return Linux() if sys.platform == "linux" else Portable()


def figures(platform: Platform) -> dict[str, bool]:
    """Return which figures of the ledger the platform has; a missing one is included in another."""
    return {"cpu": True, "cpu_wait": platform.has_run_queue, "gil_wait": True}


def core_load() -> list[float]:
    """Return the load of each core since the last call, from 0 to 1; zeros at the first."""
    return [each / 100 for each in psutil.cpu_percent(percpu=True)]


def become_adopter() -> int | None:
    """Make this process adopt orphans among its descendants (Linux); return its id, or None if that is impossible."""
    if sys.platform != "linux":
        return None
    set_child_subreaper = 36
    return os.getpid() if ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0) == 0 else None


def _process_clock_ns(pid: int) -> int:
    # The clock id that clock_getcpuclockid(3) returns: 2 (CPUCLOCK_SCHED) is the scheduler's exact count.
    return time.clock_gettime_ns((~pid << 3) | 2)


def _read(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, 4096)
    finally:
        os.close(file)
