"""One watch: reads a program's processes, threads, cores and looks into a run's folder, as ticks and a result."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from engine.insight.watch_sentences import watch_sentences
from engine.ledger.seen_figures import witness_figures
from engine.processes.guard import Guard
from engine.record.look_reader import LookReader
from engine.record.run_files import RunFiles
from engine.record.run_folder import RunFolder, write_result
from engine.trace.watched import watch_table
from engine.watch.recent import RecentPast
from engine.watch.stack_sampler import StackSample
from engine.watch.state_totals import StateTotals
from engine.watch.target import Target
from engine.watch.thread_clock import save_clocks
from engine.watch.thread_clocks import ThreadClocks
from engine.watch.thread_lanes import ThreadLanes
from engine.watch.watch_figures import sum_of, thread_rows, watch_figures
from engine.watch.watch_result import Peaks, WatchEnd, gil_of_program, watch_result
from engine.watch.watch_stacks import WatchStacks
from engine.wire.codec import decode, plain
from engine.wire.facts import WorkersLocated
from engine.wire.protocol import encode_message
from engine.wire.result import RunResult
from engine.wire.tick import Tick, WitnessFigures
from engine.wire.watch_messages import FunctionsSampled
from engine.witness.details import this_systems_details
from engine.witness.environment import environment
from engine.witness.machine import usable_cores
from engine.witness.platforms import Platform
from engine.witness.sampler import Sampler, own_processes
from engine.witness.usage_sampler import UsageSampler
from engine.witness.witness import Witness

EVERY_S: Final = 0.1
_CLOCKS_SHARE: Final = 5  # reading clocks may take a fifth of the time
_SHARE: Final = 20  # computing figures may take a twentieth
_LONGEST_PAUSE_S: Final = 1.0
_MOST_LOCATED: Final = 256
_COUNTED: Final = 64  # processes whose threads and memory are reported
_SAID_NS: Final = 2_000_000_000  # with 50 threads, each time takes as long as four or five readings
_SAMPLES: Final = 1000  # kept from the first hundred seconds, and again whenever the watch is e times as long
_LANES_EVERY_S: Final = 60.0  # how often a kept sample includes the threads, which the looks cover in detail
PROGRAM: Final = "program"  # the role of the watched process in a tick
MARK: Final = "GILSCOPE_WATCH"  # in the program's environment, so that its descendants can be found


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """What to watch, the folder, and the allowed cost. `adopter` is the process that inherits orphans, if any."""

    run_id: str
    target: Target
    folder: Path
    start_ns: int
    budget: float
    adopter: int | None

    @property
    def mark(self) -> str:
        """The mark in the program's environment, as NAME=VALUE."""
        return f"{MARK}={self.run_id}"

    def table(self) -> dict[str, object]:
        """Return the table that the folder holds instead of an experiment."""
        program, pid = self.target.program, self.target.pid
        about: dict[str, object] = {"command": program.command, "folder": program.folder} if program else {"pid": pid}
        about["target"] = plain(self.target.wanted)
        return watch_table(self.target.title, about)


