"""The lock that another process's thread waits for, seen once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine.record.look_file import LookState
from engine.wire.interpreter import Interpreter
from engine.witness.lock_address import lock_address
from tests.conducting import wait_until
from tests.interpreters import every_interpreter
from tests.looking import look_at, program

WAITER = """
import threading
locks = threading.Lock(), threading.Lock()
for lock in locks:
    lock.acquire()
threads = [threading.Thread(target=lock.acquire, daemon=True) for lock in (locks[0], locks[0], locks[1])]
for thread in threads:
    thread.start()
while None in [thread.native_id for thread in threads]:
    pass
print(*[thread.native_id for thread in threads], flush=True)
input()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what a thread waits for")
@pytest.mark.parametrize("interpreter", every_interpreter())
def test_waiting_threads_show_which_lock_they_share_and_one_that_reads_shows_none(interpreter: Interpreter) -> None:
    with subprocess.Popen(
        [interpreter.path, "-c", WAITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        threads = [int(each) for each in child.stdout.readline().split()]

        def is_shown() -> bool:  # at first they are on their way into the wait
            one, same, other = (lock_address(child.pid, thread) for thread in threads)
            return None not in (one, other) and one == same != other

        wait_until(is_shown)
        reading = lock_address(child.pid, child.pid)
        child.communicate("\n", timeout=30)
    assert reading is None
    assert lock_address(child.pid, threads[0]) is None


IN_TURN = """
import itertools, json, os, sys, threading
locks = threading.Lock(), threading.Lock()
for lock in locks:
    lock.acquire()
def wait():
    for lock in itertools.cycle(locks):
        lock.acquire(timeout=0.02)
thread = threading.Thread(target=wait, daemon=True)
thread.start()
print(json.dumps({"waits": thread.native_id}), flush=True)
sys.stdin.read()
os._exit(0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what a thread waits for")
@pytest.mark.parametrize("interpreter", every_interpreter())
def test_locks_that_a_thread_waits_for_in_turn_are_told_apart(interpreter: Interpreter, tmp_path: Path) -> None:
    with program(IN_TURN, tmp_path, python=interpreter.path) as (pid, threads):
        seen = look_at(tmp_path, pid, threads, lambda seen: len(seen.of("waits")) > 600)
    looks = seen.of("waits")
    waiting = looks[looks["state"] == LookState.LOCK]
    counts = Counter(seen.tables.details[place].address for place in waiting["detail"])
    (_, first), (_, second) = counts.most_common(2)
    assert first + second > 0.9 * len(waiting)
    assert second > first / 2
