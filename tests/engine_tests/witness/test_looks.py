"""What threads are seen to do from outside: each waits for one thing that is known."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.processes.guard import Guard
from engine.record.look_file import GIL_READ, HOLDS_GIL, LookState
from engine.record.look_reader import LookReader
from engine.trace.gil_holder import gil_figures, holder_segments
from engine.wire.interpreter import Interpreter
from engine.witness.looker import Looker
from engine.witness.memory.gil_location import held_word
from engine.witness.syscalls import _CALLS, Waits, calls_of
from engine.witness.witness import Witness, how_to_look
from tests.conducting import wait_until
from tests.interpreters import every_interpreter, free_threaded_interpreter
from tests.looking import SPINNERS, WAITERS, Seen, look_at, program

pytestmark = pytest.mark.skipif(how_to_look()[0] == "none", reason=str(how_to_look()[1]))

WAITS_FOR = {
    "sleep": LookState.SLEEP,
    "select": LookState.SLEEP,
    "select of a pipe": LookState.PIPE,
    "select of a socket": LookState.NETWORK,
    "lock": LookState.LOCK,
    "same lock": LookState.LOCK,
    "processes' lock": LookState.LOCK,
    "queue": LookState.LOCK,
    "socket": LookState.NETWORK,
    "socket with a timeout": LookState.NETWORK,
    "pipe": LookState.PIPE,
    "file lock": LookState.LOCK,
    "loop": LookState.LOOP,
    "child": LookState.CHILD,
    "fsync": LookState.DISK,
}


def _settled(seen: Seen) -> bool:
    newest = {name: seen.of(name)[-1]["state"] if len(seen.of(name)) else -1 for name in WAITS_FOR}
    return all(newest[name] == state for name, state in WAITS_FOR.items() if name != "fsync") and bool(
        np.any(seen.of("fsync")["state"] == LookState.DISK)
    )


def _assert_seen(folder: Path, python: str) -> Seen:
    with program(WAITERS, folder, python=python) as (pid, threads):
        seen = look_at(folder, pid, threads, _settled)
    newest = {name: LookState(seen.of(name)[-1]["state"]).name for name in WAITS_FOR if name != "fsync"}
    assert newest == {name: state.name for name, state in WAITS_FOR.items() if name != "fsync"}
    assert seen.share("fsync", LookState.DISK) > 0
    lock, same, queue = (
        {seen.tables.details[place].address for place in seen.of(name)["detail"][-100:]}
        for name in ("lock", "same lock", "queue")
    )
    assert lock == same != queue, "which threads share a lock is seen"
    return seen


def test_what_a_thread_waits_for_is_seen(tmp_path: Path) -> None:
    seen = _assert_seen(tmp_path, sys.executable)
    details = seen.tables.details
    on = {name: details[seen.of(name)[-1]["detail"]] for name in WAITS_FOR}
    assert on["lock"].address
    assert str(on["socket"].name).startswith("socket:")
    assert str(on["pipe"].name).startswith("pipe:")
    disk = seen.of("fsync")[seen.of("fsync")["state"] == LookState.DISK]
    assert any(str(details[each].name).startswith(str(tmp_path)) for each in np.unique(disk["detail"]))


@pytest.mark.matrix
@pytest.mark.parametrize("interpreter", every_interpreter())
def test_it_is_seen_under_every_interpreter(interpreter: Interpreter, tmp_path: Path) -> None:
    _assert_seen(tmp_path, interpreter.path)


def _assert_holder(folder: Path, python: str, gil: bool) -> None:
    with program(SPINNERS, folder, "3", python=python) as (pid, threads):
        seen = look_at(folder, pid, threads, lambda seen: len(seen.of("0")) > 600)
    waits = sum(seen.share(name, LookState.GIL) for name in threads)
    if not gil:
        assert waits == 0
        return
    assert waits > 0.5  # of three threads two wait, but for the time that a busy machine keeps them from it
    looks = seen.looks.copy()
    read = holder_segments(looks, seen.tables.threads, pid)
    looks["flags"] = 0
    told = holder_segments(looks, seen.tables.threads, pid)
    figures = gil_figures(read)
    spinners = [figures.held_ns.get(seen.place[name], 0) / figures.span_ns for name in threads]
    assert sum(spinners) > 0.9
    assert min(spinners) > 0.15
    assert figures.handovers > 10
    # What is concluded from who runs is, where it says somebody, what the interpreter's own word says.
    at_ns = np.linspace(told.start_ns[0], told.end_ns[-1] - 1, 5000).astype(np.int64)
    concluded = told.holder[np.searchsorted(told.end_ns, at_ns, side="right")]
    truly = read.holder[np.searchsorted(read.end_ns, at_ns, side="right")]
    known = (concluded >= 0) & (truly >= 0)  # nobody: it was given up, and who was woken to take it waits for a core
    assert np.mean(concluded[known] == truly[known]) > 0.95


def test_who_holds_the_gil_is_seen(tmp_path: Path) -> None:
    _assert_holder(tmp_path, sys.executable, gil=True)


@pytest.mark.matrix
@pytest.mark.parametrize("interpreter", every_interpreter())
def test_who_holds_it_under_every_interpreter(interpreter: Interpreter, tmp_path: Path) -> None:
    if interpreter.implementation == "PyPy":  # its word of who has the GIL is not read, and who wants it polls
        with program(SPINNERS, tmp_path, "3", python=interpreter.path) as (pid, threads):
            seen = look_at(tmp_path, pid, threads, lambda seen: len(seen.of("0")) > 600)
        assert sum(seen.share(name, LookState.GIL) for name in threads) > 0.1
        assert sum(seen.share(name, LookState.LOCK) for name in threads) < 0.05
        return
    _assert_holder(tmp_path, interpreter.path, gil=not interpreter.free_threaded)


def test_without_a_gil_nobody_waits_for_it(tmp_path: Path) -> None:
    _assert_holder(tmp_path, free_threaded_interpreter().path, gil=False)


def test_a_longer_switch_interval_makes_longer_stretches(tmp_path: Path) -> None:
    stretches = []
    for number, interval_s in enumerate(("0.005", "0.1")):
        folder = tmp_path / str(number)
        folder.mkdir()
        with program(SPINNERS, folder, "2", interval_s) as (pid, threads):
            seen = look_at(folder, pid, threads, lambda seen: len(seen.of("0")) > 900)
        stretches.append(gil_figures(holder_segments(seen.looks, seen.tables.threads, pid)).stretch_p50_ns or 0)
    assert stretches[1] > 2 * stretches[0]


def test_a_holder_is_read_only_where_threads_wait_for_it(tmp_path: Path) -> None:
    with program(SPINNERS, tmp_path, "2") as (pid, threads):
        seen = look_at(tmp_path, pid, threads, lambda seen: len(seen.of("0")) > 300)
    flags = seen.looks["flags"]
    assert np.mean((flags & GIL_READ) > 0) > 0.9
    assert not np.any(((flags & HOLDS_GIL) > 0) & ((flags & GIL_READ) == 0))


def test_what_does_not_look_like_a_gil_is_none() -> None:
    def read(address: int, size: int) -> bytes:
        return memory[address - 4096 :][:size]

    gil = struct.pack("<QQixxxxQ", 5000, 0x7F0000001000, 1, 17)
    memory = gil + bytes(40)
    assert held_word(read, 4096 + 32 + 40 + 4) == 4096 + 8
    memory = struct.pack("<QQixxxxQ", 0, 0x7F0000001000, 1, 17) + bytes(40)
    assert held_word(read, 4096 + 32 + 40 + 4) is None


def test_processes_without_python_are_left_out_and_those_asked_for_are_not(tmp_path: Path) -> None:
    sleeper = subprocess.Popen(["sleep", "600"])
    try:
        looker = Looker(str(tmp_path))
        looker.follow(sleeper.pid)
        looker.turn()
        assert looker.tables().looks == 0
        looker.follow(sleeper.pid, always=True)
        until_s = time.monotonic() + 10
        while looker.tables().looks == 0 and time.monotonic() < until_s:
            time.sleep(looker.turn())
        looker.close()
    finally:
        sleeper.kill()
        sleeper.wait()
    looks = LookReader(tmp_path).read_all()
    assert looks["state"].tolist()[-1] == LookState.SLEEP


def test_other_programs_that_are_gone_leave_nothing_in_the_tables(tmp_path: Path) -> None:
    looker = Looker(str(tmp_path))
    for _ in range(5):
        child = subprocess.Popen(["sleep", "600"])
        looker.follow(child.pid)
        looker.turn()
        child.kill()
        child.wait()
    until_s = time.monotonic() + 10
    while looker.tables().processes and time.monotonic() < until_s:
        time.sleep(looker.turn())
    assert looker.tables().processes == ()
    looker.close()


@pytest.mark.parametrize("method", ["process", "thread"])
def test_a_witness_looks_from_either_place(method: str, tmp_path: Path) -> None:
    guard = Guard()
    try:
        with program(SPINNERS, tmp_path, "2") as (pid, threads):
            witness = Witness(tmp_path, guard, method=method)
            witness.follow([pid])
            reader = LookReader(tmp_path)
            wait_until(lambda: len(reader.read_all()) >= 600)
            tables = witness.close()
    finally:
        guard.close()
    assert tables.method == method
    assert tables.reason is None
    assert tables.rounds > 100
    assert {each.tid for each in tables.threads} >= set(threads.values())
    assert 0 < tables.cpu_s < tables.span_s


def test_a_witness_without_a_budget_does_not_look(tmp_path: Path) -> None:
    guard = Guard()
    try:
        witness = Witness(tmp_path, guard, budget=0.0)
        witness.follow([1])
        tables = witness.close()
    finally:
        guard.close()
    assert (tables.method, tables.reason) == ("none", "it was turned off")
    assert len(LookReader(tmp_path).read_all()) == 0


def test_it_stays_within_its_budget(tmp_path: Path) -> None:
    with program(SPINNERS, tmp_path, "2") as (pid, _):
        spent = []
        for number, budget in enumerate((0.1, 0.01)):
            folder = tmp_path / str(number)
            folder.mkdir()
            looker = Looker(str(folder), budget=budget)
            looker.follow(pid)
            until_s = time.monotonic() + 1.5
            while time.monotonic() < until_s:
                time.sleep(looker.turn())
            spent.append(looker.tables().rounds)
            looker.close()
    assert spent[1] < spent[0] / 2


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_no_number_stands_for_two_calls(machine: str) -> None:
    calls = calls_of(machine)
    assert calls is not None
    place = 1 if machine == "x86_64" else 2
    assert len(calls) == sum(each[place] is not None for each in _CALLS.values())
    assert {each.waits for each in calls.values()} == set(Waits)
    assert calls_of("s390x") is None


def _proc(folder: Path, *, scope: int | None = None, capabilities: int = 0, syscall: bool = True) -> str:
    """Make a /proc as far as `how_to_look` reads it; return its path."""
    (folder / "self").mkdir()
    (folder / "self" / "status").write_text(f"Name:\tpython\nCapEff:\t{capabilities:016x}\n")
    if syscall:
        (folder / "self" / "syscall").write_text("running\n")
    if scope is not None:
        (folder / "sys" / "kernel" / "yama").mkdir(parents=True)
        (folder / "sys" / "kernel" / "yama" / "ptrace_scope").write_text(f"{scope}\n")
    return str(folder)


@pytest.mark.parametrize(
    ("settings", "method", "says"),
    [
        ({}, "process", None),
        ({"scope": 0}, "process", None),
        ({"scope": 1}, "thread", "ancestors"),
        ({"scope": 1, "capabilities": 1 << 19}, "process", None),
        ({"scope": 2}, "none", "ptrace_scope 2"),
        ({"syscall": False}, "none", "does not show"),
    ],
)
def test_how_it_looks_depends_on_what_the_system_lets_it(
    settings: dict[str, Any], method: str, says: str | None, tmp_path: Path
) -> None:
    found, reason = how_to_look(_proc(tmp_path, **settings))
    assert found == method
    assert (reason is None) == (says is None)
    assert (says or "") in (reason or "")


def test_a_process_that_may_not_be_looked_at_is_told_with_the_reason(tmp_path: Path) -> None:
    task = tmp_path / "proc" / "7" / "task" / "7"
    task.mkdir(parents=True)
    (tmp_path / "proc" / "7" / "auxv").write_bytes(b"x")
    (tmp_path / "proc" / "7" / "maps").write_text("")
    (task / "comm").write_text("hidden\n")
    looker = Looker(str(tmp_path), proc=str(tmp_path / "proc"))
    looker.follow(7, always=True)
    looker.turn()
    tables = looker.tables()
    looker.close()
    assert tables.looks == 0
    assert "may not be looked at" in str(tables.processes[0].reason)
    assert tables.reason == tables.processes[0].reason
