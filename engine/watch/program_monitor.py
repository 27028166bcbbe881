"""Watches one program, from its start (or from now on) to its end: its processes, threads, cores and looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.processes.guard import Guard
from engine.record.look_file import LookTables
from engine.record.look_reader import LOOK_DTYPE, LookReader
from engine.watch.started_program import StartedProgram
from engine.watch.thread_clocks import ThreadClock, ThreadClocks
from engine.watch.watch_figures import watch_figures
from engine.witness.looker import DEFAULT_BUDGET
from engine.witness.platforms import Platform, become_adopter, core_load, this_platform
from engine.witness.process_tree import ProcessTree
from engine.witness.witness import Witness

EVERY_S: Final = 0.1
MOST_SAMPLES: Final = 20_000  # past this, every second one is let go


@dataclass(frozen=True, slots=True)
class WatchSample:
    """One reading: when, each core's load, how many cores the program kept busy, its processes, threads and memory."""

    t_s: float
    cores: tuple[float, ...]
    run_cores: float
    processes: int
    threads: int
    rss_bytes: int


@dataclass(slots=True)
class ProgramSeen:
    """What was seen of the program until now."""

    samples: list[WatchSample] = field(default_factory=list)
    processes_peak: int = 0
    threads_peak: int = 0
    rss_peak_bytes: int = 0
    names: dict[int, str] = field(default_factory=dict)  # of every process that was seen


class ProgramMonitor:
    """Watches the program of process `pid` into `folder`. Not thread-safe.

    `started` is the program where it was started to be watched, with `mark` (NAME=VALUE) in its environment; else it is
    attached to, and left running.
    """

    def __init__(
        self,
        pid: int,
        folder: Path,
        guard: Guard,
        *,
        started: StartedProgram | None,
        mark: str = "",
        budget: float = DEFAULT_BUDGET,
        platform: Platform | None = None,
    ) -> None:
        self._pid, self._folder, self._started = pid, folder, started
        self._platform = platform or this_platform()
        self.start_ns = time.perf_counter_ns()
        self.end_ns = self.start_ns
        adopter = become_adopter() if started is not None else None
        self._tree = ProcessTree(self._platform, pid, adopter=adopter, mark=mark)
        self._clocks = ThreadClocks(self._platform, from_start=started is not None)
        self._witness = Witness(folder, guard, budget=budget)
        self._witness.follow([pid], always=True)
        self._cpu_ns: dict[int, int] = {}
        self.seen = ProgramSeen()
        self.looks: NDArray[np.void] = np.empty(0, LOOK_DTYPE)  # with their tables, once it is closed
        self.tables = LookTables()
        core_load()  # the first reading is since the one before

    def run(self, until_s: float | None, stopped: Callable[[], bool]) -> bool:
        """Watch until the program's end, for so many seconds, or until `stopped`; return whether it has ended."""
        stride = 1
        while True:
            ended = self._turn(stride)
            if len(self.seen.samples) > MOST_SAMPLES:
                self.seen.samples, stride = self.seen.samples[::2], stride * 2
            elapsed_s = (time.perf_counter_ns() - self.start_ns) / 1e9
            if ended or stopped() or (until_s is not None and elapsed_s >= until_s):
                self.end_ns = time.perf_counter_ns()
                return ended
            pause_s = EVERY_S if until_s is None else min(EVERY_S, max(0.0, until_s - elapsed_s))
            # A program that starts and ends at once is read more often in its first moments.
            pause_s = min(pause_s, max(0.01, elapsed_s / 10))
            if self._started is not None:
                self._started.wait(pause_s)
            else:
                time.sleep(pause_s)

    def close(self) -> dict[str, Any]:
        """End the watching; return what of the result is made of clocks and looks."""
        self._witness.close()
        self._platform.forget()
        reader = LookReader(self._folder)
        try:
            looks, self.tables = reader.read_all(), reader.tables()
            self.looks = looks[looks["time_ns"] <= self.end_ns]  # what it did when it was ended is none of its own
        finally:
            reader.close()
        return watch_figures(self.clocks, self.looks, self.tables, self.start_ns, self.end_ns)

    @property
    def clocks(self) -> list[ThreadClock]:
        """Every thread that was seen."""
        return list(self._clocks.threads.values())

    def _turn(self, stride: int) -> bool:
        """Take a reading; return whether the program has ended."""
        members = self._tree.look()
        pids = list(members)
        self._witness.follow(pids)
        self._clocks.read(pids)
        now_ns = time.perf_counter_ns()
        used_ns = 0
        for pid, reading in members.items():
            used_ns += max(0, reading.cpu_ns - self._cpu_ns.get(pid, reading.cpu_ns))
            self._cpu_ns[pid] = reading.cpu_ns
            self.seen.names[pid] = reading.name
        t_s = (now_ns - self.start_ns) / 1e9
        before_s = self.seen.samples[-1].t_s if self.seen.samples else 0.0
        threads = sum(reading.threads for reading in members.values())
        rss = sum(reading.rss_bytes for reading in members.values())
        self.seen.processes_peak = max(self.seen.processes_peak, len(members))
        self.seen.threads_peak = max(self.seen.threads_peak, threads)
        self.seen.rss_peak_bytes = max(self.seen.rss_peak_bytes, rss)
        if t_s - before_s >= EVERY_S * 0.9 * stride:
            run_cores = used_ns / 1e9 / (t_s - before_s)
            sample = WatchSample(round(t_s, 4), tuple(core_load()), round(run_cores, 4), len(members), threads, rss)
            self.seen.samples.append(sample)
        if self._started is not None:
            return self._started.exit_code is not None
        return self._pid not in members
