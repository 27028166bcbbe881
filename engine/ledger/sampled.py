"""Adds up a run's samples: peaks, and means over the time in which tasks ran."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from engine.wire.result import CoreUse, ProcessPeaks
from engine.wire.tick import Tick


@dataclass(slots=True)
class Sampled:
    """The samples of one run, added up."""

    last_s: float = 0.0
    most_processes: int | None = None
    most_threads: int | None = None
    rss_bytes: int | None = None
    rss_begun_bytes: int | None = None  # at the first sample at which workers took tasks
    cores: CoreUse = field(default_factory=CoreUse)
    load_other: float | None = None
    at_work: bool = False  # some sample was made while workers took tasks

    @classmethod
    def of(cls, ticks: Iterable[Tick]) -> Sampled:
        """Add up a run's samples."""
        found = cls()
        cores: list[list[float]] = []
        loads: list[float] = []
        used: list[float] = []
        for tick in ticks:
            found.last_s = tick.t_s
            if not tick.process_count:
                continue  # after the host's end
            found.most_processes = max(found.most_processes or 0, tick.process_count)
            found.most_threads = max(found.most_threads or 0, tick.thread_count or 0)
            found.rss_bytes = max(found.rss_bytes or 0, tick.rss_bytes or 0)
            if tick.stage == "measuring" and not found.at_work:
                found.rss_begun_bytes = tick.rss_bytes
            found.at_work |= tick.stage == "measuring"
            if tick.stage in ("measuring", "draining"):
                cores.append([each or 0.0 for each in tick.cores])
                loads.append(tick.load_other or 0.0)
                used.append(tick.run_cores or 0.0)
        if cores:
            each = tuple(round(float(share), 4) for share in np.mean(cores, axis=0))
            found.cores = CoreUse(each, round(float(np.mean(used)), 4))
            found.load_other = round(float(np.mean(loads)), 4)
        return found

    def peaks(self, least: tuple[int, int], *, at_least: bool) -> ProcessPeaks:
        """Return the peaks; `least` are the numbers of processes and threads counted from the lane files.

        `at_least`: the run's tasks may start processes, and one that lives only between two samples is missed.
        """
        processes, threads = self.most_processes, self.most_threads
        if not self.at_work:  # the run was over before the next sample; `least` are known to have existed
            processes, threads = max(processes or 0, least[0]) or None, max(threads or 0, least[1]) or None
        return ProcessPeaks(processes, threads, self.rss_bytes, at_least, rss_begun_bytes=self.rss_begun_bytes)
