"""What is kept of a watch's last seconds: as much after an hour as after a minute."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest

from engine.record.look_reader import LOOK_DTYPE
from engine.watch.recent import RecentPast

TICK_NS = 100_000_000
LOOKS = 500  # in a tick


def test_looks_from_before_the_last_seconds_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    now_ns = 0
    monkeypatch.setattr(time, "perf_counter_ns", lambda: now_ns)
    past, kept, counts = RecentPast(0), [], []
    tracemalloc.start()
    try:
        for number in range(1200):
            now_ns = number * TICK_NS
            looks = np.zeros(LOOKS, LOOK_DTYPE)
            looks["time_ns"] = now_ns
            past.take(looks, (), np.zeros((1, 8)))
            if number % 10 == 9:  # they are read once a second
                found = past.looks()
                assert found is not None
                counts.append(len(found))
                kept.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert max(counts[20:]) <= 101 * LOOKS  # ten seconds
    assert max(kept[60:]) < 1.5 * max(kept[20:40])
