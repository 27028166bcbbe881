"""Details of processes and threads that are too expensive to read at every sample."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import psutil

THREADS_AT_MOST: Final = 256  # of one process; if it has more, no thread's details are read
_GONE_OR_SECRET: Final = (OSError, ValueError, IndexError)


class ThreadDetails(NamedTuple):
    """A thread's voluntary and involuntary context switches; None: not known."""

    voluntary: int | None
    involuntary: int | None
    started_ns: int | None  # on the `time.perf_counter_ns` clock, to some 10 ms


@dataclass(frozen=True, slots=True)
class ProcessDetails:
    """A process: its threads by id, and the context switches of all threads that it ever had.

    A figure is None where the system does not report it, or not for this process.
    """

    threads: dict[int, ThreadDetails] | None
    voluntary: int | None = None
    involuntary: int | None = None


class Details(Protocol):
    """The queries of `UsageSampler`."""

    def unique_bytes(self, pid: int) -> int | None:
        """Return the memory that a process shares with no other, which its end would free."""

    def process(self, pid: int) -> ProcessDetails | None:
        """Return a process's details; None if it is gone or may not be read."""


class LinuxDetails:
    """Linux, from /proc; `proc` is where that is mounted."""

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        # Linux reports a thread's start on CLOCK_BOOTTIME, which goes on while the machine sleeps.
        self._boot_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.perf_counter_ns()
        self._tick_ns = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
        self._started_ns: dict[tuple[int, int], int] = {}

    def unique_bytes(self, pid: int) -> int | None:
        """Return private memory; the kernel walks the process's pages for it: some 30 µs a megabyte."""
        try:
            lines = _read(f"{self._proc}/{pid}/smaps_rollup").splitlines()
            return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(b"Private_"))
        except _GONE_OR_SECRET:
            return None

    def process(self, pid: int) -> ProcessDetails | None:
        """Return a process's threads; some 20 µs each."""
        try:
            threads = [int(name) for name in os.listdir(f"{self._proc}/{pid}/task")]
        except OSError:
            return None
        if len(threads) > THREADS_AT_MOST:
            return ProcessDetails(None)
        found = {thread: details for thread in threads if (details := self._thread(pid, thread)) is not None}
        return ProcessDetails(found) if found else None

    def _thread(self, pid: int, thread: int) -> ThreadDetails | None:
        path = f"{self._proc}/{pid}/task/{thread}"
        try:
            lines = _read(f"{path}/status").splitlines()
            voluntary, involuntary = (
                int(line.split()[1]) for line in lines if b"voluntary_ctxt_switches:" in line[:30]
            )
            if (pid, thread) not in self._started_ns:
                ticks = int(_read(f"{path}/stat").rpartition(b")")[2].split()[19])
                self._started_ns[pid, thread] = ticks * self._tick_ns - self._boot_ns
        except _GONE_OR_SECRET:
            return None
        return ThreadDetails(voluntary, involuntary, self._started_ns[pid, thread])


class PortableDetails:
    """macOS, Windows and others, by psutil. `ask` is psutil, or answers like it."""

    def __init__(self, ask: Any = psutil) -> None:
        self._ask = ask

    def unique_bytes(self, pid: int) -> int | None:
        """Return private memory, where the system has it and lets us ask."""
        try:
            return getattr(self._ask.Process(pid).memory_full_info(), "uss", None)
        except self._ask.Error:
            return None

    def process(self, pid: int) -> ProcessDetails | None:
        """Return a process's threads and its total of switches; these systems report no more."""
        try:
            process = self._ask.Process(pid)
            switches = process.num_ctx_switches()
        except self._ask.Error:
            return None
        try:
            threads = {each.id: ThreadDetails(None, None, None) for each in process.threads()}
        except self._ask.Error:
            threads = {}
        # What these systems count is all in `voluntary`; psutil gives 0 for the other.
        return ProcessDetails(threads or None, switches.voluntary, switches.involuntary or None)


def this_systems_details() -> Details:
    """Return the details of the system that this process runs on."""
    return LinuxDetails() if sys.platform == "linux" else PortableDetails()


def _read(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, 8192)
    finally:
        os.close(file)
