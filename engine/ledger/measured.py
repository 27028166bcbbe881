"""Makes the measured part of a result, from a run's lane files, looks and saved thread times."""

from __future__ import annotations

import errno
import os
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ledger.deaths import deaths_of
from engine.ledger.group_figures import group_figures, lane_groups
from engine.ledger.ledger import Ledger, Machine, settle
from engine.ledger.limit_waits import limit_results
from engine.ledger.queue_waits import with_queue_waits
from engine.ledger.seen_figures import gil_of, locks_of, thread_names, witness_figures
from engine.record.hand_over.carried_file import read_totals
from engine.record.hand_over.queue_file import read_counters
from engine.record.lane_table import LaneTable
from engine.record.life import LifeRecord
from engine.record.look_file import LookTables
from engine.record.look_reader import LookReader
from engine.record.phases import step_names
from engine.record.run_folder import RunFolder
from engine.record.thread_accounts import load_accounts
from engine.trace.lane_processes import ThreadLife, at_one_time
from engine.trace.lane_totals import Lanes
from engine.trace.latency import HISTOGRAM_ERROR, Unrecorded, latency_figures
from engine.trace.longest_loop_hold import longest_loop_hold
from engine.trace.loop_figures import loop_figures
from engine.trace.loop_looks import LoopLooks
from engine.trace.phase_totals import Ints, Last
from engine.trace.queues import queue_names, queue_results
from engine.trace.seen_totals import SeenTotals
from engine.trace.spans import Spans, spans_until
from engine.trace.step_kinds import saved_async_steps, step_kinds
from engine.wire.codec import decode, decode_each
from engine.wire.protocol import LEDGER_STATES
from engine.wire.result import (
    CarriedResult,
    GroupResult,
    LaneResult,
    QueueResult,
    ResultLatency,
    ResultTasks,
    RunResult,
    TraceCounts,
)
from engine.wire.seen_so_far import GilResult, LibraryResult, LockResult
from engine.wire.tick import WitnessFigures
from engine.workload.catalogue import StepCard
from engine.workload.group import group_names, is_open_loop, threads_of, workers_of
from engine.workload.parameter import Kind

_BATCH: Final = 65_536
_FULL_DISK: Final = {errno.ENOSPC, errno.EDQUOT}
_MOST_LANES: Final = 2048  # lanes listed in a result, as in the timeline
_UNREAD: Final = (
    "The run was too short for its threads to be read: cpu includes the time they waited for a core or the GIL."
)


