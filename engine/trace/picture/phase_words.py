"""Words what the timeline says about a phase and about a task."""

from __future__ import annotations

from typing import Final

from engine.record.lane_reader import OK, SAMPLED
from engine.trace.phase_store import PhaseStore
from engine.trace.phase_track import PhaseTrack, PieceKind
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.search import Found
from engine.trace.picture.task_path import spent_words
from engine.wording import figure_text as figures

_WAITED: Final = {PieceKind.IO: "waited for I/O", PieceKind.LOCK: "waited for its lock"}
_REST: Final = {
    PieceKind.COMPUTE: "ran, or waited for a core or the GIL,",
    PieceKind.OPEN: "ran or waited",
    PieceKind.LOOP: "ran, or waited for the event loop,",
    PieceKind.AWAITED: "waited for what it awaits or for the event loop, or ran,",
    PieceKind.IO: "waited for I/O",
    PieceKind.LOCK: "waited for a lock",
}


def phase_words(store: PhaseStore, lane: int, place: int, shares: LaneShares | None = None) -> list[str]:
    """Return lines about a phase: its task and step, when it ran, how long it took, and its time by state.

    `shares` divides its time into states; without it, only what the step declares about itself is known.
    """
    track = store.tracks[lane]
    record = track.records[place]
    start, end, waited = int(record["start_ns"]), int(record["end_ns"]), int(track.waited[place])
    step = store.name_of(record)
    lines = [f"Task {int(record['task']):,}: {step}" + ("" if record["flags"] & OK else ", failed")]
    lines.append(f"{store.lanes[lane].worker}, process {store.lanes[lane].pid}")
    lines.append(f"from {start / 1e9:.6f} s, took {figures.seconds((end - start) / 1e9)}")
    lines += _spent(track, place, end - start, waited) if shares is None else [spent_words(store, shares, lane, place)]
    due = store.due_ns(int(record["task"]), lane)
    if due is not None:
        lines.append(f"its task had arrived at {due / 1e9:.6f} s")
    if record["flags"] & SAMPLED:
        lines.append("one of a sample: others like it were not recorded")
    return [line for line in lines if line]


def _spent(track: PhaseTrack, place: int, took_ns: int, waited_ns: int) -> list[str]:
    wait, rest = track.kinds(place)
    lines = []
    if waited_ns > 0:
        lines.append(f"{_WAITED.get(wait, 'waited')} {figures.seconds(waited_ns / 1e9)}")
    if took_ns > waited_ns:
        lines.append(f"{_REST[rest]} {figures.seconds((took_ns - waited_ns) / 1e9)}")
    return lines


def task_words(store: PhaseStore, task: Found) -> str:
    """Return a task's whole path in a line: when it arrived, how long it queued, each phase, when it was done."""
    track = store.tracks[task.lane]
    number = int(track.records["task"][task.place])
    due = store.due_ns(number, task.lane)
    parts = []
    if due is not None:
        parts.append(f"arrived at {due / 1e9:.4f} s, queued {figures.seconds((task.begin_ns - due) / 1e9)}")
    place = task.place
    while place > 0 and track.records["task"][place - 1] == number:
        place -= 1
    for each in range(place, task.place + 1):
        record = track.records[each]
        name = store.name_of(record)
        failed = "" if record["flags"] & OK else " (failed)"
        parts.append(f"{name} {figures.seconds(int(record['end_ns'] - record['start_ns']) / 1e9)}{failed}")
    begin = task.begin_ns if due is None else due
    parts.append(f"done at {task.end_ns / 1e9:.4f} s, after {figures.seconds((task.end_ns - begin) / 1e9)}")
    return f"Task {number:,} on {store.lanes[task.lane].worker}: " + " → ".join(parts)
