"""Exports a run as a trace in Chrome's JSON format, one track for each worker, for Perfetto and chrome://tracing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.record.atomic_folder import atomic_file
from engine.record.lane_file import QUEUED
from engine.record.lane_table import Lane
from engine.record.phases import Phases, read_lanes, read_phases, step_names
from engine.record.run_folder import RunFolder
from engine.trace.watched import is_watch
from engine.watch.watch_exports import export_watch_trace
from engine.wire.tick import Tick
from engine.workload.toml_table import TomlTable


def export_trace(run_folder: Path | str, target: Path | str) -> list[str]:
    """Write a run's trace, atomically; return sentences about damaged phases that are left out.

    Raises ExportError if `target` cannot be written, RunFolderError if the run's folder is damaged.
    """
    folder = RunFolder(run_folder)
    experiment = folder.experiment()
    if is_watch(experiment):
        export_watch_trace(folder, Path(target))
        return []
    about = {"run_id": folder.run_id, "title": experiment.get("title"), "experiment": experiment}
    problems: list[str] = []
    with atomic_file(Path(target)) as beside, open(beside, "w", encoding="utf-8") as file:
        file.write(f'{{"displayTimeUnit":"ms","otherData":{json.dumps(about)},"traceEvents":[\n')
        for number, event in enumerate(_events(folder, experiment, problems)):
            file.write(f",\n{event}" if number else event)
        file.write("\n]}\n")
    return problems


def _events(folder: RunFolder, experiment: TomlTable, problems: list[str]) -> Iterator[str]:
    yield from map(json.dumps, _names(read_lanes(folder)))
    yield from map(json.dumps, _counters(folder.samples()))
    names = {place: json.dumps(name) for place, name in step_names(experiment).items()}
    for phases in read_phases(folder, problems):
        yield from _phase_events(phases, names)


def _names(lanes: list[Lane]) -> Iterator[dict[str, object]]:
    for pid in dict.fromkeys(lane.pid for lane in lanes):
        yield {"ph": "M", "name": "process_name", "pid": pid, "args": {"name": "workers"}}
    for lane in lanes:
        track = {"ph": "M", "pid": lane.pid, "tid": _track(lane)}
        yield {**track, "name": "thread_name", "args": {"name": lane.worker}}
        yield {**track, "name": "thread_sort_index", "args": {"sort_index": lane.lane}}


def _counters(samples: Iterable[Tick]) -> Iterator[dict[str, object]]:
    """Yield the run's throughput and cores as counter tracks, if they were measured."""
    for tick in samples:
        for measure in ("throughput_per_s", "run_cores"):
            value = getattr(tick, measure)
            if value is not None:
                yield {"ph": "C", "name": measure, "pid": 0, "ts": tick.t_s * 1e6, "args": {"value": value}}


def _phase_events(phases: Phases, names: dict[int, str]) -> Iterator[str]:
    tracks = [f'"pid":{lane.pid},"tid":{_track(lane)}' for lane in phases.lanes]
    for number, task, step, start_s, end_s, ok in zip(*phases[1:], strict=True):
        if step == QUEUED:
            # A task may wait while its worker does another, so it is an asynchronous pair of events, which may overlap.
            head = f'"cat":"queued","name":"queued","id":{task},{tracks[number]}'
            yield f'{{"ph":"b",{head},"ts":{start_s * 1e6:.3f}}},\n{{"ph":"e",{head},"ts":{end_s * 1e6:.3f}}}'
            continue
        failed = "" if ok else ',"ok":false'
        yield (
            f'{{"ph":"X","name":{names[step]},{tracks[number]},"ts":{start_s * 1e6:.3f},'
            f'"dur":{(end_s - start_s) * 1e6:.3f},"args":{{"task":{task}{failed}}}}}'
        )


def _track(lane: Lane) -> int:
    return lane.lane + 1  # track 0 is not a thread