class Measured:
    """The figures from the lane files and their threads' times. `seen_ns` is when the run was last seen."""

    def __init__(self, run: RunFolder, life: LifeRecord, seen_ns: int) -> None:
        experiment, cards = run.experiment(), run.cards()
        steps = {key: StepCard.from_json(card) for key, card in cards["steps"].items()}
        kinds = step_kinds(experiment, steps, is_async=saved_async_steps(experiment["workload"], cards))
        self.starts_children = any(
            card.waits_on == "child" or any(each.kind is Kind.CODE for each in card.parameters)
            for card in steps.values()
        )
        open_loop = is_open_loop(experiment["workload"])
        lanes = Lanes(run.path, kinds, open_loop=open_loop, table=LaneTable.load(run.path))
        reader = LookReader(run.path)
        try:
            self.looks, self.tables = reader.read_all(), reader.tables()
            self.seen = SeenTotals() if len(self.looks) else None
            end_ns = life.end_ns or seen_ns
            latencies = _read_all(lanes, self.seen, self.looks, self.tables, end_ns)
            self.done, self.failed, self.dropped = lanes.done, lanes.failed, lanes.dropped
            self.phases = lanes.totals.phases
            cut_short = life.done is None
            spans = spans_until(lanes, end_ns, live=cut_short, killed=cut_short)
            others = Unrecorded.of(file.reader for file in lanes.files)
            self.latency = ResultLatency(**latency_figures(latencies, others))
            self.latency_error = HISTOGRAM_ERROR if others else 0.0
            self.deaths = deaths_of(life.done.exits if life.done else (), life.host_exit, lanes)
            self._account(run, life, lanes, spans)
            names = step_names(run.experiment())
            look = LoopLooks(self.looks, self.tables).of
            self.loops = loop_figures(lanes.loops.loops, lanes.table.lanes, names, run.run_start_ns(), look)
            self.loop_hold = longest_loop_hold(run, kinds, run.run_start_ns())
            self.at_one_time = at_one_time(
                ThreadLife(file.reader.pid, file.reader.thread, file.reader.created_ns, file.reader.last_end_ns)
                for file in lanes.files
            )
        finally:
            lanes.close()
            reader.close()

    def _account(self, run: RunFolder, life: LifeRecord, lanes: Lanes, spans: Spans | None) -> None:
        self.notes: list[str] = []
        self.first_ns = spans.first_ns if spans else None
        self.incomplete = _unrecorded(lanes)
        self.notes += [self.incomplete] if self.incomplete else []
        self.notes += [f"{file.reader.damage}." for file in lanes.files if file.reader.damage]
        # Tasks may have ended without any record: the time they took is then unknown, not 0.
        nothing = None if lanes.done or lanes.failed else 0.0
        self.elapsed_s: float | None = (spans.end_ns - spans.first_ns) / 1e9 if spans else nothing
        self.ledger: dict[str, float | None] = dict.fromkeys(LEDGER_STATES, nothing)
        self.bounds: dict[str, tuple[float, float] | None] = dict.fromkeys(LEDGER_STATES)
        self.starting_s: float | None = None
        self.gil: tuple[GilResult, ...] = ()
        self.locks: tuple[LockResult, ...] = ()
        self.libraries: tuple[LibraryResult, ...] = ()
        self.lanes: tuple[LaneResult, ...] = ()
        ledger: Ledger | None = None
        workload = run.experiment()["workload"]
        self.limits = limit_results(workload, lanes)
        self.carried = _carried(run)
        counters = read_counters(str(run.path), len(queue_names(workload)))
        lane_group = lane_groups(workload, lanes)
        if spans is not None:
            accounts, process_cpu = load_accounts(run.path)
            machine = Machine(life.gil is not False, process_cpu)
            ledger = settle(
                spans,
                [accounts.get(file.name) for file in lanes.files],
                machine,
                min(workers_in(run), threads_of(run.experiment())),
                None if self.seen is None else self.seen.seen,
            )
            ledger = with_queue_waits(ledger, workload, lane_group, counters)
            self.ledger, self.starting_s = ledger.total(), ledger.starting_total()
            bounds = ledger.bounds().items()
            self.bounds = {state: None if each is None else (each[0], each[1]) for state, each in bounds}
            self._see(run, lanes, spans, machine.gil)
            names = group_names(workload)
            of_lane = [names[each] if each >= 0 else "" for each in lane_group] if names else []
            self.lanes = _lanes(lanes, ledger, of_lane)
            if "gil_wait" in ledger.unknown:
                self.notes.append(_UNREAD)
        groups = group_figures(workload, lanes, lane_group, ledger, self.elapsed_s or 0.0)
        self.groups = decode_each(GroupResult, groups)
        self.queues = decode_each(QueueResult, queue_results(workload, counters, run.samples(), self.elapsed_s))

    def _see(self, run: RunFolder, lanes: Lanes, spans: Spans, gil: bool) -> None:
        if not len(self.looks):
            return
        workers = thread_names([(lane.pid, lane.thread, lane.worker) for lane in lanes.table.lanes])
        locks, libraries = locks_of(self.looks, self.tables, workers)
        self.locks, self.libraries = decode_each(LockResult, locks), decode_each(LibraryResult, libraries)
        # Each subinterpreter has a GIL of its own, so there is none to report for the process.
        if gil and run.experiment()["model"]["kind"] != "interpreters":
            self.gil = decode_each(GilResult, gil_of(self.looks, self.tables, workers, spans.first_ns, spans.end_ns))

    def told(self, start_ns: int) -> RunResult:
        """Return the measured part of a result; `start_ns` is the run's start."""
        return RunResult(
            tasks=ResultTasks(self.done, self.failed),
            elapsed_s=self.elapsed_s,
            startup_s=None if self.first_ns is None else (self.first_ns - start_ns) / 1e9,
            throughput_per_s=self.done / self.elapsed_s if self.elapsed_s else None,
            latency_s=self.latency,
            latency_error=self.latency_error,
            ledger_s=self.ledger,
            starting_s=self.starting_s,
            ledger_bounds_s=self.bounds,
            lanes=self.lanes,
            groups=self.groups,
            queues=self.queues,
            limits=self.limits,
            carried=self.carried,
            gil=self.gil,
            locks=self.locks,
            libraries=self.libraries,
            witness=decode(WitnessFigures, witness_figures(self.tables)),
            longest_loop_hold=self.loop_hold,
            loop=tuple(self.loops),
            deaths=self.deaths,
            trace=TraceCounts(self.phases + self.dropped, self.dropped),
            incomplete=self.incomplete,
        )


