"""The load before a run is that of other programs: what this process does itself is none of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil

from engine.comparison.other_load import OtherLoad

SPIN = "import sys, time\nend = time.monotonic() + 0.6\nprint(flush=True)\nwhile time.monotonic() < end: pass"
APART = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {SPIN!r}], start_new_session=True)"


def test_what_this_process_uses_is_not_load_by_others() -> None:
    psutil.cpu_percent()
    others, began_s, began_used_s = OtherLoad(), time.monotonic(), time.process_time()
    while time.monotonic() < began_s + 0.5:
        pass
    found, whole = others.read(), psutil.cpu_percent() / 100.0
    ours = (time.process_time() - began_used_s) / (time.monotonic() - began_s) / (os.cpu_count() or 1)
    assert found is not None
    assert found < whole - ours / 2


def test_a_program_that_nobody_of_ours_is_counts() -> None:
    began = subprocess.Popen([sys.executable, "-c", APART], stdout=subprocess.PIPE)
    assert began.stdout is not None
    began.stdout.readline()  # it spins, and its parent is going
    began.wait(timeout=20)
    other = OtherLoad()
    time.sleep(0.4)
    found = other.read()
    began.stdout.close()
    assert found is not None
    assert found > 0.05 / (os.cpu_count() or 1)
