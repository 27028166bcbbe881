"""Who held a lock, concluded from looks that are given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import NO_CPU, LookState
from engine.record.look_reader import LOOK_DTYPE
from engine.trace.lock_holder import lock_holding

MS = 1_000_000
# A letter a look: on the lock (detail 1), on another (detail 2), running, asleep; a blank: not looked at.
STATES = {
    "L": (LookState.LOCK, 1),
    "o": (LookState.LOCK, 2),
    "R": (LookState.RUNNING, 0),
    "S": (LookState.SLEEP, 0),
}


def rounds(*of_thread: str) -> NDArray[np.void]:
    """Return looks at threads 0, 1, ... a millisecond apart."""
    found = []
    for number in range(len(of_thread[0])):
        for thread, letters in enumerate(of_thread):
            if letters[number] != " ":
                state, detail = STATES[letters[number]]
                found.append((number * MS, NO_CPU, thread, detail, state, 0))
    return np.array(found, LOOK_DTYPE)


def held(*of_thread: str) -> dict[int, int]:
    """Return the milliseconds that each thread held the lock for."""
    holding = lock_holding(rounds(*of_thread), {1}, range(len(of_thread)))
    return {thread: ns // MS for thread, ns in holding.held_ns.items()}


def test_the_only_one_that_does_not_wait_holds_it() -> None:
    assert held("SSLLLLL", "LLSSLLL", "LLLLSSS") == {0: 2, 1: 2, 2: 2}  # the last look stands for nothing


def test_where_several_do_not_wait_it_is_not_known_who_holds_it() -> None:
    looks = rounds("SSSLL", "SSLSS", "LLLLL")
    holding = lock_holding(looks, {1}, range(3))
    assert holding.held_ns == {0: MS, 1: MS}
    assert holding.unknown_ns == 2 * MS


def test_nobody_holds_what_all_wait_for() -> None:
    assert held("LLLLLLR", "LLLLLLL") == {}


def test_where_nobody_waits_nobody_is_said_to_hold_it() -> None:
    assert held("RRRR", "SSSS") == {}
    assert held("oooR", "oRRR") == {}


def test_a_round_in_which_not_all_were_looked_at_tells_nothing() -> None:
    assert held("SS L", "LLLS") == {0: 2}


def test_one_thread_alone_shares_nothing() -> None:
    assert held("LLLL") == {}
