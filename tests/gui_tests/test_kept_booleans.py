"""A signal may be emitted any number of times, under every Python and every PySide6."""

from __future__ import annotations

import subprocess
import sys

SOURCE = """
from PySide6.QtCore import QObject, Signal
from gui.kept_booleans import keep_booleans

class Bell(QObject):
    rung = Signal()

keep_booleans()
keep_booleans()
bell = Bell()
for _ in range(100_000):
    bell.rung.emit()
print("alive", True, False)
"""


def test_a_hundred_thousand_signals_do_not_end_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", SOURCE], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "alive True False\n"), done.stderr