class Watching:
    """Watches process `pid` from now on. Not thread-safe. Raises OSError if the folder cannot be made.

    Call `turn` ten times a second, and `end` once.
    """

    def __init__(self, plan: WatchPlan, files: RunFiles, pid: int, guard: Guard, platform: Platform) -> None:
        self._plan, self._files, self._platform, self._guard = plan, files, platform, guard
        started = plan.target.program is not None
        self._pid, self._start_ns = pid, plan.start_ns
        adopter = plan.adopter if started else None
        self.sampler = Sampler(platform, pid, start_ns=plan.start_ns, adopter=adopter, mark=plan.mark)
        self._usage = UsageSampler(platform, this_systems_details(), plan.start_ns)
        self._clocks = ThreadClocks(platform, from_start=started)
        self._seen, self._recent, self._lanes = StateTotals(), RecentPast(plan.start_ns), ThreadLanes()
        self._looks = LookReader(plan.folder)
        self._witness = Witness(plan.folder, guard, budget=plan.budget)
        self._witness.follow([pid], always=True)
        self._names: dict[int, str] = {}
        self._peaks = [0, 0, 0]
        self._sums: list[float] = []
        self._count, self._run_cores, self._load_other = 0, 0.0, 0.0
        self._ledger: dict[str, float | None] = {}
        self._clocks_due_s = self._figures_due_s = self._said_ns = self._saved_s = 0.0
        self._kept_s, self._kept_lanes_s = -1.0, -1.0
        self._kept_names: frozenset[tuple[int, str]] = frozenset()
        self._insight: tuple[str, ...] | None = None
        self.pids: list[int] = [pid]
        self.stacks = WatchStacks(lambda: self.pids)

    def turn(self, stage: str = "measuring") -> Tick:
        """Take a reading; return it as a tick, which is also written to the folder, thinned in a long watch."""
        tick = Tick(self._plan.run_id, round((time.perf_counter_ns() - self._start_ns) / 1e9, 6), stage)
        ours = own_processes(self._guard.pid) | ({self._witness.pid} if self._witness.pid is not None else set())
        sample = self.sampler.sample({}, ours)
        self.pids = sample.pids
        self._witness.follow(sample.pids)
        self._read_threads()
        processes = tuple(replace(each, role=PROGRAM) if each.role == "host" else each for each in sample.processes)
        tick = replace(
            sample.fill(tick),
            processes=processes,
            elapsed_s=tick.t_s,
            census=self._usage.take(sample.pids[:_COUNTED], {}),
            lane_count=self._lanes.count,
            lanes=self._lanes.figures(),
            ledger_s=self._ledger,
            witness=self._witness_figures(),
            insight=self._insight,
        )
        self._count_in(tick)
        self._keep(tick)
        return tick

    def end(self, end: WatchEnd, end_ns: int) -> RunResult:
        """End the watch; return the result of what was seen so far, and write it into the folder.

        Raises RunFolderError if the folder was damaged meanwhile, OSError if the result cannot be written.
        """
        self.close()
        reader = LookReader(self._plan.folder)
        try:
            looks, tables = reader.read_all(), reader.tables()
        finally:
            reader.close()
        looks = looks[looks["time_ns"] <= end_ns]  # without what the program did while it was being ended
        figures = watch_figures(self._clocks.all, looks, tables, self._start_ns, end_ns)
        if (counts := self.stacks.counts).samples:
            functions = [plain(each) for each in counts.figures()]
            figures = {**figures, "functions": functions, "stack_samples": counts.samples}
        folder = RunFolder(self._plan.folder)
        result = watch_result(folder, end, self.peaks(), figures, gil_of_program(folder, tables))
        write_result(self._plan.folder, result)
        return result

    def close(self) -> None:
        """Stop looking, and write what the result is made from."""
        self.stacks.sampler.stop()
        self.stacks.take(self._recent, self._looks.tables(), final=True)
        self._witness.close()
        self._looks.close()
        self._platform.forget()
        self._save(now=True)

    def peaks(self) -> Peaks:
        """Return the maxima so far."""
        count = self._count
        return Peaks(
            self._peaks[0],
            self._peaks[1],
            self._peaks[2],
            self._names,
            [each / count for each in self._sums] if count else None,
            self._run_cores / count if count else None,
            round(self._load_other / count, 3) if count else None,
        )

    def _read_threads(self) -> None:
        """Read every thread's clocks and add up its looks, less often if there are many threads."""
        now_s = time.monotonic()
        if now_s >= self._clocks_due_s:
            self._clocks.read(self.pids)
            self._clocks_due_s = now_s + (time.monotonic() - now_s) * _CLOCKS_SHARE
        now_s = time.monotonic()
        if now_s >= self._figures_due_s:
            self._work_out()
            took_s = time.monotonic() - now_s
            self._figures_due_s = now_s + min(took_s * _SHARE, _LONGEST_PAUSE_S)

    def _work_out(self) -> None:
        looks, tables = self._looks.read_new(), self._looks.tables()
        self._seen.take(looks)
        rows = thread_rows(self._clocks.all, self._seen, tables, self._start_ns)
        self._lanes.take(rows)
        self._ledger = sum_of(rows)
        self._recent.take(looks, self._clocks.alive.values(), self._seen.ns)
        self.stacks.take(self._recent, tables)
        self._clocks.names = self.stacks.names
        self._say()
        self._save()

    def functions(self) -> FunctionsSampled:
        """Return the functions that the threads were in, from the sampled stacks."""
        return self.stacks.told(self._plan.run_id)

    def locate(self, sample: StackSample) -> WorkersLocated:
        """Return where every thread is, from stacks that were read a moment ago."""
        lanes = {(each.pid, each.tid): each.lane for each in self._lanes.figures()}
        places = tuple(self.stacks.places(sample, self._recent, self._looks.tables(), lanes))
        t_s = round((time.perf_counter_ns() - self._start_ns) / 1e9, 6)
        return WorkersLocated(self._plan.run_id, t_s, places[:_MOST_LOCATED], sample.reasons)

    def _say(self) -> None:
        """Update the sentences on the last seconds."""
        now_ns = time.perf_counter_ns()
        looks = self._recent.looks()
        if looks is None or now_ns - self._said_ns < _SAID_NS:
            return
        self._said_ns = now_ns
        since_ns = self._recent.since.at_ns
        clocks = self._recent.clocks(self._clocks.all)
        recent = self._seen.with_ns(self._recent.seen_ns(self._seen.ns))
        figures = watch_figures(clocks, looks, self._looks.tables(), since_ns, now_ns, seen=recent)
        wall_s = (now_ns - since_ns) / 1e9
        used_s = sum((row["ledger_s"].get("cpu") or 0.0) for row in figures["threads"])
        so_far: Mapping[str, Any] = {
            **figures,
            "status": "running",
            "processes": {"peak": len(self.pids)},
            "cores": {"run": used_s / wall_s if wall_s else None},
        }
        self._insight = tuple(watch_sentences(so_far, usable_cores() or 1))

    def _count_in(self, tick: Tick) -> None:
        for process in tick.processes:
            self._names[process.pid] = process.name
        now = (tick.process_count or 0, tick.thread_count or 0, tick.rss_bytes or 0)
        self._peaks = [max(pair) for pair in zip(self._peaks, now, strict=True)]
        if not tick.process_count:
            return
        self._count += 1
        self._run_cores += tick.run_cores or 0.0
        self._load_other += tick.load_other or 0.0
        cores = [each or 0.0 for each in tick.cores]
        self._sums = [a + b for a, b in zip(self._sums, cores, strict=True)] if len(self._sums) == len(cores) else cores

    def _keep(self, tick: Tick) -> None:
        if tick.t_s - self._kept_s < max(EVERY_S * 0.5, tick.t_s / _SAMPLES) and tick.stage != "ended":
            return
        self._kept_s = tick.t_s
        named = frozenset((lane.tid, lane.worker) for lane in tick.lanes)
        new = not named <= self._kept_names
        if tick.stage != "ended" and not new and 0 <= tick.t_s - self._kept_lanes_s < _LANES_EVERY_S:
            tick = replace(tick, lanes=())
        else:
            self._kept_lanes_s, self._kept_names = tick.t_s, named
        self._files.add_sample(encode_message(tick))

    def _save(self, *, now: bool = False) -> None:
        now_s = time.monotonic()
        if now or now_s - self._saved_s > 2.0:
            with contextlib.suppress(OSError):  # the disk is full
                save_clocks(self._plan.folder, self._clocks.all)
            took_s = time.monotonic() - now_s
            self._saved_s = now_s + took_s * _SHARE

    def _witness_figures(self) -> WitnessFigures:
        return decode(WitnessFigures, witness_figures(self._looks.tables()))


def write_start(files: RunFiles, plan: WatchPlan) -> None:
    """Write what is known about a watch before its first reading. Raises OSError."""
    about = environment(plan.run_id, plan.start_ns, plan.target.python.to_json())
    files.write_start(plan.table(), about, {})
