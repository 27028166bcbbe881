"""Who held the GIL, concluded from looks that are given: rounds of states, without any process."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.record.look_file import GIL_READ, HOLDS_GIL, NO_CPU, LookState, LookThread
from engine.record.look_reader import LOOK_DTYPE
from engine.trace.gil_holder import NOBODY, UNKNOWN, gil_figures, holder_segments

MS = 1_000_000
THREADS = [LookThread(7, tid, "", 0) for tid in (70, 71, 72)]
STATES = {"R": LookState.RUNNING, "G": LookState.GIL, "S": LookState.SLEEP, "L": LookState.LOCK}


def rounds(*of_thread: str, every_ns: int = MS, cpu_us: dict[tuple[int, int], int] | None = None) -> NDArray[np.void]:
    """Return looks at threads 0, 1, ...: a letter a round each; `cpu_us` by (round, thread)."""
    found = []
    for number in range(len(of_thread[0])):
        for thread, states in enumerate(of_thread):
            cpu = (cpu_us or {}).get((number, thread), NO_CPU)
            found.append((number * every_ns, cpu, thread, 0, STATES[states[number]], 0))
    return np.array(found, LOOK_DTYPE)


def said(looks: NDArray[np.void]) -> list[int]:
    """Return who held it at each round's instant (the first and the last are the edges)."""
    segments = holder_segments(looks, THREADS, 7)
    at_ns = np.unique(looks["time_ns"])
    at_ns[-1] -= 1
    return [int(each) for each in segments.holder[np.searchsorted(segments.end_ns, at_ns, side="right")]]


def test_the_only_one_that_runs_holds_it() -> None:
    assert said(rounds("RRGG", "GGRR")) == [0, 0, 1, 1]


def test_nobody_holds_it_where_nobody_wants_it() -> None:
    assert said(rounds("RSS", "SSR")) == [0, NOBODY, 1]


def test_it_is_not_known_where_all_wait_for_it() -> None:
    assert said(rounds("RGG", "GGR")) == [0, UNKNOWN, 1]


def test_who_held_it_before_and_after_and_runs_held_it_in_between() -> None:
    assert said(rounds("RRR", "GRG", "GGG")) == [0, 0, 0]
    assert said(rounds("RRG", "GRR", "GGG")) == [0, UNKNOWN, 1]
    assert said(rounds("RGR", "GRG", "GRG")) == [0, UNKNOWN, 0]
    assert said(rounds("RRRRRR", "GRRRRG", "GGGGGG")) == [0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 0]


def test_of_several_the_one_whose_time_went_on_holds_it() -> None:
    looks = rounds("RRR", "GRR", "GGG", cpu_us={(1, 0): 20, (1, 1): 900, (2, 1): 800})
    assert said(looks) == [0, 1, 1]


def test_several_that_run_while_nobody_waits_are_not_told_apart() -> None:
    looks = rounds("RRR", "GRR")
    assert said(looks) == [0, UNKNOWN, UNKNOWN]


def test_the_interpreters_own_word_decides() -> None:
    looks = rounds("RR", "RR")
    looks["flags"] = GIL_READ
    looks["flags"][looks["thread"] == 1] |= HOLDS_GIL
    assert said(looks) == [1, 1]
    looks["flags"] = GIL_READ
    assert said(looks) == [NOBODY, NOBODY]


def test_threads_that_run_no_python_do_not_count() -> None:
    looks = rounds("RRGG" * 10, "GGRR" * 10, "R" * 40)
    assert said(looks) == [0, 0, 1, 1] * 10
    assert UNKNOWN in holder_segments(looks, THREADS, 7, python=[72]).holder


def test_other_processes_are_left_out() -> None:
    looks = rounds("RG", "GR", "RR")
    threads = [*THREADS[:2], LookThread(9, 90, "", 0)]
    assert holder_segments(looks, threads, 7).holder.tolist() == [0, 1]
    assert holder_segments(looks, threads, 8).holder.tolist() == []


def test_long_gaps_are_not_known_and_segments_leave_no_hole() -> None:
    looks = rounds("RRGG", "GGRR")
    looks["time_ns"][looks["time_ns"] >= 2 * MS] += 500 * MS
    segments = holder_segments(looks, THREADS, 7)
    assert segments.holder.tolist() == [0, UNKNOWN, 1]
    assert segments.start_ns[1:].tolist() == segments.end_ns[:-1].tolist()
    assert (segments.end_ns[1] - segments.start_ns[1]) == 501 * MS


def test_figures_add_up() -> None:
    figures = gil_figures(holder_segments(rounds("R" * 5 + "G" * 5 + "R" * 5, "G" * 5 + "R" * 5 + "G" * 5), THREADS, 7))
    assert figures.span_ns == sum(figures.held_ns.values()) == 14 * MS
    assert figures.handovers == 2
    assert figures.stretch_p50_ns == 5 * MS
    clipped = holder_segments(rounds("R" * 10, "G" * 10), THREADS, 7).clipped(2 * MS, 4 * MS)
    assert gil_figures(clipped).held_ns == {0: 2 * MS}


def test_a_stretch_that_is_too_short_for_the_looks_is_not_said_to_be_as_long_as_they_are_apart() -> None:
    often = gil_figures(holder_segments(rounds("RG" * 40, "GR" * 40), THREADS, 7))
    assert (often.stretch_p50_ns, often.stretch_p90_ns) == (None, None)
    assert often.shorter_than_ns == pytest.approx(1.5 * MS)
    seldom = gil_figures(holder_segments(rounds(("R" * 5 + "G" * 5) * 8, ("G" * 5 + "R" * 5) * 8), THREADS, 7))
    assert seldom.shorter_than_ns is None
    assert seldom.stretch_p50_ns == 5 * MS
