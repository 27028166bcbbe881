"""Computes the steady throughput from a run's lanes: how long warm-up took, and the rate after it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.record.lane_file import LAST
from engine.record.lane_reader import LaneReader
from engine.record.run_folder import RunFolder

LEAST_TASKS = 20


@dataclass(frozen=True, slots=True)
class Steady:
    """A run without its warm-up, which lasts until every lane has ended its first task.

    `throughput_per_s` is the rate at which tasks ended from then until the last task's end, None if these are fewer
    than LEAST_TASKS: then the whole run's figure is the better one. `warm_up` is the warm-up's share of the time from
    the first task's start. Both are None if phases were not recorded.
    """

    throughput_per_s: float | None = None
    warm_up: float | None = None


def steady(folder: Path) -> Steady:
    """Return the figures from the lanes in a run's folder."""
    starts, firsts, ends = [], [], []
    for path in RunFolder(folder).lane_files():
        lane = LaneReader(path)
        try:
            records = lane.read_all()
            dropped = lane.dropped
        finally:
            lane.close()
        if dropped:
            return Steady()
        ended = records[(records["flags"] & LAST) != 0]["end_ns"]
        if len(ended):
            starts.append(records["start_ns"].min())
            firsts.append(ended[0])
            ends.append(ended)
    if not ends:
        return Steady()
    begin_ns, all_ends = max(firsts), np.concatenate(ends)
    counted = int(np.count_nonzero(all_ends > begin_ns))
    span_s = float(all_ends.max() - begin_ns) / 1e9
    whole_s = float(all_ends.max() - min(starts)) / 1e9
    throughput = counted / span_s if counted >= LEAST_TASKS and span_s > 0.0 else None
    return Steady(throughput, 1.0 - span_s / whole_s if whole_s > 0.0 else None)
