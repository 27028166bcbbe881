"""Exports a watch as CSV files and as a trace: its threads, its samples, every look, and the GIL's holders."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.record.atomic_folder import RUN_TABLES, atomic_file, atomic_folder
from engine.record.look_file import LookState, LookTables
from engine.record.look_reader import LookReader, rounds_of
from engine.record.run_folder import RunFolder
from engine.trace.gil_holder import NOBODY, UNKNOWN, holder_segments
from engine.trace.state_stretches import state_stretches
from engine.watch.watch_figures import thread_titles
from engine.wire.codec import plain
from engine.wire.protocol import LEDGER_STATES
from engine.wire.tick import Tick
from engine.wire.tick_samples import samples_of
from engine.wording.csv_cell import csv_cell

_PIECE: Final = 65_536


def export_watch_csv(folder: RunFolder, target: Path) -> None:
    """Write threads.csv, samples.csv and looks.csv: all of them or none.

    Raises ExportError, and RunFolderError for a watch that has no result or is damaged.
    """
    result, start_ns = _result(folder), folder.run_start_ns()
    looks, tables = _looks(folder.path)
    with atomic_folder(target, RUN_TABLES) as into:
        _write(into / "threads.csv", _thread_rows(result))
        _write(into / "samples.csv", _sample_rows(folder))
        _write(into / "looks.csv", _look_rows(str(result["run_id"]), looks, tables, start_ns))


def export_watch_trace(folder: RunFolder, target: Path) -> None:
    """Write a trace in Chrome's JSON format: a track for each thread's states, and one for each process's GIL.

    Raises ExportError, and RunFolderError for a watch that has no result or is damaged.
    """
    result, start_ns = _result(folder), folder.run_start_ns()
    looks, tables = _looks(folder.path)
    about = {key: result.get(key) for key in ("run_id", "kind", "title")}
    with atomic_file(target) as beside, open(beside, "w", encoding="utf-8") as file:
        file.write(f'{{"displayTimeUnit":"ms","otherData":{json.dumps(about)},"traceEvents":[\n')
        for number, event in enumerate(_events(result, looks, tables, folder.samples(), start_ns)):
            file.write((",\n" if number else "") + json.dumps(event))
        file.write("\n]}\n")


def _result(folder: RunFolder) -> dict[str, Any]:
    result = folder.final_result()
    return {**plain(result), "threads": [plain(each) for each in result.threads or ()]}


def _looks(folder: Path) -> tuple[NDArray[np.void], LookTables]:
    reader = LookReader(folder)
    try:
        return reader.read_all(), reader.tables()
    finally:
        reader.close()


def _write(path: Path, rows: Iterable[Sequence[object]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            writer.writerow(["" if cell is None else csv_cell(cell) for cell in row])


def _thread_rows(result: Mapping[str, Any]) -> Iterator[Sequence[object]]:
    threads = result["threads"]
    waits = sorted({name for row in threads for name in row["waits_s"] or ()})
    yield (
        *("run_id", "pid", "tid", "name", "started_s", "ended_s"),
        *(f"{state}_s" for state in LEDGER_STATES),
        *(f"waited_{name}_s" for name in waits),
    )
    for row in threads:
        own = row["waits_s"] or {}
        yield (
            result["run_id"],
            row["pid"],
            row["tid"],
            row["name"],
            row["started_s"],
            row["ended_s"],
            *(row["ledger_s"].get(state) for state in LEDGER_STATES),
            *(own.get(name) for name in waits),
        )


def _sample_rows(folder: RunFolder) -> Iterator[Sequence[object]]:
    yield ("run_id", "t_s", "measure", "subject", "value", "unit")
    for tick in folder.samples():
        for measure, subject, value, unit in samples_of(tick):
            if value is not None:
                yield folder.run_id, tick.t_s, measure, subject, value, unit


def _look_rows(run_id: str, looks: NDArray[np.void], tables: LookTables, start_ns: int) -> Iterator[Sequence[object]]:
    yield ("run_id", "t_s", "pid", "tid", "state", "call", "on")
    for first in range(0, len(looks), _PIECE):
        for look in looks[first : first + _PIECE].tolist():
            time_ns, _, thread, detail, state, _ = look
            if thread >= len(tables.threads):
                continue
            seen = tables.threads[thread]
            on = tables.details[detail] if detail < len(tables.details) else None
            where = None if on is None else on.name or (None if on.address is None else hex(on.address))
            yield (
                run_id,
                f"{(time_ns - start_ns) / 1e9:.6f}",
                seen.pid,
                seen.tid,
                LookState(state).name.lower(),
                on and on.call,
                where,
            )


def _events(
    result: Mapping[str, Any],
    looks: NDArray[np.void],
    tables: LookTables,
    samples: Iterable[Tick],
    start_ns: int,
) -> Iterator[dict[str, Any]]:
    titles = thread_titles(result["threads"])
    for process in (result.get("processes") or {}).get("seen") or ():
        yield {"ph": "M", "name": "process_name", "pid": process["pid"], "args": {"name": process["name"]}}
    for (pid, tid), title in titles.items():
        yield {"ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": {"name": title}}
    for sample in samples:
        if sample.run_cores is None:
            continue
        yield {"ph": "C", "name": "run_cores", "pid": 0, "ts": sample.t_s * 1e6, "args": {"value": sample.run_cores}}
    yield from _state_events(looks, tables, start_ns)
    for process in tables.processes:
        if process.gil is None:
            continue
        track = {"pid": process.pid, "tid": 0}
        yield {"ph": "M", "name": "thread_name", **track, "args": {"name": "GIL"}}
        segments = holder_segments(looks, tables.threads, process.pid, since_ns=process.gil_since_ns)
        for begin, end, holder in zip(segments.start_ns, segments.end_ns, segments.holder, strict=True):
            if holder == NOBODY:
                continue
            name = "not known" if holder == UNKNOWN else titles.get((process.pid, tables.threads[holder].tid), "thread")
            yield _slice(name, track, int(begin) - start_ns, int(end) - start_ns)


def _state_events(looks: NDArray[np.void], tables: LookTables, start_ns: int) -> Iterator[dict[str, object]]:
    """Yield each stretch of time in which all looks at a thread show one state."""
    order = np.argsort(looks["thread"], kind="stable")
    ordered = looks[order]
    for place, seen in enumerate(tables.threads):
        first, last = np.searchsorted(ordered["thread"], [place, place + 1])
        mine = ordered[first:last]
        track = {"pid": seen.pid, "tid": seen.tid}
        for begin, end, state in state_stretches(mine["time_ns"].astype(np.int64), mine["state"], rounds_of(mine)):
            yield _slice(LookState(state).name.lower(), track, begin - start_ns, end - start_ns)


def _slice(name: str, track: Mapping[str, int], begin_ns: int, end_ns: int) -> dict[str, object]:
    return {"ph": "X", "name": name, **track, "ts": begin_ns / 1e3, "dur": max(0, end_ns - begin_ns) / 1e3}
