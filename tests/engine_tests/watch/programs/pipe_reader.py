"""Reads lines from a child that writes one every 50 ms, and computes for a while for each."""

from __future__ import annotations

import subprocess
import sys
import time

from own_clocks import OwnClocks

WRITER = "import time\nwhile True: time.sleep(0.05); print('x', flush=True)"
with subprocess.Popen([sys.executable, "-S", "-c", WRITER], stdout=subprocess.PIPE, bufsize=0) as child:
    assert child.stdout is not None
    own = OwnClocks()
    while own.goes_on():
        with own.waiting("pipe"):
            child.stdout.read(2)
        end = time.thread_time() + 0.01
        while time.thread_time() < end:
            pass
    own.tell()
    child.terminate()
