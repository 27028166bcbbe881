"""What is done to runs while they go on, and what has to come of it: every model against every fault.

Whatever is done, the run ends with a result, nothing that it started is left, and the next run works.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import psutil

from engine.wire.client import Conductor, ConductorDiedError
from tests.conducting import alive, code, experiment, facts_until, family, send, start, until_ended, wait_until

ENDLESS: Final = {"kind": "sleep", "duration_ms": 5.0}
GONE_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a cell of the table came out: the run's status and reason, and what was wrong, "" if nothing was."""

    status: str
    reason: str
    wrong: str = ""


def _source(line: str) -> dict[str, Any]:
    return code(f"import os, sys, time\ndef task(item):\n    time.sleep(0.002)\n    {line}\n")


def stopped(conductor: Conductor, run_id: str, _: list[dict[str, Any]]) -> None:
    """The person stops it."""
    send(conductor, "stop", run_id=run_id)


def host_killed(_: Conductor, __: str, processes: list[dict[str, Any]]) -> None:
    """The host is killed; under dask the scheduler is in it."""
    os.kill(next(each["pid"] for each in processes if each["role"] == "host"), signal.SIGKILL)


def worker_killed(conductor: Conductor, run_id: str, processes: list[dict[str, Any]]) -> None:
    """One of the host's children is killed; where there is none the host is. Then the run is stopped if it goes on."""
    children = [each["pid"] for each in processes if each["role"] == "child" and not _is_tracker(each["pid"])]
    os.kill(children[-1] if children else processes[0]["pid"], signal.SIGKILL)
    send(conductor, "stop", run_id=run_id)


def conductor_killed(conductor: Conductor, _: str, __: list[dict[str, Any]]) -> None:
    """The conductor is killed."""
    os.kill(conductor.pid, signal.SIGKILL)


def nothing(_: Conductor, __: str, ___: list[dict[str, Any]]) -> None:
    """Nothing from outside: the workload does it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: its name, the step that runs, how many tasks (None: until stopped), what is done, and how it may end."""

    name: str
    step: dict[str, Any]
    tasks: int | None
    do: Callable[[Conductor, str, list[dict[str, Any]]], None]
    statuses: tuple[str, ...]


FAULTS: Final = (
    Fault("stopped", ENDLESS, None, stopped, ("stopped",)),
    Fault("host killed", ENDLESS, None, host_killed, ("failed",)),
    Fault("worker killed", ENDLESS, None, worker_killed, ("failed", "stopped")),
    Fault("conductor killed", ENDLESS, None, conductor_killed, ("lost",)),
    Fault("every task raises", _source("raise ValueError('no')"), 8, nothing, ("failed",)),
    Fault("a task exits", _source("if item == 3: os._exit(7)"), 8, nothing, ("failed", "finished")),
    Fault("a task calls sys.exit", _source("if item == 3: sys.exit(7)"), 8, nothing, ("finished", "failed")),
    Fault("prints 2 MB", _source("print('x' * 250_000)"), 8, nothing, ("finished",)),
)


def suffer(model: str, fault: Fault) -> Outcome:
    """Run one model under one fault, with a conductor of its own."""
    amount: dict[str, Any] = {"until_stopped": True} if fault.tasks is None else {"tasks": fault.tasks}
    with Conductor() as conductor:
        run_id = start(conductor, experiment([fault.step], model, 2, **amount))
        processes: list[dict[str, Any]] = []
        if fault.tasks is None:
            facts = facts_until(conductor, _is_at_work)
            if facts[-1]["type"] != "tick":
                return Outcome("refused", str(facts[-1].get("reason")), "it did not begin")
            processes = facts[-1]["processes"]
        theirs = [*family(conductor.pid), *(each["pid"] for each in processes)]
        fault.do(conductor, run_id, processes)
        try:
            last = until_ended(conductor)[-1]
        except ConductorDiedError as died:
            wait_until(lambda: not any(map(alive, theirs)), GONE_S)
            return Outcome("lost", str(died), "" if "lost" in fault.statuses else "the conductor died")
        if last["type"] != "ended":
            return Outcome("refused", str(last.get("reason")), "it was refused")
        result = last["result"]
        outcome = Outcome(str(result["status"]), str(result.get("reason") or ""))
        wrong = "" if outcome.status in fault.statuses else f"ends {outcome.status}"
        ours = {each["pid"] for each in processes if each["role"] not in ("host", "child")}
        wait_until(lambda: not any(alive(each["pid"]) for each in processes if each["pid"] not in ours), GONE_S)
        again = start(conductor, experiment([ENDLESS], "threads", 2, tasks=4))
        after = until_ended(conductor)[-1]
        if after["type"] != "ended" or after["run_id"] != again or after["result"]["status"] != "finished":
            wrong = wrong or "the next run does not work"
        return Outcome(outcome.status, outcome.reason, wrong)


def _is_at_work(fact: dict[str, Any]) -> bool:
    at_work = fact["type"] == "tick" and fact["tasks"]["done"] > 2 and bool(fact["processes"])
    return at_work or fact["type"] in ("ended", "refused")


def _is_tracker(pid: int) -> bool:
    try:
        command = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return True
    return "resource_tracker" in command or "forkserver" in command
