"""A thread that computes, in a process that a child of its stops for a while by a signal."""

from __future__ import annotations

import subprocess
import sys

from own_clocks import OwnClocks

STOPS = """
import os, signal, time
time.sleep(1)
os.kill(os.getppid(), signal.SIGSTOP)
begun = time.perf_counter()
time.sleep(1.5)
os.kill(os.getppid(), signal.SIGCONT)
print(time.perf_counter() - begun, flush=True)
"""

own = OwnClocks()
with subprocess.Popen([sys.executable, "-S", "-c", STOPS], stdout=subprocess.PIPE) as child:
    while own.goes_on() or child.poll() is None:
        pass
    assert child.stdout is not None
    own.waited("stopped", float(child.stdout.read()))
    own.tell()
