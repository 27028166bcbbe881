"""Summary: a run's result from its folder alone, so that a run whose conductor was killed has one too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.insight.sentences_of import sentences_of
from engine.ledger.deaths import death_sentence, deaths_of
from engine.ledger.group_figures import group_figures, lane_groups
from engine.ledger.ledger import Ledger, Machine, settle
from engine.ledger.queue_waits import with_queue_waits
from engine.ledger.seen_figures import gil_of, locks_of, thread_names, witness_figures
from engine.record.lane_table import LaneTable
from engine.record.life import LifeRecord
from engine.record.look_file import LookTables
from engine.record.look_reader import LookReader
from engine.record.phases import step_names
from engine.record.queue_file import read_counters
from engine.record.run_folder import CARDS, RunFolder, RunFolderError, write_result
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
from engine.wire.codec import WrongShapeError, decode, plain
from engine.wire.protocol import LEDGER_STATES, RUN_STAGES
from engine.wire.result import RunResult
from engine.wire.tick import Tick
from engine.workload.catalogue import StepCard
from engine.workload.group import group_names, is_open_loop, workers_of
from engine.workload.parameter import Kind

_NAMED_DEATHS: Final = 3
_BATCH: Final = 65_536
_MOST_LANES: Final = 2048  # that a result tells of, as the timeline does
_GONE: Final = "the conductor ended before the run did"
_UNREAD: Final = (
    "The run was too short for its threads to be read: cpu includes the time they waited for a core or the GIL."
)


def summarize(folder: Path | str, life: LifeRecord | None = None) -> RunResult:
    """Return the result of the run in `folder`: what `gilscope run --json` prints, and more.

    Reads only; needs the run's experiment, environment and cards. Raises RunFolderError where these are not there.
    `life` is what its conductor knows, if that is there to say so: on a full disk the folder may tell of less.
    """
    run = RunFolder(folder)
    if life is None:
        life = run.life()
    ticks = _Ticks.of(run.samples())
    start_ns = run.run_start_ns()
    measured = _Measured(run, life, start_ns + int(ticks.last_s * 1e9))
    environment = run.environment()
    errors = {"count": measured.failed, "first": first_error(run.path, life)}
    result = {
        **_identity(run, life, environment),
        **_all_failed(life, measured.done, errors),
        **_with_deaths(life, measured.deaths),
        **measured.facts(start_ns),
        **ticks.facts(measured.at_one_time, at_least=measured.starts_children),
        "queues": queue_results(run.experiment()["workload"], measured.queues, run.samples(), measured.elapsed_s),
        "title": run.experiment().get("title"),
        "experiment": run.experiment(),
        "environment": environment,
        "errors": errors,
        "notes": [*life.notes, *measured.notes],
        "output_dropped": life.output_dropped,
        "stages": _stages(life, measured.first_ns, start_ns),
        "counters": dict(life.done.counters) if life.done is not None else {},
        "marks": [plain(mark) for mark in life.marks],
        "stall": None if life.stall is None else plain(life.stall),
        "observer_cost": None,  # until it is measured: see observer_cost
    }
    return _checked({**result, "insight": _sentences(result, _json(run.path / CARDS))})


def _checked(values: dict[str, Any]) -> RunResult:
    """Return a result of what was measured. Raises WrongShapeError for what `RunResult` has no place for."""
    unknown = values.keys() - {each.name for each in fields(RunResult)}
    if unknown:
        raise WrongShapeError(min(unknown), "is no figure of RunResult")
    return decode(RunResult, json.loads(json.dumps(values, allow_nan=False)), "result")


def _sentences(result: dict[str, Any], cards: dict[str, Any]) -> list[str]:
    """Return what is said of the figures; nothing where the cards are of a version that has others."""
    try:
        return sentences_of(result, cards)
    except (LookupError, TypeError, ValueError):
        return []


def _with_deaths(life: LifeRecord, deaths: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return why a run failed in which processes died, with their names; nothing where none did."""
    if not deaths or life.status != "failed":
        return {}
    sentences = "; ".join(death_sentence(death) for death in deaths[:_NAMED_DEATHS])
    if life.done is None:
        return {"reason": sentences}
    return {"reason": f"{sentences} ({life.reason})" if life.reason else sentences}


def _all_failed(life: LifeRecord, done: int, errors: Mapping[str, Any]) -> dict[str, Any]:
    """Return the status of a run that came to its end without one task that ended well; nothing of any other."""
    if life.status != "finished" or done or not errors["count"]:
        return {}
    first = errors["first"] or {}
    what = ": ".join(str(first[key]) for key in ("type", "message") if first.get(key))
    tasks = "The only task" if errors["count"] == 1 else f"All {errors['count']:,} tasks"
    return {"status": "failed", "reason": f"{tasks} failed{f', the first with {what}' if what else ''}"}


