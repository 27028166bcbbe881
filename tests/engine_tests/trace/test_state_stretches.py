"""Looks at one thread become stretches: until the next state, or until the last look before a gap."""

from __future__ import annotations

import numpy as np

from engine.trace.state_stretches import state_stretches

MS = 1_000_000


def stretches(*looks: tuple[int, int], rounds: int = 1) -> list[tuple[int, int, int]]:
    times, states = (np.array(each, np.int64) for each in zip(*looks, strict=True))
    found = state_stretches(times * MS, states, np.full(len(looks), rounds))
    return [(begin // MS, end // MS, state) for begin, end, state in found]


def test_a_stretch_lasts_until_another_state_is_seen() -> None:
    assert stretches((0, 1), (10, 1), (20, 2), (30, 2), (40, 1)) == [(0, 20, 1), (20, 40, 2), (40, 40, 1)]


def test_nothing_is_said_of_a_gap() -> None:
    assert stretches((0, 1), (10, 1), (900, 1), (910, 1)) == [(0, 10, 1), (900, 910, 1)]
    assert stretches((0, 1), (10, 1), (900, 2), (910, 2)) == [(0, 10, 1), (900, 910, 2)]


def test_a_look_that_stands_for_many_rounds_may_be_as_many_times_as_far_from_the_next() -> None:
    assert stretches((0, 1), (900, 1), rounds=4) == [(0, 900, 1)]


def test_no_look_is_no_stretch() -> None:
    nothing = np.empty(0, np.int64)
    assert list(state_stretches(nothing, nothing, nothing)) == []
