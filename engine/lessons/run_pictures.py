"""Makes a run's picture from its folder: its result, samples and phases."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.lessons.motion import Motion
from engine.lessons.motion_reading import motion_of
from engine.lessons.picture import LaneRow, RunPicture, middle_lanes, thinned
from engine.record.lane_file import QUEUED
from engine.record.phases import read_phases
from engine.record.run_folder import RunFolder, RunFolderError
from engine.wire.codec import plain
from engine.wire.tick import Tick
from engine.wording.figure_text import counted
from engine.wording.state_names import with_starting

_MOST_READ: Final = 200_000  # phases: a class should not have to wait for more to be read


def picture_of(folder: RunFolder, label: str, *, motion: bool = False) -> RunPicture:
    """Return the picture of a run that has ended, with `motion` if wanted.

    Raises RunFolderError if it has no result, or is damaged.
    """
    result = folder.final_result()
    ticks = list(folder.samples())
    rows = rows_of(ticks[-1]) if ticks else ()
    return RunPicture(
        label,
        plain(result),
        rows,
        thinned(_series(ticks)),
        lanes_of(folder),
        motion=run_motion(folder) if motion else None,
    )


def rows_of(tick: Tick) -> tuple[tuple[str, Mapping[str, float | None]], ...]:
    """Return each worker's ledger from a sample."""
    return tuple((lane.worker, with_starting(lane.ledger_s, lane.starting_s)) for lane in tick.lanes)


def lanes_of(folder: RunFolder) -> tuple[LaneRow, ...]:
    """Return part of the run's lanes. Raises RunFolderError for a damaged folder."""
    return middle_lanes(_phases(folder))


def run_motion(folder: RunFolder) -> Motion | None:
    """Return part of the run for slow motion, None if there is none. Raises RunFolderError for a damaged folder."""
    kind, is_async = "worker", False
    with contextlib.suppress(RunFolderError, KeyError, TypeError):  # a run of an older version keeps no cards
        card = folder.cards()["model"]
        kind, is_async = str(card["worker_kind"]), bool(card["is_async"])
    return motion_of(folder, kind, is_async=is_async)


def machine_words(result: Mapping[str, Any]) -> str:
    """Return a description of a run's machine: `2 cores, Linux, CPython 3.13.0`."""
    machine = (result.get("environment") or {}).get("machine") or {}
    interpreter = result.get("interpreter") or {}
    cores = machine.get("usable_cores") or machine.get("cores")
    parts = [counted(cores, "core") if cores else "", str(machine.get("system") or platform.system())]
    parts.append(f"{interpreter.get('implementation', '')} {interpreter.get('version', '')}".strip())
    return ", ".join(part for part in parts if part)


def _series(ticks: list[Tick]) -> list[tuple[float, float]]:
    return [(tick.t_s, tick.throughput_per_s) for tick in ticks if tick.throughput_per_s is not None]


def _phases(folder: RunFolder) -> Iterator[tuple[str, float, float]]:
    read = 0
    for piece in read_phases(folder):
        for number, step, begin_s, end_s in zip(piece.number, piece.step, piece.start_s, piece.end_s, strict=True):
            if step != QUEUED:
                yield str(piece.lanes[number].worker), begin_s, end_s
        read += len(piece.number)
        if read > _MOST_READ:
            return
