"""The figures of each group of a run: its tasks, throughput, latency and ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.ledger.ledger import Ledger
from engine.record.lane_file import LAST, OK
from engine.trace.lane_totals import Lanes
from engine.trace.latency import Unrecorded, latency_figures
from engine.trace.phase_totals import Last
from engine.wire.protocol import LEDGER_STATES
from engine.workload.group import group_names, is_pipeline, parts_of, steps_of_group

Ints = NDArray[np.int64]


def lane_groups(workload: Mapping[str, Any], lanes: Lanes) -> list[int]:
    """Return the number of the group or stage that each lane belongs to, in the lanes' order; 0 where there are none.

    -1 stands for a coroutine's lane without a record yet.
    """
    names = group_names(workload)
    if not names:
        return [0] * len(lanes.table.lanes)
    task, step = lanes.totals.last(Last.TASK) - 1, lanes.totals.last(Last.STEP) - 1
    found = (task % len(names)).tolist()
    if is_pipeline(workload):
        found = _stage_of_step(workload)[step].tolist()
    found = [group if seen else -1 for group, seen in zip(found, (step >= 0).tolist(), strict=True)]
    firsts = [steps_of_group(workload, number)[0] for number in range(len(names))]
    for file in lanes.files:
        if not file.is_async:
            found[int(file.lanes[0])] = firsts.index(file.reader.first_step)
    return found


def _stage_of_step(workload: Mapping[str, Any]) -> Ints:
    """Return the stage of each step, with a final -1 for records that belong to no step."""
    stages = range(len(group_names(workload)))
    each = [np.full(len(steps_of_group(workload, stage)), stage, np.int64) for stage in stages]
    return np.concatenate([*each, np.array([-1], np.int64)])


def groups_of(workload: Mapping[str, Any], records: NDArray[np.void]) -> Ints:
    """Return the number of the group or stage that each phase belongs to; none of them may be QUEUED."""
    if not is_pipeline(workload):
        return np.asarray(records["task"] % max(1, len(group_names(workload))), np.int64)
    return np.asarray(_stage_of_step(workload)[records["step"]], np.int64)


def group_figures(
    workload: Mapping[str, Any], lanes: Lanes, lane_group: Sequence[int], ledger: Ledger | None, elapsed_s: float
) -> list[dict[str, object]]:
    """Return `groups` of the result: one object a group or stage, none where the workload has neither.

    `lane_group` is what `lane_groups` returned.

    A stage's latency counts from when a task was put into the queue before it.

    Beyond the timeline's bound, the latencies of coroutines' tasks are not kept by group: percentiles are then those of
    the recorded tasks. `ledger_s` is None where nothing was measured.
    """
    names = group_names(workload)
    if not names:
        return []
    of_lane = np.array(lane_group, np.int64)
    latencies: list[list[Ints]] = [[] for _ in names]
    done, failed = np.zeros(len(names), np.int64), np.zeros(len(names), np.int64)
    unrecorded: list[list[Any]] = [[] for _ in names]
    for file in lanes.files:
        records = file.reader.read_all()
        ends, lengths = _tasks(records)
        groups = groups_of(workload, records[ends])
        passed = (records["flags"][ends] & OK) != 0
        for group in range(len(names)):
            of_group = groups == group
            latencies[group].append(lengths[of_group])
            done[group] += int(np.count_nonzero(of_group & passed))
            failed[group] += int(np.count_nonzero(of_group & ~passed))
        if not file.is_async:
            group = int(of_lane[file.lanes[0]])
            unrecorded[group].append(file.reader)
            done[group] += file.reader.unrecorded_done
            failed[group] += file.reader.unrecorded_failed
    parts = parts_of(workload)
    ledgers = _ledgers(parts, of_lane, ledger)
    return [
        {
            "name": name,
            "workers": int(parts[group]["workers"]),
            "tasks": {"done": int(done[group]), "failed": int(failed[group])},
            "throughput_per_s": int(done[group]) / elapsed_s if elapsed_s else None,
            "latency_s": latency_figures(latencies[group], Unrecorded.of(unrecorded[group])),
            "ledger_s": ledgers[group],
        }
        for group, name in enumerate(names)
    ]


def _tasks(records: NDArray[np.void]) -> tuple[Ints, Ints]:
    """Return the index of each task's last record in a file, and the task's latency in nanoseconds.

    A worker's records of one task are adjacent among its own records; a file may hold several workers' records.
    """
    order = np.argsort(records["worker"], kind="stable")
    last = (records["flags"][order] & LAST) != 0
    worker = records["worker"][order]
    begins = np.ones(len(order), bool)
    begins[1:] = last[:-1] | (worker[1:] != worker[:-1])
    first_of = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    places = np.flatnonzero(last)
    ends = order[places]
    starts = order[first_of[places]]
    return ends, np.asarray(records["end_ns"][ends] - records["start_ns"][starts], np.int64)


def _ledgers(
    groups: Sequence[Mapping[str, Any]], of_lane: Ints, ledger: Ledger | None
) -> list[dict[str, float | None]]:
    """Return each group's seconds by state: its lanes', and its share of the workers that never had a task."""
    if ledger is None:
        return [dict.fromkeys(LEDGER_STATES) for _ in groups]
    count = len(ledger.seconds)
    of_lane = of_lane[:count]
    lanes = [int(np.count_nonzero(of_lane == place)) for place in range(len(groups))]
    without = [max(0, int(group["workers"]) - count) for group, count in zip(groups, lanes, strict=True)]
    each = ledger.without_lane / max(1, sum(without))
    rows = [ledger.seconds[of_lane == place].sum(axis=0) + each * without[place] for place in range(len(groups))]
    return [ledger.named(row) for row in rows]
