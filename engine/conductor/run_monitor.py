"""RunMonitor: reads a run's lanes, threads and processes while it goes on, and makes ticks of them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.conductor.thread_times import ThreadTimes
from engine.ledger.group_figures import lane_groups
from engine.ledger.ledger import Ledger, Machine, settle
from engine.ledger.queue_waits import with_queue_waits
from engine.ledger.running_figures import RunningFigures, with_ledger
from engine.ledger.seen_figures import witness_figures
from engine.record.hand_over.queue_file import read_counters
from engine.record.lane_table import LaneTable
from engine.record.look_reader import LookReader
from engine.record.phases import step_names
from engine.trace.lane_totals import Lanes
from engine.trace.latency import LiveLatency
from engine.trace.phase_totals import Floats, Ints, Last
from engine.trace.queues import queue_lengths, queue_names
from engine.trace.seen_totals import SeenTotals
from engine.trace.spans import Spans, spans_until
from engine.trace.step_kinds import async_steps, step_kinds
from engine.wire.codec import decode
from engine.wire.protocol import LEDGER_STATES
from engine.wire.tick import LaneFigures, TaskCounts, Tick, WitnessFigures
from engine.witness.details import this_systems_details
from engine.witness.placement_sampler import Placements, this_systems_places
from engine.witness.platforms import Platform
from engine.witness.sampler import Sampler
from engine.witness.usage_sampler import UsageSampler
from engine.witness.witness import Witness
from engine.workload.catalogue import Catalogue, ModelCard, StepCard
from engine.workload.experiment import Experiment
from engine.workload.group import group_names, groups_by_first_step, is_open_loop, threads_of

_SHOWN: Final = 64  # lanes that a tick lists; the totals include all
_LANES_NS: Final = 100_000_000  # the interval at which numbers of new lanes are written, for each thousand lanes


def cards_of(experiment: Experiment, catalogue: Catalogue) -> tuple[ModelCard, dict[str, StepCard]]:
    """Return the cards of the model and the steps that an experiment uses."""
    steps = {step.kind: catalogue.steps[step.kind] for step in experiment.workload.steps}
    return catalogue.models[experiment.model.kind], steps


class RunMonitor:
    """Reads a run's lanes and threads, and with `sample` its processes.

    `gil` says whether the interpreter runs with its GIL on; the host's answers may change it.
    """

    def __init__(
        self, folder: Path, experiment: Experiment, catalogue: Catalogue, platform: Platform, start_ns: int
    ) -> None:
        model, steps = cards_of(experiment, catalogue)
        self._table_of_workload = experiment.to_dict()["workload"]
        self._workload, self._platform, self._start_ns = experiment.workload, platform, start_ns
        workload = self._table_of_workload
        kinds = step_kinds(experiment.to_dict(), steps, is_async=async_steps(workload, model, catalogue.models))
        table = LaneTable(groups=groups_by_first_step(workload))
        self.lanes = Lanes(folder, kinds, open_loop=is_open_loop(workload), table=table)
        self._workers = model.workers_of(threads_of(experiment.to_dict()))
        self.accounts = ThreadTimes(platform)
        self.placements = Placements(folder, this_systems_places(), start_ns)
        self.sampler: Sampler | None = None
        self.gil = True
        self.seen = SeenTotals()
        # Each subinterpreter has a GIL of its own.
        self._running = RunningFigures(share_gil=experiment.model.kind != "interpreters")
        self._steps = step_names(experiment.to_dict())
        self._looks = LookReader(folder)
        self._witness: Witness | None = None
        self._folder = folder
        self._pids: list[int] = []
        self._spans: Spans | None = None
        self._latency = LiveLatency()
        self._census = UsageSampler(platform, this_systems_details(), start_ns)
        self._first_tasks: tuple[dict[int, int], dict[int, int]] = ({}, {})  # by process id, and by thread id
        self._files_seen = 0
        self._last_tick_ns = start_ns
        self._last_done = 0
        self._last_states: Floats = np.zeros((0, len(LEDGER_STATES)))
        self._states: list[str] = []
        self._groups: list[str | None] = []  # of the lanes that a tick lists
        self._saved_ns = 0
        self._lanes_saved_ns, self._saved_lanes = 0, -1
        self._save_lanes(0)

    def attach(self, host: int, adopter: int | None, mark: str) -> None:
        """Begin to monitor the host, which was started."""
        self.sampler = Sampler(self._platform, host, start_ns=self._start_ns, adopter=adopter, mark=mark)
        self._pids = [host]
        if self._witness is not None:
            self._witness.follow(self._pids)

    def look_with(self, witness: Witness) -> None:
        """Look at the run's threads with `witness`, which this monitor closes at its end."""
        self._witness = witness
        self.lanes.totals.keeps_times = witness.method != "none"

    @property
    def wants_lateness(self) -> bool:
        """Whether the lateness of sleeps must be measured: where the witness cannot see what threads wait for."""
        return self.lanes.has_sleepers and (self._witness is None or self._witness.method == "none")

    def read(self, *, taking: bool) -> None:
        """Read the lanes and their threads."""
        self._refresh()
        now_ns = time.perf_counter_ns()
        self._spans = spans_until(self.lanes, now_ns, live=True, taking=taking)
        if self._spans is not None:
            self.accounts.read(self.lanes, self._spans)
        self.accounts.read_host(self._pids[0] if self._pids else None, self.lanes, self._spans)
        self.placements.look(self.lanes.files, now_ns)
        self._read_main_threads()

    def read_rest(self, end_ns: int, *, cut_short: bool) -> None:
        """Read the rest after the host's end. `cut_short`: it was killed at `end_ns`, with tasks under way."""
        self.end_looking()
        while self._refresh():
            pass
        self._spans = spans_until(self.lanes, end_ns, live=cut_short, killed=cut_short)

    def end_looking(self) -> None:
        """End the witness, and write what it has seen."""
        if self._witness is not None:
            self._witness.close()
            self._witness = None

    def _refresh(self) -> bool:
        """Take in the records and looks that are new; return whether there were records."""
        refreshed_ns = time.perf_counter_ns()
        latencies = self.lanes.refresh()
        self._take_in(latencies)
        if self._witness is not None:
            self._witness.follow({file.reader.pid for file in self.lanes.files if file.reader.pid}, always=True)
        if self.lanes.totals.keeps_times:
            looks = self._looks.read_new()
            self._running.take(looks)
            self.seen.take(self.lanes, looks, self._looks.tables().threads, refreshed_ns)
        return latencies is not None

    def save(self, *, now: bool = False) -> None:
        """Write what the summary needs besides the lanes, if it is time to; `now`: in any case."""
        now_ns = time.perf_counter_ns()
        if now or now_ns - self._saved_ns > 1_000_000_000:
            self._saved_ns = now_ns
            with contextlib.suppress(OSError):  # the disk is full
                self.accounts.save(self._folder)
                self.placements.save()
        if now or now_ns - self._lanes_saved_ns > _LANES_NS * (1 + len(self.lanes.table.lanes) // 1000):
            self._save_lanes(now_ns, now=now)

    def _save_lanes(self, now_ns: int, *, now: bool = False) -> None:
        """Write the numbers of new workers: the window shows a worker once it has a number."""
        if len(self.lanes.table.lanes) != self._saved_lanes or now:
            self._lanes_saved_ns, self._saved_lanes = now_ns, len(self.lanes.table.lanes)
            with contextlib.suppress(OSError):
                self.lanes.table.save(self._folder)

    def close(self) -> None:
        """Close everything that is open for the run."""
        self.end_looking()
        self._looks.close()
        self._platform.forget()
        self.placements.close()
        self.lanes.close()

    @property
    def pids(self) -> list[int]:
        """The ids of the run's processes at the last tick."""
        return list(self._pids)

    @property
    def first_ns(self) -> int | None:
        """When the first task started, None if none has."""
        return None if self._spans is None else self._spans.first_ns

    @property
    def end_ns(self) -> int | None:
        """When the last task ended, or now while the run goes on; None before the first."""
        return None if self._spans is None else self._spans.end_ns

    @property
    def at_work(self) -> bool:
        """Whether some worker is known to have a task."""
        totals = self.lanes.totals
        return any(
            file.reader.state > 0 or (file.is_async and not bool((totals.last(Last.ENDED)[file.lanes] > 0).all()))
            for file in self.lanes.files
        )

    @property
    def states(self) -> list[str]:
        """The main state of each of the first workers between the last two ticks."""
        return list(self._states)

    def all_taken(self) -> bool:
        """Whether the workload's tasks have all been taken, or its time is over."""
        work = self._workload
        if self._spans is None:
            return False
        if work.duration_s is not None:
            return self._spans.end_ns - self._spans.first_ns >= work.duration_s * 1e9
        if work.task_count is None:
            return False
        under_way = sum(len(file.lanes) if file.is_async else file.reader.state > 0 for file in self.lanes.files)
        return self.lanes.done + self.lanes.failed + under_way >= work.task_count

    def fill(self, tick: Tick, services: Mapping[int, str], ours: set[int]) -> Tick:
        """Return a tick with the run's current figures, except `marks`."""
        assert self.sampler is not None
        self._see_first_tasks()
        if self._witness is not None and self._witness.pid is not None:
            ours = {*ours, self._witness.pid}
        sample = self.sampler.sample(services, ours, self._first_tasks[0])
        self._pids = sample.pids
        if self._witness is not None:
            self._witness.follow(self._pids)
        counters = read_counters(str(self._folder), len(queue_names(self._table_of_workload)))
        tick = replace(
            sample.fill(tick),
            census=self._census.take(sample.pids[:_SHOWN], self._first_tasks[1]),
            queues=queue_lengths(self._table_of_workload, counters),
        )
        tick = self._latency.fill(tick, (file.reader for file in self.lanes.files))
        return self._fill_ledger(self._fill_progress(tick), counters)

    def _see_first_tasks(self) -> None:
        for file in self.lanes.files[self._files_seen :]:
            reader = file.reader
            for first, whose in zip(self._first_tasks, (reader.pid, reader.thread), strict=True):
                first[whose] = min(reader.created_ns, first.get(whose, reader.created_ns))
        self._files_seen = len(self.lanes.files)

    def _take_in(self, latencies: Ints | None) -> None:
        if latencies is not None:
            self._latency.take(latencies)

    def _read_main_threads(self) -> None:
        with_lanes = {file.reader.pid for file in self.lanes.files}
        self.accounts.read_main_threads([pid for pid in self._pids[:_SHOWN] if pid not in with_lanes])

    def _fill_progress(self, tick: Tick) -> Tick:
        now_ns = time.perf_counter_ns()
        done, failed = self.lanes.done, self.lanes.failed
        since_s = (now_ns - self._last_tick_ns) / 1e9
        rate = (done - self._last_done) / since_s  # as in the result, failed tasks do not count
        self._last_tick_ns, self._last_done = now_ns, done
        elapsed_s = 0.0 if self._spans is None else (self._spans.end_ns - self._spans.first_ns) / 1e9
        progress, eta_s = self._ahead(done + failed, elapsed_s)
        return replace(
            tick,
            tasks=TaskCounts(done, failed),
            elapsed_s=round(elapsed_s, 6),
            progress=progress,
            eta_s=eta_s,
            throughput_per_s=round(rate, 3),
        )

    def _ahead(self, ended: int, elapsed_s: float) -> tuple[float | None, float | None]:
        work = self._workload
        if work.duration_s is not None:
            return round(min(1.0, elapsed_s / work.duration_s), 4), round(max(0.0, work.duration_s - elapsed_s), 2)
        if work.task_count is not None:
            eta_s = round((work.task_count - ended) * elapsed_s / ended, 2) if ended and elapsed_s else None
            return round(min(1.0, ended / work.task_count), 4), eta_s
        return None, None

    def _fill_ledger(self, tick: Tick, counters: Sequence[Sequence[int]]) -> Tick:
        if self._spans is None:
            return replace(tick, lane_count=0, ledger_s=dict.fromkeys(LEDGER_STATES, 0.0))
        machine = Machine(self.gil, self.accounts.process_cpu)
        seen = self.seen.seen if self.lanes.totals.keeps_times else None
        ledger = settle(self._spans, self.accounts.of(self.lanes), machine, self._workers, seen)
        ledger = self._with_groups(ledger, counters)
        lanes = self._lane_facts(ledger)
        self._last_states = ledger.seconds
        tick = replace(
            tick,
            lane_count=len(ledger.seconds),
            lanes=tuple(lanes),
            ledger_s=ledger.total(),
            starting_s=ledger.starting_total(),
        )
        return tick if seen is None else self._fill_seen(tick, self._spans, ledger)

    def _fill_seen(self, tick: Tick, spans: Spans, ledger: Ledger) -> Tick:
        """Add what the witness saw; who holds the GIL and the locks is computed about twice a second."""
        tables = self._looks.tables()
        tick = replace(tick, witness=decode(WitnessFigures, witness_figures(tables), "witness"))
        if not self._running.due(time.monotonic()):
            return tick
        times_ns = self._start_ns, spans.first_ns
        loops = self.lanes.loops.loops
        seen = self._running.say(tables, self.lanes.table.lanes, loops, self._steps, times_ns, gil=self.gil)
        return replace(tick, seen=with_ledger(seen, ledger, _SHOWN))

    def _with_groups(self, ledger: Ledger, counters: Sequence[Sequence[int]]) -> Ledger:
        """Name coroutines after their group, and separate a pipeline's waits for its queues."""
        workload = self._table_of_workload
        names = group_names(workload)
        if not names:
            return ledger
        of_lane = lane_groups(workload, self.lanes)
        self._groups = [names[group] if group >= 0 else None for group in of_lane[:_SHOWN]]
        self.lanes.table.name_in_groups({lane: names[group] for lane, group in enumerate(of_lane) if group >= 0})
        return with_queue_waits(ledger, workload, of_lane, counters)

    def _lane_facts(self, ledger: Ledger) -> list[LaneFigures]:
        shown = min(_SHOWN, len(ledger.seconds))
        before = np.zeros((shown, len(LEDGER_STATES)))
        known = self._last_states[:shown]
        before[: len(known)] = known
        states = np.argmax(ledger.seconds[:shown] - before, axis=1).tolist()
        self._states = [LEDGER_STATES[state] for state in states]
        tasks = self.lanes.totals.last(Last.TASKS)[:shown].tolist()
        for file in self.lanes.files:
            if file.reader.dropped and not file.is_async and file.lanes[0] < shown:
                tasks[int(file.lanes[0])] += file.reader.unrecorded_done + file.reader.unrecorded_failed
        return [
            LaneFigures(
                lane=lane.lane,
                worker=lane.worker,
                pid=lane.pid,
                tid=lane.thread,
                tasks=tasks[number],
                state=LEDGER_STATES[states[number]],
                ledger_s=ledger.lane(number),
                group=self._groups[number] if number < len(self._groups) else None,
                starting_s=ledger.starting_of(number),
            )
            for number, lane in enumerate(self.lanes.table.lanes[:shown])
        ]
