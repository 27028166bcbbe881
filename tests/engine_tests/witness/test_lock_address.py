"""The lock that another process's thread waits for, seen once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.wire.interpreter import Interpreter
from engine.witness.lock_address import lock_address
from tests.conducting import wait_until
from tests.interpreters import every_interpreter

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
