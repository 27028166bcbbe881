"""What the looks of a long watch take while they arrive a few at a time."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from engine.trace.picture import run_looks
from engine.trace.picture.run_looks import RunLooks
from tests.looks_writing import in_turn, write_looks
from tests.run_folders import make_run

THREADS = 8
RUN_MS = 12_000
BYTES = 12  # a look at a watched thread: its time, two states and a detail


def test_looks_that_arrive_a_few_at_a_time_take_little_more_than_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_run(tmp_path / "run")
    write_looks(folder, RUN_MS, in_turn(500.0, THREADS), every_ms=2.0)
    RunLooks(folder, watched=True).refresh()  # what is imported on first use does not count
    monkeypatch.setattr(run_looks, "_AT_ONCE", 20 * THREADS)
    looks = RunLooks(folder, watched=True)
    tracemalloc.start()
    try:
        while looks.refresh():
            pass
        took = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    looks.close()
    assert took < 2 * BYTES * THREADS * RUN_MS / 2.0
