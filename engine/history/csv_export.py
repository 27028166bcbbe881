"""Exports a run as a folder of tidy CSV: runs.csv, samples.csv, phases.csv and, for payloads, carried.csv."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from engine.history import run_row
from engine.history.placement_samples import placement_samples
from engine.record.atomic_folder import RUN_TABLES, atomic_folder
from engine.record.hand_over.carried_file import INSTANTS, read_tasks, read_totals
from engine.record.phases import TURN, read_phases, step_names
from engine.record.run_folder import RunFolder
from engine.trace.watched import is_watch
from engine.watch.watch_exports import export_watch_csv
from engine.wire.tick_samples import samples_of
from engine.wording.csv_cell import csv_cell
from engine.workload.group import group_names, is_pipeline, steps_of_group

SAMPLE_COLUMNS: Final = ("run_id", "t_s", "measure", "subject", "value", "unit")
PHASE_COLUMNS: Final = ("run_id", "lane", "worker", "pid", "task", "step", "start_s", "end_s", "ok", "group")
CARRIED_COLUMNS: Final = ("run_id", "task", "to_bytes", "back_bytes", *(f"{each}_s" for each in INSTANTS))


def export_csv(run_folder: Path | str, target: Path | str) -> list[str]:
    """Write a run's CSV folder, all its files or none; return sentences about damaged phases that are left out.

    Raises ExportError if `target` cannot be written, RunFolderError if the run has no result or is damaged.
    """
    folder = RunFolder(run_folder)
    if is_watch(folder.experiment()):
        export_watch_csv(folder, Path(target))
        return []
    row = run_row.run_row(folder)
    problems: list[str] = []
    with atomic_folder(Path(target), RUN_TABLES) as into:
        _write(into / "runs.csv", row, [row.values()])
        _write(into / "samples.csv", SAMPLE_COLUMNS, sample_rows(folder))
        _write_phases(into / "phases.csv", folder, problems)
        if read_totals(str(folder.path)) is not None:
            _write(into / "carried.csv", CARRIED_COLUMNS, carried_rows(folder))
    return problems


def sample_rows(folder: RunFolder) -> Iterator[tuple[object, ...]]:
    """Yield a run's samples as rows of SAMPLE_COLUMNS; a value that was not measured is None."""
    for tick in folder.samples():
        t_s = tick.t_s
        for measure, subject, value, unit in samples_of(tick):
            yield folder.run_id, t_s, measure, subject, value, unit
    for t_s, (measure, subject, value, unit) in placement_samples(folder.path):
        yield folder.run_id, t_s, measure, subject, value, unit


def carried_rows(folder: RunFolder) -> Iterator[tuple[object, ...]]:
    """Yield of each recorded task how it was carried, as rows of CARRIED_COLUMNS; an instant not known is None."""
    start_ns = folder.run_start_ns()
    for each in read_tasks(str(folder.path)):
        instants = (f"{(time_ns - start_ns) / 1e9:.9f}" if time_ns else None for time_ns in each[-len(INSTANTS) :])
        yield folder.run_id, each.task, each.to_bytes, each.back_bytes, *instants


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow([_cell(value) for value in row])


def _write_phases(path: Path, folder: RunFolder, problems: list[str]) -> None:
    # For millions of lines: text that is the same for a lane or a step is made once, and each piece is one write.
    experiment = folder.experiment()
    names = {place: _joined(name) for place, name in step_names(experiment).items()}
    group = _group_cells(experiment["workload"])
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(",".join(PHASE_COLUMNS) + "\n")
        for phases in read_phases(folder, problems):
            starts = [_joined(folder.run_id, each.lane, each.worker, each.pid) for each in phases.lanes]
            file.writelines(
                f"{starts[number]},{task},{names[step]},{start_s:.9f},{end_s:.9f},{'true' if ok else 'false'},"
                f"{group(task, step)}\n"
                for number, task, step, start_s, end_s, ok in zip(*phases[1:], strict=True)
            )


def _group_cells(workload: Mapping[str, Any]) -> Callable[[int, int], str]:
    """Return a function from a phase's task and step to its group's or stage's cell ("" for waits before stages)."""
    names = [_joined(name) for name in group_names(workload)] or [""]
    if not is_pipeline(workload):
        return lambda task, _: names[task % len(names)]
    of_step = {step: name for stage, name in enumerate(names) for step in steps_of_group(workload, stage)}
    return lambda _, step: of_step.get(step & ~TURN, "")


def _joined(*cells: object) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([csv_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(value: object) -> object:
    """Return a value as a cell: empty for None, `true` and `false`, JSON for lists and objects."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False)
    return csv_cell(value)
