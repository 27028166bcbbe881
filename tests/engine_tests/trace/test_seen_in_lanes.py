"""How many processes and threads a run had at the least, by its lane files."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.trace.lane_processes import ThreadLife, at_one_time
from engine.wire.client import Conductor
from tests.conducting import experiment, run

TOGETHER = [ThreadLife(7, 8, 0, 30), ThreadLife(7, 9, 10, 40)]


@pytest.mark.parametrize(
    ("lives", "expected"),
    [
        ([], (0, 0)),
        ([ThreadLife(7, 7, 0, 10)], (1, 1)),
        (TOGETHER, (1, 3)),  # the process's first thread waits for them
        ([*TOGETHER, ThreadLife(7, 7, 20, 50)], (1, 3)),
        ([ThreadLife(7, 8, 0, 10), ThreadLife(7, 9, 20, 30)], (1, 2)),  # one after the other
        ([ThreadLife(7, 7, 0, 30), ThreadLife(8, 8, 10, 40), ThreadLife(9, 9, 50, 60)], (2, 2)),
    ],
)
def test_those_count_that_were_there_at_one_time(lives: list[ThreadLife], expected: tuple[int, int]) -> None:
    assert at_one_time(lives, main_threads=True) == expected


def test_elsewhere_it_is_not_known_which_thread_is_a_process_s_first() -> None:
    assert at_one_time(TOGETHER, main_threads=False) == (1, 2)


def test_a_run_that_is_over_at_once_had_its_threads_all_the_same(tmp_path: Path) -> None:
    with Conductor() as conductor:
        result = run(conductor, experiment([{"kind": "sleep", "duration_ms": 15.0}], "threads", 4, tasks=8))
    assert result["processes"]["peak"] == 1
    assert result["processes"]["threads_peak"] >= 4
