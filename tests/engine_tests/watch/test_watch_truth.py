"""What is said of a watched program's threads against their own clocks, under the Pythons of this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.wire.interpreter import Interpreter
from engine.witness.witness import how_to_look
from tests.commands import gilscope
from tests.interpreters import every_interpreter

pytestmark = pytest.mark.skipif(how_to_look()[0] == "none", reason="what threads wait for is not shown here")

# Each thread says of itself how long it was there, ran, waited for the lock and slept; the file is named by argument.
PROGRAM = """
import json, sys, threading, time
lock, told = threading.Lock(), {}
def sleeps_under_the_lock():
    begin, waited, slept = time.perf_counter(), 0.0, 0.0
    while time.perf_counter() - begin < 4.0:
        asked = time.perf_counter()
        with lock:
            had = time.perf_counter()
            time.sleep(0.02)
            left = time.perf_counter()
        waited, slept = waited + had - asked, slept + left - had
    tell(begin, waited, slept)
def sleeps_and_computes():
    begin, slept = time.perf_counter(), 0.0
    while time.perf_counter() - begin < 4.0:
        asked = time.perf_counter()
        time.sleep(0.03)
        slept += time.perf_counter() - asked
        sum(range(20000))
    tell(begin, 0.0, slept)
def tell(begin, waited, slept):
    there = time.perf_counter() - begin
    own = {"lock": waited / there, "sleep": slept / there, "cpu": time.thread_time() / there}
    told[threading.get_native_id()] = own
threads = [threading.Thread(target=sleeps_under_the_lock) for _ in range(3)]
threads += [threading.Thread(target=sleeps_and_computes)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with open(sys.argv[1], "w") as file: json.dump(told, file)
"""
POINTS = 0.03


def shares(row: dict[str, Any]) -> dict[str, float]:
    """Return the parts of a thread's time: waiting for a lock, asleep, running, and late for a core or the GIL."""
    whole = sum(value or 0.0 for value in row["ledger_s"].values())
    waits = row["waits_s"]
    parts = {"lock": waits["lock"], "sleep": waits["sleep"], "cpu": row["ledger_s"]["cpu"]}
    parts["late"] = (row["ledger_s"]["cpu_wait"] or 0.0) + (row["ledger_s"]["gil_wait"] or 0.0)
    return {name: value / whole for name, value in parts.items()}


@pytest.mark.alone
@pytest.mark.parametrize("interpreter", every_interpreter())
def test_shares_are_those_of_the_threads_own_clocks(interpreter: Interpreter, tmp_path: Path) -> None:
    script, truth = tmp_path / "program.py", tmp_path / "truth.json"
    script.write_text(PROGRAM, encoding="utf-8")
    ended = gilscope(tmp_path / "data", "watch", "--json", "--interpreter", interpreter.path, script, truth)
    assert ended.returncode == 0, ended.stderr
    rows = {row["tid"]: shares(row) for row in json.loads(ended.stdout)["threads"]}
    told = json.loads(truth.read_text(encoding="utf-8"))
    assert len(told) == 4
    for tid, own in told.items():
        seen = rows[int(tid)]
        assert seen["cpu"] == pytest.approx(own["cpu"], abs=POINTS)
        for wait in ("lock", "sleep"):
            # By its own clock a wait ends when the thread goes on; on a busy machine it is ready some time before that.
            assert own[wait] - seen["late"] - POINTS <= seen[wait] <= own[wait] + POINTS, (tid, wait, own, seen)
