"""Signals may be emitted and methods called any number of times.

PySide6 6.12 loses references to True and None: fatal before Python 3.12, and kept away there by the requirements.
"""

from __future__ import annotations

import subprocess
import sys

SOURCE = """
from PySide6.QtCore import QObject, Signal

class Bell(QObject):
    rung = Signal()

bell = Bell()
for _ in range(100_000):
    bell.rung.emit()
for _ in range(100_000):
    bell.blockSignals(False)
    bell.setObjectName("bell")
print("alive", True, False, None)
"""


def test_a_hundred_thousand_signals_and_calls_do_not_end_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", SOURCE], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "alive True False None\n"), done.stderr
