"""Turns a run's placements into samples: on which core each worker's thread was seen, and how often it moved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.record.placements import PlacementReader
from engine.wire.tick_samples import Sample


def placement_samples(folder: Path) -> Iterator[tuple[float, Sample]]:
    """Yield time and sample: `thread_core` whenever a thread was seen on another core, `thread_moves` at the end.

    Both come from the system: the core's number, counted as in `core0`, and its count of moves (None without one).
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
