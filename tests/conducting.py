"""Experiments for a real conductor, and what a test waits for and looks at."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import psutil

from engine.record.run_folder import new_run_id
from engine.wire.client import Conductor
from engine.wire.commands import COMMANDS
from engine.wire.facts import FACTS, Fact
from engine.wire.protocol import encode_message, message_of

LIMIT_S = 60.0


def experiment(steps: list[dict[str, Any]], kind: str = "threads", workers: int = 2, **rest: Any) -> dict[str, Any]:
    """Return an experiment in its file's shape; `rest` is the workload's amount, arrivals and seed."""
    model = {"kind": kind, "workers": workers}
    if "start_method" in rest:
        model["start_method"] = rest.pop("start_method")
    return {"format": 1, "title": "A test", "workload": {**rest, "steps": steps}, "model": model}


def code(source: str) -> dict[str, Any]:
    """Return a step that is a function of the user's."""
    return {"kind": "python", "source": source}


def start(conductor: Conductor, what: dict[str, Any], **options: Any) -> str:
    """Send the start of a run, outside the history unless told otherwise; return its id."""
    run_id = new_run_id()
    send(conductor, "start", run_id=run_id, experiment=what, options={"history": False, "trust": True, **options})
    return run_id


def send(conductor: Conductor, kind: str, **values: Any) -> None:
    """Send a command that is given as its line has it."""
    conductor.send(message_of({"type": kind, **values}, COMMANDS))


def ask(conductor: Conductor, kind: str, answer: str, **values: Any) -> dict[str, Any]:
    """Send a command, and return the next fact of the type `answer`, both as their lines have them."""
    return as_json(conductor.ask(message_of({"type": kind, **values}, COMMANDS), FACTS[answer]))


def as_json(fact: Fact) -> dict[str, Any]:
    """Return a fact as its line has it."""
    return dict(json.loads(encode_message(fact)))


def facts_until(conductor: Conductor, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Return the facts until the first that is wanted, that one included."""
    found = []
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        fact = conductor.next_fact(0.5)
        if fact is not None:
            found.append(as_json(fact))
            if wanted(found[-1]):
                return found
    raise AssertionError(f"it did not come within {LIMIT_S:g} s; there came {[each['type'] for each in found]}")


def until_ended(conductor: Conductor) -> list[dict[str, Any]]:
    """Return the facts until the run's end."""
    return facts_until(conductor, lambda fact: fact["type"] in ("ended", "refused"))


def run(conductor: Conductor, what: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Run an experiment to its end, and return its result."""
    start(conductor, what, **options)
    last = until_ended(conductor)[-1]
    assert last["type"] == "ended", last
    return dict(last["result"])


def is_stage(stage: str) -> Callable[[dict[str, Any]], bool]:
    """Return what waits for a run to come to a stage."""
    return lambda fact: fact["type"] == "state" and fact["stage"] == stage


def wait_until(holds: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    """Wait for a condition; fail if it does not hold in time."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def family(pid: int) -> list[int]:
    """Return the processes that a process started, and they in turn."""
    return [each.pid for each in psutil.Process(pid).children(recursive=True)]