def _carried(run: RunFolder) -> CarriedResult | None:
    totals = read_totals(str(run.path))
    if totals is None:
        return None
    pickle_s, unpickle_s = totals.pickle_ns / 1e9, totals.unpickle_ns / 1e9
    return CarriedResult(totals.tasks, totals.to_bytes, totals.back_bytes, pickle_s, unpickle_s)


def _unrecorded(lanes: Lanes) -> str | None:
    """Return a sentence about phases that no file had room for, None if all were recorded."""
    short = [file.reader for file in lanes.files if file.reader.is_short]
    if not short:
        return None
    errors = {each.grow_error for each in short} - {0}  # older runs did not note it; only a full disk was known then
    why = "The disk was full" if errors <= _FULL_DISK else f"Their files could not grow ({_error_text(max(errors))})"
    return f"{why}: {sum(each.dropped for each in short):,} phases were counted, and are not in the timeline."


def _error_text(number: int) -> str:
    return os.strerror(number) if 0 < number < 4096 else f"error {number}"


def _lanes(lanes: Lanes, ledger: Ledger, groups: list[str]) -> tuple[LaneResult, ...]:
    """Return the figures of each worker that had a task, in the order of their lanes, up to a bound.

    `groups` is the name of each lane's group, empty where the workload has none.
    """
    tasks = lanes.totals.last(Last.TASKS).tolist()
    for file in lanes.files:
        if not file.is_async:  # coroutines that share a file share what was not recorded too
            tasks[int(file.lanes[0])] += file.reader.unrecorded_done + file.reader.unrecorded_failed
    return tuple(
        LaneResult(
            lane=lane.lane,
            worker=lane.worker,
            name=lane.worker,
            group=groups[lane.lane] if groups else None,
            pid=lane.pid,
            tid=lane.thread,
            tasks=tasks[lane.lane],
            ledger_s=ledger.lane(lane.lane),
            waits_s=ledger.waits(lane.lane),
            starting_s=ledger.starting_of(lane.lane),
        )
        for lane in lanes.table.lanes[:_MOST_LANES]
    )


def workers_in(run: RunFolder) -> int:
    """Return the run's number of workers: 1 if its model can only have one, else the number asked for."""
    asked = workers_of(run.experiment())
    return 1 if run.cards()["model"].get("max_workers") == 1 else asked  # older cards have fewer keys


def _read_all(
    lanes: Lanes, seen: SeenTotals | None, looks: NDArray[np.void], tables: LookTables, end_ns: int
) -> list[Ints]:
    latencies: list[Ints] = []
    lanes.totals.keeps_times = seen is not None
    while True:
        batch = lanes.refresh(_BATCH)
        if seen is not None:
            seen.take(lanes, looks, tables.threads, end_ns, over=batch is None)
            looks = looks[:0]
        if batch is None:
            return latencies
        latencies.append(batch)
