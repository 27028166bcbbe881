"""What held up an event loop, from looks at its thread, and what is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.insight.watch_sentences import watch_sentences
from engine.record.look_file import LookState
from engine.trace.loop_pauses import LoopPauses, loop_pauses

MS = 1_000_000
LETTERS = {
    "E": LookState.LOOP,
    "R": LookState.RUNNING,
    "G": LookState.GIL,
    "S": LookState.SLEEP,
    "N": LookState.NETWORK,
}


def holds(letters: str, every_ms: int = 10) -> list[LoopPauses] | None:
    """Return what held it up, from a look every few milliseconds."""
    states = np.array([LETTERS[each] for each in letters], np.uint8)
    times = np.arange(len(states), dtype=np.int64) * every_ms * MS
    return loop_pauses(times, states, np.ones(len(states), np.int64))


def test_a_thread_that_is_never_in_epoll_has_no_loop() -> None:
    assert holds("RSRSRSRSRS") is None
    assert holds("EEEEE") == []


def test_a_wait_elsewhere_holds_the_loop_up_if_it_is_long() -> None:
    assert holds("EE" + "S" * 8 + "EE" + "SSS" + "EE" + "S" * 6 + "EE") == [
        LoopPauses(LookState.SLEEP, 2, 140 * MS, 80 * MS)
    ]


def test_running_and_wanting_the_gil_are_being_busy_and_what_is_longest_comes_first() -> None:
    assert holds("EE" + "RRGGRR" + "EE" + "N" * 9 + "E") == [
        LoopPauses(LookState.NETWORK, 1, 90 * MS, 90 * MS),
        LoopPauses(LookState.RUNNING, 1, 60 * MS, 60 * MS),
    ]


def test_what_was_before_the_loop_and_after_it_does_not_count() -> None:
    assert holds("R" * 50 + "EEEEE" + "S" * 50) == []


def said_of(state: str, times: int, total_s: float) -> str:
    ledger = {"cpu": 4.0, "io_wait": 0.0}
    threads = [{"pid": 1, "tid": 1, "name": "", "ledger_s": ledger, "unseen_s": 0.0, "last": None}]
    held = [{"in": state, "times": times, "total_s": total_s, "longest_s": 0.24}]
    result: dict[str, Any] = {"status": "finished", "threads": threads}
    result["loop"] = [{"pid": 1, "tid": 1, "worker": "MainThread", "held": held}]
    return " ".join(watch_sentences(result, 2))


def test_what_held_a_loop_up_is_said_where_it_was_often_and_long() -> None:
    words = "The event loop of MainThread was blocked in a network call for 50 ms or longer 13 times, 240 ms at most"
    assert words in said_of("network", 13, 1.0)
    assert "event loop" not in said_of("network", 2, 1.0)
    assert "event loop" not in said_of("network", 13, 0.1)


def test_a_busy_loop_is_not_said_to_be_blocked() -> None:
    said = said_of("running", 13, 1.0)
    assert "one long call each, or many short ones" in said
    assert "blocked" not in said
    assert "nothing else" not in said
