"""A process that a run leaves behind with nothing that tells whose it is; and that nothing of ours is taken for one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.processes.guard import Guard, start_options
from engine.processes.spawn import is_stranger
from engine.processes.spawn import spawn as start_process
from engine.wire.client import Conductor
from tests.conducting import alive, code, experiment, facts_until, run, send, start, until_ended, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a process of our choice")
WITHIN_S = 2.0
# Twice forked, in a session of its own, and executed with an empty environment.
WIPED = """
import os, sys, time

def task(item):
    if item == 0:
        first = os.fork()
        if first == 0:
            os.setsid()
            if os.fork() == 0:
                with open({file!r} + ".new", "w") as file:
                    file.write(str(os.getpid()))
                os.rename({file!r} + ".new", {file!r})
                os.execve(sys.executable, [sys.executable, "-S", "-c", "import time; time.sleep(600)"], dict())
            os._exit(0)
        os.waitpid(first, 0)
    time.sleep(0.01)
"""


@pytest.mark.parametrize("end", ["stop", "host", "close", "conductor"])
def test_a_stray_without_our_mark_ends_with_its_run(tmp_path: Path, end: str) -> None:
    file = tmp_path / "stray"
    with Conductor() as conductor:
        what = experiment([code(WIPED.format(file=str(file)))], "process-pool", 2, until_stopped=True)
        run_id = start(conductor, what)
        wait_until(file.exists)
        stray = int(file.read_text())
        wait_until(lambda: b"GILSCOPE" not in Path(f"/proc/{stray}/environ").read_bytes())
        seen = facts_until(conductor, lambda fact: stray in [each["pid"] for each in fact.get("processes", ())])
        host = seen[-1]["processes"][0]["pid"]
        ends: dict[str, Callable[[], object]] = {
            "stop": lambda: send(conductor, "stop", run_id=run_id),
            "host": lambda: os.kill(host, signal.SIGKILL),
            "close": conductor.close,
            "conductor": lambda: os.kill(conductor.pid, signal.SIGKILL),
        }
        ends[end]()
        wait_until(lambda: not alive(stray), WITHIN_S)


def test_what_the_conductor_started_is_no_stray() -> None:
    with Conductor() as conductor:
        run(conductor, experiment([{"kind": "http-get"}], tasks=3))
        start(conductor, experiment([{"kind": "http-get"}], "processes", tasks=30))
        ours = facts_until(conductor, lambda fact: fact["type"] == "tick")[-1]["processes"]
        assert until_ended(conductor)[-1]["result"]["status"] == "finished"
        service = next(each["pid"] for each in ours if each["role"] == "service")
        assert alive(service)
        assert run(conductor, experiment([{"kind": "http-get"}], tasks=3))["tasks"] == {"done": 3, "failed": 0}


def test_only_what_was_started_elsewhere_is_a_stranger() -> None:
    ours = start_process(["sleep", "60"], **start_options())
    helper = subprocess.Popen(["sleep", "60"])  # as the standard library starts one
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        assert not is_stranger(ours.pid, 0)
        assert not is_stranger(helper.pid, 0)
        assert is_stranger(other.pid, 0)
    finally:
        for process in (ours, helper, other):
            process.kill()
            process.wait()
    assert not is_stranger(other.pid, 0)  # it is gone


def test_the_guard_takes_no_other_process_for_a_stray() -> None:
    same = subprocess.Popen(["sleep", "60"], start_new_session=True)
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        guard = Guard()
        guard.watch_escaped(same.pid)
        guard._add(f"stray {other.pid} 1")  # as one that began long ago and had its number
        guard.close()
        wait_until(lambda: not alive(same.pid), WITHIN_S)
        assert alive(other.pid)
    finally:
        for process in (same, other):
            process.kill()
            process.wait()
