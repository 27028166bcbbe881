"""A run's throughput without its warm-up: from when every worker has ended its first task."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.history.lane_reader import LaneReader
from engine.history.run_folder import RunFolder
from engine.host.lane_file import LAST

LEAST_TASKS = 20


def steady_throughput(folder: Path) -> float | None:
    """Return the tasks that ended in a second, from when every lane has ended its first, until the last task's end.

    None where that leaves fewer than LEAST_TASKS tasks, or where phases were not recorded: then the whole run's figure
    is the better one.
    """
    ends, firsts = [], []
    for path in RunFolder(folder).lane_files():
        lane = LaneReader(path)
        try:
            records = lane.read_all()
            dropped = lane.dropped
        finally:
            lane.close()
        if dropped:
            return None
        ended = records[(records["flags"] & LAST) != 0]["end_ns"]
        if len(ended):
            ends.append(ended)
            firsts.append(ended[0])
    if not ends:
        return None
    begin_ns, all_ends = max(firsts), np.concatenate(ends)
    counted = int(np.count_nonzero(all_ends > begin_ns))
    span_s = float(all_ends.max() - begin_ns) / 1e9
    return counted / span_s if counted >= LEAST_TASKS and span_s > 0.0 else None
