"""The stack file of a process, to which it writes its Python stacks on request, and the signals that request them.

It is `stacks/PID.txt` in the run's folder. On signal `threads_signal()`, and on a fatal fault, faulthandler appends
every thread's stack, without needing the GIL. On `coroutines_signal()` the process's main thread appends the stacks of
its event loop's coroutines in the same form, each headed by COROUTINE and the coroutine's number.
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