def make_result(folder: Path, life: LifeRecord | None = None) -> RunResult:
    """Return the result of the run in `folder` and write it there; never raises, whatever is wrong with the folder."""
    try:
        result = summarize(folder, life)
    except Exception as error:  # whoever waits for the end of this run must hear of it
        reason = f"its result could not be made: {type(error).__name__}: {error}"
        return RunResult(folder.name, "failed", reason)
    try:
        write_result(folder, result)
    except OSError as error:
        return incomplete(result, f"The result could not be kept: {error.strerror or error}.")
    return result


def incomplete(result: RunResult, why: str) -> RunResult:
    """Return a result that says that not all of the run is there."""
    return replace(result, incomplete=result.incomplete or why, notes=(*result.notes, why))


def first_error(folder: Path, life: LifeRecord) -> dict[str, Any] | None:
    """Return the first failure of any task, else what ended the host, else None."""
    found = []
    for path in (folder / "errors").glob("*.json"):
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue  # it was cut short
    if found:
        return dict(min(found, key=lambda each: int(each["time_ns"])))
    error = life.done.error if life.done is not None else None
    return plain(error) if error is not None else None


class _Measured:
    """What the lane files tell, and the accounts of their threads. `seen_ns` is when the run was last seen."""

    def __init__(self, run: RunFolder, life: LifeRecord, seen_ns: int) -> None:
        experiment, cards = run.experiment(), _json(run.path / CARDS)
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
            self.latency = latency_figures(latencies, others)
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
        # Tasks that ended and of which nothing was recorded took their time all the same: it is not known.
        nothing = None if lanes.done or lanes.failed else 0.0
        self.elapsed_s: float | None = (spans.end_ns - spans.first_ns) / 1e9 if spans else nothing
        self.ledger: dict[str, float | None] = dict.fromkeys(LEDGER_STATES, nothing)
        self.bounds: dict[str, list[float] | None] = dict.fromkeys(LEDGER_STATES)
        self.gil: list[dict[str, Any]] = []
        self.locks: list[dict[str, Any]] = []
        self.libraries: list[dict[str, Any]] = []
        self.lanes: list[dict[str, Any]] = []
        ledger: Ledger | None = None
        workload = run.experiment()["workload"]
        self.queues = read_counters(str(run.path), len(queue_names(workload)))
        lane_group = lane_groups(workload, lanes)
        if spans is not None:
            accounts, process_cpu = load_accounts(run.path)
            machine = Machine(life.gil is not False, process_cpu)
            ledger = settle(
                spans,
                [accounts.get(file.name) for file in lanes.files],
                machine,
                _workers(run),
                None if self.seen is None else self.seen.seen,
            )
            ledger = with_queue_waits(ledger, workload, lane_group, self.queues)
            self.ledger, self.bounds = ledger.total(), ledger.bounds()
            self._see(run, lanes, spans, machine.gil)
            groups = group_names(workload)
            of_lane = [groups[each] if each >= 0 else "" for each in lane_group] if groups else []
            self.lanes = _lanes(lanes, ledger, of_lane)
            if "gil_wait" in ledger.unknown:
                self.notes.append(_UNREAD)
        self.groups = group_figures(workload, lanes, lane_group, ledger, self.elapsed_s or 0.0)

    def _see(self, run: RunFolder, lanes: Lanes, spans: Spans, gil: bool) -> None:
        if not len(self.looks):
            return
        workers = thread_names([(lane.pid, lane.thread, lane.worker) for lane in lanes.table.lanes])
        self.locks, self.libraries = locks_of(self.looks, self.tables, workers)
        # Each subinterpreter has a GIL of its own: none that they share.
        if gil and run.experiment()["model"]["kind"] != "interpreters":
            self.gil = gil_of(self.looks, self.tables, workers, spans.first_ns, spans.end_ns)

    def facts(self, start_ns: int) -> dict[str, Any]:
        return {
            "tasks": {"done": self.done, "failed": self.failed},
            "elapsed_s": self.elapsed_s,
            "startup_s": None if self.first_ns is None else (self.first_ns - start_ns) / 1e9,
            "throughput_per_s": self.done / self.elapsed_s if self.elapsed_s else None,
            "latency_s": self.latency,
            "latency_error": self.latency_error,
            "ledger_s": self.ledger,
            "ledger_bounds_s": self.bounds,
            "lanes": self.lanes,
            "groups": self.groups,
            "gil": self.gil,
            "locks": self.locks,
            "libraries": self.libraries,
            "witness": witness_figures(self.tables),
            "longest_loop_hold": self.loop_hold,
            "loop": self.loops,
            "deaths": self.deaths,
            "trace": {"phases": self.phases + self.dropped, "dropped": self.dropped},
            "incomplete": self.incomplete,
        }


def _unrecorded(lanes: Lanes) -> str | None:
    """Return a sentence about phases for which there was no room on the disk, None if there was for all."""
    short = sum(file.reader.dropped for file in lanes.files if file.reader.is_short)
    if not short:
        return None
    return f"The disk was full: {short:,} phases were counted, and are not in the timeline."


