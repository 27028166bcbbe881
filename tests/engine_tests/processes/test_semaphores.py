"""Semaphores of a run that is killed: they are removed, also without their tracker, and nothing is said of them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from engine.processes.semaphores import semaphores_of, without_warnings
from engine.wire.client import Conductor
from tests.conducting import code, experiment, facts_until, send, start, until_ended, wait_until

WITHIN_S = 2.0
FOREVER = """
import time
def task(item):
    print("mine", flush=True)
    while True:
        time.sleep(0.01)
"""
WARNING = (
    b"/usr/lib/python3.11/multiprocessing/resource_tracker.py:254: UserWarning: resource_tracker: There appear to be "
    b"5 leaked semaphore objects to clean up at shutdown\n  warnings.warn('resource_tracker: There appear to be %d '\n"
)
linux = pytest.mark.skipif(sys.platform != "linux", reason="where semaphores show as files")


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        yield conductor


@pytest.mark.parametrize("rest", [b"", b"  warnings.warn(\n mine", b"resource_tracker.py is a file\n"])
def test_a_trackers_warning_is_taken_out_and_nothing_else(rest: bytes) -> None:
    assert without_warnings(b"before\n" + WARNING + rest) == b"before\n" + rest
    assert without_warnings(WARNING.partition(b"\n")[0] + b": {'/mp-1'}\nafter") == b"after"


@linux
@pytest.mark.parametrize("start_method", ["spawn", "forkserver"])
@pytest.mark.parametrize("end", ["stop", "host", "tracker and stop"])
def test_a_killed_run_leaves_no_semaphore_and_no_word_of_them(
    conductor: Conductor, end: str, start_method: str
) -> None:
    run_id = start(conductor, experiment([code(FOREVER)], "process-pool", 2, tasks=4, start_method=start_method))
    seen = facts_until(conductor, lambda fact: fact["type"] == "output" and "mine" in fact["text"])
    seen += facts_until(conductor, lambda fact: fact["type"] == "tick")
    made = semaphores_of(seen[-1]["processes"][0]["pid"])  # of the run: other programs make some too
    assert made
    if "tracker" in end:
        os.kill(tracker_of(seen[-1]["processes"]), signal.SIGKILL)
    if "stop" in end:
        send(conductor, "stop", run_id=run_id)
    else:
        os.kill(seen[-1]["processes"][0]["pid"], signal.SIGKILL)
    seen += until_ended(conductor)
    said = "".join(fact["text"] for fact in seen if fact["type"] == "output")
    assert said.replace("mine", "").strip() == ""
    wait_until(lambda: not any(map(os.path.exists, made)), WITHIN_S)


def tracker_of(processes: list[dict[str, Any]]) -> int:
    pids = [int(each["pid"]) for each in processes]
    return next(pid for pid in pids if "resource_tracker" in " ".join(psutil.Process(pid).cmdline()))
