"""Python stacks of programs that were not prepared for it: where threads stand, and which functions hold the GIL."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.record.look_file import LookState
from engine.watch.function_counts import FunctionCounts
from engine.watch.stacks import StackFrame, ThreadStack, find_py_spy
from engine.wire.client import Conductor
from tests.commands import gilscope
from tests.conducting import facts_until, send, until_ended, wait_until
from tests.interpreters import free_threaded_interpreter

needs_py_spy = pytest.mark.skipif(
    sys.platform != "linux" or find_py_spy() is None, reason="py-spy is not here, or reads no other process"
)

PROGRAM = """
import threading, time
lock = threading.Lock()
def spins():
    while True:
        pass
def sleeps():
    with lock:
        time.sleep(1000)
def wants():
    with lock:
        pass
threads = [threading.Thread(target=each, name=each.__name__, daemon=True) for each in (spins, sleeps, wants)]
for thread in threads:
    thread.start()
    time.sleep(0.05)
print("ready", flush=True)
threads[0].join()
"""


@pytest.fixture
def program(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """Return a program whose threads stand where they are known to stand."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM, encoding="utf-8")
    python = free_threaded_interpreter().path if getattr(request, "param", "") == "free-threaded" else sys.executable
    started = subprocess.Popen([python, str(script)], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


@needs_py_spy
def test_where_every_thread_stands_is_told_with_its_state(program: subprocess.Popen[str], tmp_path: Path) -> None:
    ended = gilscope(tmp_path / "data", "watch", "--pid", str(program.pid), "--where", "--json")
    threads = {each["name"]: each for each in json.loads(ended.stdout)["threads"]}
    assert threads["spins"]["state"] == "cpu"
    assert threads["sleeps"]["state"] == "io_wait"
    assert threads["wants"]["state"] == "lock_wait"
    assert "in wants" in threads["wants"]["stack"][0]
    told = gilscope(tmp_path / "data", "watch", "--pid", str(program.pid), "--where").stdout
    assert f"sleeps {threads['sleeps']['tid']}: sleeping\n" in told
    assert f"wants {threads['wants']['tid']}: waiting for a lock\n" in told


def _located(conductor: Conductor) -> dict[str, str]:
    """Return each thread's state, by the name that it has in Python."""
    send(conductor, "locate", run_id="watched")
    located = facts_until(conductor, lambda fact: fact["type"] == "located")[-1]
    return {each["name"].partition(" ")[0]: each["state"] for each in located["workers"]}


@needs_py_spy
def test_functions_are_sampled_and_threads_called_as_python_calls_them(
    program: subprocess.Popen[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GILSCOPE_DATA", str(tmp_path / "data"))
    with Conductor() as conductor:
        send(conductor, "watch", run_id="watched", target={"pid": program.pid})
        facts_until(conductor, lambda fact: fact["type"] == "tick" and len(fact["lanes"]) == 4)
        wait_until(lambda: all(_located(conductor).values()))  # a thread that was not looked at yet has no state
        states = _located(conductor)
        assert (states["spins"], states["wants"]) == ("cpu", "lock_wait")
        send(conductor, "sample_stacks", run_id="watched", on=True)
        facts_until(conductor, lambda fact: fact["type"] == "functions" and fact["samples"] >= 8)
        send(conductor, "stop", run_id="watched")
        result: dict[str, Any] = until_ended(conductor)[-1]["result"]
    functions = {each["name"]: each for each in result["functions"]}
    assert functions["spins"]["holds"] > 0.5 * functions["spins"]["seen"]
    assert functions["wants"]["locks"] > 0.8 * functions["wants"]["seen"]
    assert functions["sleeps"]["sleeps"] > 0.8 * functions["sleeps"]["seen"]
    assert {"spins", "sleeps", "wants"} <= {row["name"] for row in result["threads"]}


@needs_py_spy
@pytest.mark.parametrize("program", ["free-threaded"], indirect=True)
def test_a_python_that_cannot_be_read_is_named(program: subprocess.Popen[str], tmp_path: Path) -> None:
    ended = gilscope(tmp_path / "data", "watch", "--pid", str(program.pid), "--where")
    assert ended.returncode in (0, 2)  # a later py-spy may be able to
    if ended.returncode == 2:
        assert "py-spy cannot read this Python" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


def test_a_thread_counts_for_the_innermost_function_of_the_programs_own() -> None:
    library = StackFrame("/usr/lib/python3.13/threading.py", 3, "wait")
    own = StackFrame("/home/me/server.py", 12, "serve")
    counts = FunctionCounts()
    for holds, state in ((True, LookState.RUNNING), (False, LookState.GIL), (False, LookState.SLEEP)):
        counts.take([ThreadStack(1, 2, "", holds, (library, own))], {(1, 2): state})
    [figures] = counts.figures()
    assert (figures.name, figures.file, figures.line, figures.seen) == ("serve", "/home/me/server.py", 12, 3)
    assert (figures.holds, figures.waits, figures.sleeps) == (1, 1, 1)