def _lanes(lanes: Lanes, ledger: Ledger, groups: list[str]) -> list[dict[str, Any]]:
    """Return what is known of each worker that had a task, in the order of their lanes, up to a bound.

    `groups` is the name of each lane's group, empty where the workload has none.
    """
    tasks = lanes.totals.last(Last.TASKS).tolist()
    for file in lanes.files:
        if not file.is_async:  # coroutines that share a file share what was not recorded too
            tasks[int(file.lanes[0])] += file.reader.unrecorded_done + file.reader.unrecorded_failed
    return [
        {
            "lane": lane.lane,
            "worker": lane.worker,
            "name": lane.worker,
            "group": groups[lane.lane] if groups else None,
            "pid": lane.pid,
            "tid": lane.thread,
            "tasks": tasks[lane.lane],
            "ledger_s": ledger.lane(lane.lane),
            "waits_s": ledger.waits(lane.lane),
        }
        for lane in lanes.table.lanes[:_MOST_LANES]
    ]


@dataclass(slots=True)
class _Ticks:
    """What the samples tell: peaks, and means over the time in which tasks ran."""

    last_s: float = 0.0
    processes: int | None = None
    threads: int | None = None
    rss_bytes: int | None = None
    cores: list[float] | None = None
    run_cores: float | None = None
    load_other: float | None = None
    at_work: bool = False  # some sample was taken while tasks were taken

    @classmethod
    def of(cls, ticks: Iterable[Tick]) -> _Ticks:
        found = cls()
        cores: list[list[float]] = []
        loads: list[float] = []
        used: list[float] = []
        for tick in ticks:
            found.last_s = tick.t_s
            if not tick.process_count:
                continue  # after the host's end
            found.processes = max(found.processes or 0, tick.process_count)
            found.threads = max(found.threads or 0, tick.thread_count or 0)
            found.rss_bytes = max(found.rss_bytes or 0, tick.rss_bytes or 0)
            found.at_work |= tick.stage == "measuring"
            if tick.stage in ("measuring", "draining"):
                cores.append([each or 0.0 for each in tick.cores])
                loads.append(tick.load_other or 0.0)
                used.append(tick.run_cores or 0.0)
        if cores:
            found.cores = [round(float(each), 4) for each in np.mean(cores, axis=0)]
            found.load_other = round(float(np.mean(loads)), 4)
            found.run_cores = round(float(np.mean(used)), 4)
        return found

    def facts(self, least: tuple[int, int], *, at_least: bool) -> dict[str, Any]:
        """`at_least`: the run's tasks may start processes, and one that lives between two samples is not seen."""
        processes, threads = self.processes, self.threads
        if not self.at_work:  # it was over before the next sample; `least` were there all the same
            processes, threads = max(processes or 0, least[0]) or None, max(threads or 0, least[1]) or None
        return {
            "processes": {
                "peak": processes,
                "threads_peak": threads,
                "rss_peak_bytes": self.rss_bytes,
                "at_least": at_least,
            },
            "cores": {"utilization": self.cores, "run": self.run_cores},
            "load_other": self.load_other,
        }


def _named(python: Mapping[str, Any]) -> dict[str, Any]:
    return {key: python.get(key) for key in ("path", "version", "implementation", "gil_enabled")}


def _identity(run: RunFolder, life: LifeRecord, environment: dict[str, Any]) -> dict[str, Any]:
    model = run.experiment()["model"]
    python = {**environment.get("interpreter", {}), **(plain(life.python) if life.python is not None else {})}
    named = _named(python)
    if life.gil is not None:
        named["gil_enabled"] = life.gil
    return {
        "run_id": run.run_id,
        "status": life.status or "failed",
        "reason": life.reason if life.status else _GONE,
        "model": model["kind"],
        "workers": _workers(run),
        "interpreter": named,
    }


def _workers(run: RunFolder) -> int:
    """Return how many workers the run has, which is one where its model has one by its nature."""
    asked = workers_of(run.experiment())
    return 1 if _json(run.path / CARDS)["model"].get("max_workers") == 1 else asked  # older cards have fewer keys


def _stages(life: LifeRecord, first_ns: int | None, start_ns: int) -> dict[str, float | None]:
    """Return when each stage began, in seconds after the run's start; None for those it did not come to."""
    stages: dict[str, float | None] = {stage: life.stages.get(stage) for stage in RUN_STAGES}
    if first_ns is not None:  # the ticks saw it a little later
        stages["measuring"] = (first_ns - start_ns) / 1e9
    return {f"{stage}_s": at_s for stage, at_s in stages.items()}


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise RunFolderError(f"{path}: there is no such file") from None
    except ValueError as error:
        raise RunFolderError(f"{path}: {error}") from None


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
