"""Who is said to hold the GIL, look by look, against threads that note when they had it; many threads and processes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.record.look_reader import LookReader
from engine.trace.gil_holder import holder_segments
from engine.trace.picture.held import Held
from engine.wire.interpreter import Interpreter
from engine.witness.witness import how_to_look
from tests.commands import the_run, watched
from tests.interpreters import every_interpreter

pytestmark = pytest.mark.skipif(how_to_look()[0] == "none", reason="what threads wait for is not shown here")

# A thread's stamps that are close together are a stretch in which it had the GIL.
STAMPS = """
import array, json, sys, threading, time
stop, told = time.perf_counter_ns() + 4_000_000_000, {}
def spin():
    clock, pieces = time.perf_counter_ns, array.array("q")
    begin = last = clock()
    while last < stop:
        now = clock()
        if now - last > 300_000:  # another had it, or this one was on no core
            pieces.append(begin); pieces.append(last)
            begin = now
        last = now
    pieces.append(begin); pieces.append(last)
    told[threading.get_native_id()] = pieces.tolist()
threads = [threading.Thread(target=spin) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with open(sys.argv[1], "w") as file: json.dump(told, file)
"""
# A thousand threads and two hundred processes at once, each for as long as it is told.
THREADS = """
import sys, threading, time
threads = [threading.Thread(target=time.sleep, args=(4,)) for _ in range(1000)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
PROCESSES = """
import subprocess, sys
children = [subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(20)"]) for _ in range(200)]
for child in children: child.wait()
"""
WITH_A_GIL = [each for each in every_interpreter() if not getattr(each.values[0], "free_threaded", True)]


@pytest.mark.alone
@pytest.mark.parametrize("interpreter", WITH_A_GIL)
def test_the_holder_that_a_look_names_is_the_one_that_had_it(interpreter: Interpreter, tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    result = watched(tmp_path, STAMPS, f"--interpreter={interpreter.path}", arguments=(truth,))
    reader = LookReader(the_run(tmp_path / "data"))
    looks, tables = reader.read_all(), reader.tables()
    reader.close()
    held = Held()
    held.add(holder_segments(looks, tables.threads, tables.threads[0].pid))
    tids, begins, ends = noted(json.loads(truth.read_text(encoding="utf-8")))
    times = np.unique(looks["time_ns"])
    named = held.at(times)
    place = np.searchsorted(begins, times, side="right") - 1
    # Between two of a thread's own stretches it was on no core, but had it still; between two threads' nobody says.
    after = np.minimum(place + 1, len(tids) - 1)
    told = (place >= 0) & (named >= 0) & ((times <= ends[place]) | (tids[after] == tids[place]))
    of_place = np.array([each.tid for each in tables.threads])
    right = of_place[named[told]] == tids[place[told]]
    assert np.count_nonzero(told) > 100, result["witness"]
    assert np.mean(right) >= 0.95


def noted(told: dict[str, list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the stretches that the threads noted, in the order of time: whose, from when, until when."""
    rows = [(begin, end, int(tid)) for tid, of in told.items() for begin, end in zip(of[::2], of[1::2], strict=True)]
    rows.sort()
    begins, ends, tids = np.array(rows, np.int64).T
    return tids, begins, ends


@pytest.mark.alone
@pytest.mark.matrix
def test_a_thousand_threads_are_told_of(tmp_path: Path) -> None:
    result = watched(tmp_path, THREADS)
    assert result["status"] == "finished"
    asleep = [row for row in result["threads"] if row["waits_s"] and row["waits_s"]["sleep"] > 1.0]
    assert len(asleep) >= 950


@pytest.mark.alone
@pytest.mark.matrix
def test_two_hundred_processes_are_told_of(tmp_path: Path) -> None:
    result = watched(tmp_path, PROCESSES)
    assert result["processes"]["peak"] >= 200
    asleep = {row["pid"] for row in result["threads"] if row["waits_s"] and row["waits_s"]["sleep"] > 0.5}
    assert len(asleep) >= 190
