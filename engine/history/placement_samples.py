"""What a run's placements add to its samples: which core each worker's thread was seen on, and how often it moved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.record.placements import PlacementReader

Sample = tuple[str, str, object, str]  # measure, subject, value, unit


def placement_samples(folder: Path) -> Iterator[tuple[float, Sample]]:
    """Yield time and figure: `thread_core` whenever a thread was seen on another core, `thread_moves` at the end.

    Each is the system's: a core's number as `core0` counts them, and its own count of moves (None where it has none).
    """
    reader = PlacementReader(folder)
    reader.refresh()
    subjects = [f"thread {each.thread} of {each.pid}" for each in reader.threads]
    last: dict[int, int] = {}
    for time_ns, thread, core, _ in reader.records.tolist():
        if thread < len(subjects) and core >= 0 and last.get(thread) != core:
            last[thread] = core
            yield round(time_ns / 1e9, 6), ("thread_core", subjects[thread], core, "core")
    for each, subject in zip(reader.threads, subjects, strict=True):
        yield round(reader.until_ns / 1e9, 6), ("thread_moves", subject, each.moves, "1")
