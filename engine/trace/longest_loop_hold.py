"""Finds the longest time for which a task held its event loop: the worker, the step, and how many others waited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.record.lane_file import QUEUED
from engine.record.lane_reader import FOR_LIMIT, LaneFileError, LaneReader
from engine.record.lane_table import LaneTable
from engine.record.phases import place_of, step_names
from engine.record.run_folder import RunFolder
from engine.trace.loop_holds import LoopPhases, loop_holds
from engine.trace.step_kinds import StepKind

_PIECE: Final = 200_000  # records analysed together: a wait that spans more is only partly counted


def longest_loop_hold(run: RunFolder, kinds: Sequence[StepKind], start_ns: int) -> dict[str, Any] | None:
    """Return the longest stretch in which a coroutine held its loop while others were ready; None if there is none."""
    awaited = np.array([kind.awaited for kind in kinds], np.bool_)
    names, table = step_names(run.experiment()), LaneTable.load(run.path)
    found: list[dict[str, Any]] = []
    for path in run.lane_files():
        try:
            reader = LaneReader(path)
        except LaneFileError:
            continue
        try:
            if reader.workers:
                table.see({path.name: reader})
                for records in _pieces(reader):
                    found += _longest(records, awaited, names, table, path.name, start_ns)
        finally:
            reader.close()
    return max(found, key=lambda each: float(each["held_s"]), default=None)


def _pieces(reader: LaneReader) -> Iterator[NDArray[np.void]]:
    """Yield records sorted by their ends, each piece together with the one before, as long waits end later."""
    before = reader.read_new(_PIECE)
    if len(before) < _PIECE:
        yield before
        return
    while len(records := reader.read_new(_PIECE)):
        yield np.concatenate([before, records])
        before = records


def _longest(
    records: NDArray[np.void],
    awaited: NDArray[np.bool_],
    names: dict[int, str],
    table: LaneTable,
    file: str,
    start_ns: int,
) -> list[dict[str, Any]]:
    records = records[records["step"] != QUEUED]
    holds = loop_holds(loop_phases(records, awaited[records["step"]] | ((records["flags"] & FOR_LIMIT) != 0)))
    found = []
    for place in holds.longest():
        record = records[holds.place[place]]
        lane = table.of(file, int(record["worker"]))
        found.append(
            {
                "worker": lane.worker if lane else f"coroutine {int(record['worker'])}",
                "lane": lane.lane if lane else None,
                "task": int(record["task"]),
                "step": names[place_of(record)],
                "at_s": round(int(holds.start_ns[place] - start_ns) / 1e9, 9),
                "held_s": int(holds.end_ns[place] - holds.start_ns[place]) / 1e9,
                "waiting": int(holds.waiting[place]),
                "waited_s": int(holds.waited_ns[place]) / 1e9,
            }
        )
    return found


def loop_phases(records: NDArray[np.void], awaited: NDArray[np.bool_]) -> LoopPhases:
    """Return a lane file's records as LoopPhases; `awaited` says for each record whether its step is awaited."""
    waited = records["waited_ns"].astype(np.int64)
    return LoopPhases(
        records["worker"].astype(np.int64),
        records["task"].astype(np.int64),
        records["start_ns"].astype(np.int64),
        records["end_ns"].astype(np.int64),
        np.where(waited >= 0, records["start_ns"] + waited, -1),
        ~awaited,
    )
