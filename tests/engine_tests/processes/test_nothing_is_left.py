"""Whatever is killed, nothing of ours is left; and what is told to end ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from engine.wire.client import Conductor, ConductorDiedError
from tests.conducting import (
    alive,
    code,
    experiment,
    facts_until,
    family,
    is_stage,
    run,
    send,
    start,
    until_ended,
    wait_until,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
WITHIN_S = 2.0
SLEEP = {"kind": "sleep", "duration_ms": 2.0}
HTTP = {"kind": "http-get", "delay_ms": 2.0}
# A workload that leaves a process behind which is in a session of its own and has lost its parent.
STRAY = """
import os, time
if not os.path.exists("stray"):
    first = os.fork()
    if first == 0:
        os.setsid()
        if os.fork() == 0:
            with open("stray.new", "w") as file:
                file.write(str(os.getpid()))
            os.rename("stray.new", "stray")
            time.sleep(600)
        os._exit(0)
    os.waitpid(first, 0)

def task(item):
    time.sleep(0.01)
"""


@pytest.fixture
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        yield conductor


@pytest.fixture(scope="module")
def lasting() -> Iterator[Conductor]:
    """A conductor for all tests here that leave it alone."""
    with Conductor() as conductor:
        yield conductor


def started(conductor: Conductor, what: dict[str, Any]) -> tuple[str, list[int]]:
    """Start a run and wait until it is in the middle; return its id and every process of it, the host first."""
    run_id = start(conductor, what)
    facts = facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["tasks"]["done"] > 5)
    return run_id, [process["pid"] for process in facts[-1]["processes"]]


@pytest.mark.parametrize("kind", ["threads", "processes", "process-pool", "asyncio"])
def test_a_killed_host_takes_its_children_with_it_and_the_conductor_goes_on(lasting: Conductor, kind: str) -> None:
    _, pids = started(lasting, experiment([SLEEP], kind, 3, until_stopped=True))
    os.kill(pids[0], signal.SIGKILL)
    result = until_ended(lasting)[-1]["result"]
    assert result["status"] == "failed"
    assert result["reason"].startswith(f"the host process (pid {pids[0]}) was killed by SIGKILL")
    assert result["tasks"]["done"] > 5
    wait_until(lambda: not any(map(alive, pids)), WITHIN_S)
    assert run(lasting, experiment([SLEEP], tasks=3))["status"] == "finished"


@pytest.mark.parametrize("start_method", ["spawn", "forkserver", "fork"])
@pytest.mark.parametrize("kind", ["processes", "process-pool"])
def test_a_killed_child_fails_the_run_and_nothing_is_left(lasting: Conductor, kind: str, start_method: str) -> None:
    what = experiment([SLEEP], kind, 3, until_stopped=True, start_method=start_method)
    start(lasting, what)
    facts = facts_until(lasting, lambda fact: fact["type"] == "tick" and len(fact["lanes"]) == 3)
    pids = [process["pid"] for process in facts[-1]["processes"]]
    os.kill(facts[-1]["lanes"][0]["pid"], signal.SIGKILL)
    result = until_ended(lasting)[-1]["result"]
    assert result["status"] == "failed"
    assert result["reason"]
    wait_until(lambda: not any(map(alive, pids)), WITHIN_S)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_killed_conductor_leaves_nothing(conductor: Conductor, kind: str) -> None:
    started(conductor, experiment([HTTP], kind, 2, until_stopped=True))
    pids = family(conductor.pid)
    assert len(pids) >= 3  # its guard, the service, the host ...
    os.kill(conductor.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(alive, pids)), WITHIN_S)
    with pytest.raises(ConductorDiedError, match="SIGKILL"):
        list(conductor.facts())


def test_closing_the_input_ends_everything_in_the_middle_of_a_run() -> None:
    conductor = Conductor()
    started(conductor, experiment([HTTP], "processes", 2, until_stopped=True))
    pids = [conductor.pid, *family(conductor.pid)]
    conductor.close()
    wait_until(lambda: not any(map(alive, pids)), WITHIN_S)
    assert conductor._process.returncode == 0


linux_strays = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux shows what left its group and lost its parent"
)


@pytest.mark.parametrize("end", ["host", "stop"])
@linux_strays
def test_not_even_a_stray_of_a_run_is_left(lasting: Conductor, end: str) -> None:
    assert_no_stray_is_left(lasting, end)
    until_ended(lasting)


@pytest.mark.parametrize("end", ["conductor", "close"])
@linux_strays
def test_not_even_a_stray_of_a_conductor_is_left(conductor: Conductor, end: str) -> None:
    assert_no_stray_is_left(conductor, end)


def assert_no_stray_is_left(conductor: Conductor, end: str) -> None:
    run_id, pids = started(conductor, experiment([code(STRAY)], "threads", 2, until_stopped=True))
    wait_until(lambda: stray_of(conductor))
    stray = stray_of(conductor)
    assert stray
    assert os.getsid(stray) != os.getsid(pids[0])
    ends: dict[str, Callable[[], object]] = {
        "host": lambda: os.kill(pids[0], signal.SIGKILL),
        "conductor": lambda: os.kill(conductor.pid, signal.SIGKILL),
        "stop": lambda: send(conductor, "stop", run_id=run_id),
        "close": conductor.close,
    }
    ends[end]()
    wait_until(lambda: not alive(stray), WITHIN_S)


def stray_of(conductor: Conductor) -> int:
    """Return the process that has nothing but its name in common with the host, 0 if there is none yet."""
    hosts = [each for each in psutil.Process(conductor.pid).children() if "engine.host" in " ".join(each.cmdline())]
    strays = [each.pid for each in hosts if os.getpgid(each.pid) != each.pid]
    return strays[0] if strays else 0


def test_a_killed_service_is_started_again_where_it_was(conductor: Conductor) -> None:
    run_id, pids = started(conductor, experiment([HTTP], "threads", 2, until_stopped=True))
    service = pids[-1]
    assert "http" in " ".join(psutil.Process(service).cmdline())
    os.kill(service, signal.SIGKILL)
    failed = facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["tasks"]["failed"] > 0)[-1]
    done = failed["tasks"]["done"]
    facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["tasks"]["done"] > done + 10)
    send(conductor, "stop", run_id=run_id)
    assert until_ended(conductor)[-1]["result"]["status"] == "stopped"


def test_a_killed_guard_is_replaced_and_the_new_one_guards(conductor: Conductor) -> None:
    guard = guard_of(conductor)
    started(conductor, experiment([SLEEP], "processes", 2, until_stopped=True))
    os.kill(guard, signal.SIGKILL)
    wait_until(lambda: guard_of(conductor) not in (0, guard))
    pids = family(conductor.pid)
    os.kill(conductor.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(alive, pids)), WITHIN_S)


def guard_of(conductor: Conductor) -> int:
    children = psutil.Process(conductor.pid).children()
    found = [each.pid for each in children if alive(each.pid) and "guard_process" in " ".join(each.cmdline())]
    return found[0] if found else 0


@pytest.mark.parametrize("stage", ["starting", "measuring"])
def test_a_conductor_that_is_terminated_ends_everything(conductor: Conductor, stage: str) -> None:
    start(conductor, experiment([SLEEP], "processes", 2, until_stopped=True))
    facts_until(conductor, is_stage(stage))
    pids = family(conductor.pid)
    os.kill(conductor.pid, signal.SIGTERM)
    wait_until(lambda: not any(map(alive, [conductor.pid, *pids])), WITHIN_S)


semaphore_files = pytest.mark.skipif(sys.platform != "linux", reason="where semaphores show as files")


@pytest.mark.parametrize("end", ["host", "stop"])
@semaphore_files
def test_no_semaphore_of_a_run_is_left(lasting: Conductor, end: str) -> None:
    assert_no_semaphore_is_left(lasting, end)
    until_ended(lasting)


@semaphore_files
def test_no_semaphore_of_a_conductor_is_left(conductor: Conductor) -> None:
    assert_no_semaphore_is_left(conductor, "conductor")


def assert_no_semaphore_is_left(conductor: Conductor, end: str) -> None:
    before = semaphores()
    forever = code("def task(item):\n    while item >= 20:\n        pass\n")
    what = experiment([forever], "process-pool", 2, until_stopped=True, start_method="spawn")
    run_id, pids = started(conductor, what)
    assert semaphores() - before
    if end == "stop":
        send(conductor, "stop", run_id=run_id)
    else:
        os.kill({"host": pids[0], "conductor": conductor.pid}[end], signal.SIGKILL)
    wait_until(lambda: not semaphores() - before, WITHIN_S)


def semaphores() -> set[str]:
    return {name for name in os.listdir("/dev/shm") if name.startswith("sem.mp-")}
