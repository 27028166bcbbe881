"""Starts processes and remembers them, to distinguish them from orphans that this process has inherited.

Gilscope starts every process that gets its own session with `spawn`. Processes that other modules start (the standard
library sometimes runs a program) stay in this process's session.
"""

from __future__ import annotations

import os
import subprocess
import threading
from typing import Any, Final

_PATIENCE_S: Final = 0.2

_lock: Final = threading.Lock()  # held while a process is being started, until its id is known here
_started: Final[dict[int, subprocess.Popen[bytes]]] = {}


def spawn(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
    """Return `subprocess.Popen` of the same arguments; raises what that raises."""
    with _lock:
        for pid, process in list(_started.items()):
            if process.returncode is not None:  # it has ended and was waited for: another process may have its id
                del _started[pid]
        process = subprocess.Popen(*arguments, **options)
        _started[process.pid] = process
        return process


def is_stranger(pid: int, host: int) -> bool:
    """Return whether a child of this process certainly comes neither from `spawn` nor from one of those processes.

    Processes that `host` started do not count as such. If it cannot be determined at once, the answer is no.
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
