"""That a test which is alone is."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from tests.taking_turns import Turns, turns_of

LIMIT_S = 20.0
pytestmark = pytest.mark.skipif(os.name != "posix", reason="files are locked another way")


@pytest.fixture
def suite() -> Iterator[tuple[Turns, Turns]]:
    """Two processes' turns of one suite."""
    both = Turns(f"itself-{os.getpid()}"), Turns(f"itself-{os.getpid()}")
    yield both
    for each in both:
        each.close()


@pytest.mark.parametrize(
    ("first", "second", "waits"), [(False, False, False), (False, True, True), (True, False, True)]
)
def test_nothing_runs_beside_what_is_alone(suite: tuple[Turns, Turns], first: bool, second: bool, waits: bool) -> None:
    ours, theirs = suite
    runs = threading.Event()

    def run() -> None:
        with theirs.turn(alone=second):
            runs.set()

    other = threading.Thread(target=run)
    with ours.turn(alone=first):
        other.start()
        assert runs.wait(0.05 if waits else LIMIT_S) != waits
    assert runs.wait(LIMIT_S)
    other.join()


def test_a_suite_in_one_process_has_no_turns() -> None:
    assert turns_of(None) is None
