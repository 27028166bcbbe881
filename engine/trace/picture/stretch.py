"""Computes the figures of a stretch of the timeline (time by state, tasks ended, latency), and writes it as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.record.lane_reader import LAST, OK
from engine.trace.phase_store import PhaseStore
from engine.trace.phase_track import Ints, PhaseTrack
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.raster import Strip, fill_strips
from engine.trace.picture.thread_store import ThreadStore
from engine.wire.protocol import LEDGER_STATES
from engine.wording.csv_cell import csv_cell

COLUMNS: Final = ("lane", "worker", "pid", "task", "step", "start_s", "end_s", "ok")


@dataclass(frozen=True, slots=True)
class MarkedStretch:
    """The figures between two times. `seconds` are by state, over all lanes; latency is None if no task ended."""

    begin_ns: int
    end_ns: int
    seconds: Mapping[str, float]
    tasks: int
    failed: int
    p50_s: float | None = None
    p90_s: float | None = None
    p99_s: float | None = None

    @property
    def length_s(self) -> float:
        """How long it is."""
        return (self.end_ns - self.begin_ns) / 1e9

    @property
    def throughput_per_s(self) -> float:
        """Tasks that ended in it, a second."""
        return self.tasks / self.length_s if self.length_s > 0 else 0.0


def stretch_of(store: PhaseStore, shares: LaneShares, begin_ns: int, end_ns: int) -> MarkedStretch:
    """Return a stretch's figures. A task counts if it ended in the stretch, with its whole latency."""
    lengths: list[Ints] = [np.empty(0, np.int64)]
    failed = 0
    for track in store.tracks:
        tasks, wrong = _ended(track, begin_ns, end_ns)
        lengths.append(tasks)
        failed += wrong
    took = np.concatenate(lengths) / 1e9
    percentiles = np.percentile(took, [50, 90, 99]).tolist() if len(took) else [None, None, None]
    return MarkedStretch(begin_ns, end_ns, _seconds(store, shares, begin_ns, end_ns), len(took), failed, *percentiles)


def stretch_csv(store: PhaseStore, begin_ns: int, end_ns: int) -> str:
    """Return the phases that overlap a stretch, in the format of phases.csv."""
    into = io.StringIO()
    writer = csv.writer(into, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([csv_cell(cell) for cell in row] for row in _rows(store, begin_ns, end_ns))
    return into.getvalue()


def _seconds(store: PhaseStore, shares: LaneShares, begin_ns: int, end_ns: int) -> dict[str, float]:
    edges = np.array([begin_ns, end_ns], np.int64)
    lanes = [lane.lane for lane in store.lanes]
    if not lanes or end_ns <= begin_ns:
        return dict.fromkeys(LEDGER_STATES, 0.0)
    if isinstance(store, ThreadStore):
        filled = store.fill([(lane,) for lane in lanes], edges)
    else:
        filled = fill_strips(store, shares, [Strip((lane,), 0, 1) for lane in lanes], edges)
    spent = filled.sum(axis=(0, 1)) * (end_ns - begin_ns) / 1e9
    return dict(zip(LEDGER_STATES, spent.tolist(), strict=True))


def _ended(track: PhaseTrack, begin_ns: int, end_ns: int) -> tuple[Ints, int]:
    """Return the latency in nanoseconds of each task that ended in a stretch on a lane, and how many failed."""
    seen = track.between(begin_ns, end_ns)
    if seen.start >= seen.stop:
        return np.empty(0, np.int64), 0
    records = track.records
    first = seen.start
    while first > 0 and records["task"][first - 1] == records["task"][first]:  # it began before the stretch
        first -= 1
    part = records[first : seen.stop]
    places = np.arange(len(part))
    begins = np.ones(len(part), bool)
    begins[1:] = part["task"][1:] != part["task"][:-1]
    began = np.maximum.accumulate(np.where(begins, places, 0))
    end = part["end_ns"]
    last = ((part["flags"] & LAST) != 0) & (end > begin_ns) & (end <= end_ns)
    wrong = np.add.accumulate((part["flags"] & OK) == 0)
    before = np.where(began[last] > 0, wrong[began[last] - 1], 0)
    return np.asarray(end[last] - part["start_ns"][began[last]], np.int64), int(np.count_nonzero(wrong[last] > before))


def _rows(store: PhaseStore, begin_ns: int, end_ns: int) -> Iterator[tuple[object, ...]]:
    for lane, track in zip(store.lanes, store.tracks, strict=False):
        seen = track.between(begin_ns, end_ns)
        for place in range(seen.start, seen.stop):
            record = track.records[place]
            start_s, end_s = int(record["start_ns"]) / 1e9, int(record["end_ns"]) / 1e9
            ok = bool(record["flags"] & OK)
            yield lane.lane, lane.worker, lane.pid, int(record["task"]), store.name_of(record), start_s, end_s, ok
