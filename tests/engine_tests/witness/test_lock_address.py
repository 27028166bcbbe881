"""The lock that another process's thread waits for, seen once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.witness.lock_address import lock_address

WAITER = """
import threading
lock = threading.Lock()
lock.acquire()
thread = threading.Thread(target=lock.acquire, daemon=True)
thread.start()
while thread.native_id is None:
    pass
print(thread.native_id, flush=True)
input()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what a thread waits for")
def test_a_waiting_thread_shows_its_lock_and_one_that_reads_shows_none() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        thread = int(child.stdout.readline())
        found = None
        while found is None and child.poll() is None:  # it is on its way into the wait
            found = lock_address(child.pid, thread)
        assert found
        reading = lock_address(child.pid, child.pid)
        child.communicate("\n", timeout=30)
    assert reading is None
    assert lock_address(child.pid, thread) is None
