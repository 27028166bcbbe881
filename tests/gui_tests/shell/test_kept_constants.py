"""Signals may be emitted and methods called any number of times, under every Python and every PySide6."""

from __future__ import annotations

import subprocess
import sys

SOURCE = """
from PySide6.QtCore import QObject, Signal
from gui.kept_constants import keep_constants

class Bell(QObject):
    rung = Signal()

keep_constants()
keep_constants()
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
