"""Reads every recorded phase of a run, lane file by lane file, in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.record.lane_file import FOR_LIMIT, HEADER_SIZE, OK, QUEUED
from engine.record.lane_reader import LaneFileError, LaneReader
from engine.record.lane_table import Lane, LaneTable
from engine.record.run_folder import RunFolder
from engine.workload.group import numbered_steps
from engine.workload.limits.limit import limit_of
from engine.workload.toml_table import TomlTable

PIECE = 16_384  # records
TURN = 0x4000  # added to a step's place: the wait for its turn before a step with a limit


class Phases(NamedTuple):
    """Some phases of one lane file, as lists of equal length; `lanes[number]` is the lane of a worker's number."""

    lanes: Sequence[Lane]
    number: list[int]
    task: list[int]
    step: list[int]
    start_s: list[float]
    end_s: list[float]
    ok: list[bool]


def read_phases(folder: RunFolder, problems: list[str] | None = None) -> Iterator[Phases]:
    """Yield a run's phases, in constant memory.

    A damaged lane file yields its phases before the damage; `problems` gets a sentence about the rest.
    """
    start_ns = folder.run_start_ns()
    problems = [] if problems is None else problems
    limited = np.array([limit_of(step) is not None for step in numbered_steps(folder.experiment()["workload"])])
    with _open_lanes(folder, problems) as (table, readers):
        for name, reader in readers.items():
            lanes = table.of_file(name)
            while len(records := reader.read_new(PIECE)):
                if int(records["worker"].max()) >= len(lanes):  # the run goes on: there are more by now
                    reader.refresh()
                    table.see({name: reader})
                    lanes = table.of_file(name)
                sound = _sound(records, limited, len(lanes))
                yield _phases(records[:sound], lanes, start_ns)
                if sound < len(records):
                    reader.put_back(len(records) - sound)
                    break
            if reader.damage is not None:
                problems.append(reader.damage)


def _sound(records: NDArray[np.void], limited: NDArray[np.bool_], workers: int) -> int:
    """Return how many records come before the first that no worker of the run can have written.

    `limited` says for each step whether it has a limit: a worker waits for its turn only before such steps.
    """
    known = records["step"] < len(limited)
    turns = (records["flags"] & FOR_LIMIT) != 0
    wrong = (records["worker"] >= workers) | ~known & (records["step"] != QUEUED)
    wrong |= turns & ~(known & limited[np.where(known, records["step"], 0)])
    return int(np.argmax(wrong)) if wrong.any() else len(records)


def read_lanes(folder: RunFolder) -> list[Lane]:
    """Return the run's lanes in the order of their numbers."""
    with _open_lanes(folder) as (table, _):
        return table.lanes


@contextmanager
def _open_lanes(
    folder: RunFolder, problems: list[str] | None = None
) -> Iterator[tuple[LaneTable, dict[str, LaneReader]]]:
    with ExitStack() as stack:
        readers: dict[str, LaneReader] = {}
        for path in folder.lane_files():
            try:
                readers[path.name] = LaneReader(path)
            except LaneFileError as error:
                # One whose writer was killed before the header was there holds nothing.
                if problems is not None and path.stat().st_size > HEADER_SIZE:
                    problems.append(f"{error}; its phases are left out")
                continue
            stack.callback(readers[path.name].close)
        table = LaneTable.load(folder.path)
        table.see(readers)
        yield table, readers


def step_names(experiment: TomlTable, titles: Mapping[str, str] | None = None) -> dict[int, str]:
    """Return each step's name by its place, including QUEUED and the waits for a turn (TURN + place).

    Exports name a step by its kind, the screen by the kind's title; the second step of a kind is `sleep#2`.
    """
    names: dict[int, str] = {QUEUED: "queued"}
    seen: dict[str, int] = {}
    for place, step in enumerate(numbered_steps(experiment["workload"])):
        kind = str(step["kind"])
        seen[kind] = seen.get(kind, 0) + 1
        name = (titles or {}).get(kind, kind)
        names[place] = name if seen[kind] == 1 else f"{name}#{seen[kind]}"
        if limit_of(step) is not None:
            names[TURN + place] = f"{names[place]} (limit)"
    return names


def place_of(record: np.void) -> int:
    """Return the key into `step_names` for a phase's step, or for its wait for a turn."""
    step = int(record["step"])
    return step + TURN if record["flags"] & FOR_LIMIT else step


def places_of(records: NDArray[np.void]) -> NDArray[np.int64]:
    """Return the same of many phases at once."""
    waits = (records["flags"] & FOR_LIMIT) != 0
    return np.asarray(records["step"].astype(np.int64) + np.where(waits, TURN, 0))


def _phases(records: NDArray[np.void], lanes: Sequence[Lane], start_ns: int) -> Phases:
    return Phases(
        lanes,
        records["worker"].tolist(),
        records["task"].tolist(),
        np.where(records["flags"] & FOR_LIMIT, records["step"] + TURN, records["step"]).tolist(),
        ((records["start_ns"] - start_ns) / 1e9).tolist(),
        ((records["end_ns"] - start_ns) / 1e9).tolist(),
        ((records["flags"] & OK) != 0).tolist(),
    )
