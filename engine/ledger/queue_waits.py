"""Adds waits for a pipeline's queues to the ledger: at a full queue as waiting for a lock, at an empty one as idle.

The total time for which a stage's workers waited for the queues on either side is known exactly. It is taken out of the
time between their tasks, from each worker in proportion to its own such time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine.ledger.ledger import Ledger
from engine.record.hand_over.queue_file import EMPTY_NS, FULL_NS
from engine.wire.protocol import LEDGER_STATES
from engine.workload.group import is_pipeline

_LOCK, _TRANSPORT, _IDLE = (LEDGER_STATES.index(name) for name in ("lock_wait", "transport", "idle"))


def with_queue_waits(
    ledger: Ledger, workload: Mapping[str, Any], of_lane: Sequence[int], counters: Sequence[Sequence[int]]
) -> Ledger:
    """Return a pipeline's ledger with its workers' waits for queues; the ledger of any other run is unchanged.

    `of_lane` is each lane's stage, `counters` each queue's (see `queue_file`), in the queues' order.
    """
    if not is_pipeline(workload):
        return ledger
    seconds = ledger.seconds.copy()
    stage_of = np.array(of_lane[: len(seconds)])
    for stage in range(len(workload["stages"])):
        lanes = np.flatnonzero(stage_of == stage)
        between = seconds[lanes][:, [_TRANSPORT, _IDLE]].sum(axis=1)
        all_between = float(between.sum())
        if not all_between:
            continue
        full = counters[stage][FULL_NS] / 1e9 if stage < len(counters) else 0.0
        empty = counters[stage - 1][EMPTY_NS] / 1e9 if stage else 0.0
        full = min(full, all_between)
        empty = min(empty, all_between - full)
        share = between / all_between
        seconds[lanes, _LOCK] += share * full
        idle = np.maximum(seconds[lanes, _IDLE], share * empty) if stage else seconds[lanes, _IDLE]
        seconds[lanes, _IDLE] = np.minimum(idle, between - share * full)
        seconds[lanes, _TRANSPORT] = between - share * full - seconds[lanes, _IDLE]
    return replace(ledger, seconds=seconds)
