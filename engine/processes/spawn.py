"""The processes that this one has started itself, so that they can be told from those that came to it as orphans.

Everything of ours that gets a session of its own is started by `spawn`. What other modules start (the standard
library asks a program now and then) stays in this process's session.
"""

from __future__ import annotations

import os
import subprocess
import threading
from typing import Any, Final

_PATIENCE_S: Final = 0.2

_lock: Final = threading.Lock()  # held while a process comes into being, until its number is known here
_started: Final[dict[int, subprocess.Popen[bytes]]] = {}


def spawn(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
    """Return `subprocess.Popen` of the same arguments; raises what that raises."""
    with _lock:
        for pid, process in list(_started.items()):
            if process.returncode is not None:  # it is over and was waited for: its number may be another's now
                del _started[pid]
        process = subprocess.Popen(*arguments, **options)
        _started[process.pid] = process
        return process


def is_stranger(pid: int, host: int) -> bool:
    """Return whether a child of this process is for certain none that it started itself, nor one that these left.

    A process that `host` started is not one of these. Where that cannot be known at once the answer is no.
    POSIX only.
    """
    if not _lock.acquire(timeout=_PATIENCE_S):
        return False
    try:
        ours = {each for each, process in _started.items() if process.returncode is None}
        session = os.getsid(pid)
        return pid not in ours and session != os.getsid(0) and session not in ours - {host}
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        _lock.release()
