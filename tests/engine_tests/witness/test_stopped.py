"""A process that is stopped by a signal: its threads wait for nothing, whatever call they stand in."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from engine.record.look_file import LookState
from engine.watch.thread_state import states_now
from engine.witness.witness import how_to_look
from tests.conducting import wait_until
from tests.looking import SPINNERS, WAITERS, Seen, look_at, program

pytestmark = pytest.mark.skipif(how_to_look()[0] == "none", reason=str(how_to_look()[1]))


def _newest(seen: Seen) -> set[int]:
    return {int(seen.of(name)[-1]["state"]) for name in seen.place if len(seen.of(name))}


@pytest.mark.parametrize("source", [SPINNERS, WAITERS], ids=["spinners", "waiters"])
def test_threads_of_a_stopped_process_are_stopped_until_it_goes_on(source: str, tmp_path: Path) -> None:
    stages = {}
    with program(source, tmp_path, "2") as (pid, threads):
        for stage, sent in (("stopped", signal.SIGSTOP), ("goes on", signal.SIGCONT)):
            os.kill(pid, sent)
            folder = tmp_path / stage
            folder.mkdir()
            is_stopped = sent == signal.SIGSTOP
            stages[stage] = look_at(
                folder,
                pid,
                threads,
                lambda seen, stopped=is_stopped: (_newest(seen) == {LookState.STOPPED}) is stopped,
            )
            assert (set(states_now(pid, threads.values()).values()) == {LookState.STOPPED}) is is_stopped
    stopped, on = stages["stopped"], stages["goes on"]
    assert _newest(stopped) == {LookState.STOPPED}
    assert LookState.STOPPED not in _newest(on)


def test_it_is_seen_within_moments_that_a_process_is_stopped(tmp_path: Path) -> None:
    with program(SPINNERS, tmp_path, "2") as (pid, threads):

        def stop_later(seen: Seen) -> bool:
            if len(seen.of("0")) > 200 and LookState.STOPPED not in seen.looks["state"]:
                os.kill(pid, signal.SIGSTOP)
            return int(sum(seen.looks["state"] == LookState.STOPPED)) > 400

        seen = look_at(tmp_path, pid, threads, stop_later)
        os.kill(pid, signal.SIGCONT)
        wait_until(lambda: LookState.STOPPED not in states_now(pid, threads.values()).values())
    states = seen.of("0")["state"]
    first = int((states == LookState.STOPPED).argmax())
    assert (states[first:] == LookState.STOPPED).all()
    assert not (seen.looks["state"] == LookState.DISK).any(), "it is not a page fault that it waits for"
