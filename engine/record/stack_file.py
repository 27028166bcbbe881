"""The stack file of a process: every Python stack in it, each time that it was asked; by which signal it is asked.

`stacks/PID.txt` in the run's folder. faulthandler appends to it what every thread of the process does, without the
GIL's help, when signal `threads_signal()` comes, and when the process dies of a fault. On `coroutines_signal()` the
process's main thread appends what the coroutines of its event loop wait in, in the same form, headed by COROUTINE and
the number of each.
"""

from __future__ import annotations

import signal
from typing import Final

FOLDER: Final = "stacks"
COROUTINE: Final = "Coroutine "
MOST_COROUTINES: Final = 200
# Real-time signals that neither Python, the C library nor its usual tools use.
_THREADS, _COROUTINES = 11, 12


def threads_signal() -> int | None:
    """Return the signal's number, None on a platform that has no real-time signals."""
    first: int | None = getattr(signal, "SIGRTMIN", None)
    return None if first is None else int(first) + _THREADS


def coroutines_signal() -> int | None:
    """Return the signal's number, None on a platform that has no real-time signals."""
    first: int | None = getattr(signal, "SIGRTMIN", None)
    return None if first is None else int(first) + _COROUTINES
