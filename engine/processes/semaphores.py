"""The named semaphores that `multiprocessing` made in a run, and what its trackers say when they remove them.

A process that is killed removes none of its own. Its resource tracker does, and prints a warning about it, as if the
workload had forgotten them; a tracker that was killed too does not.
"""

from __future__ import annotations

import os
import re
from typing import Final

from engine.processes.guard_process import members

_FOLDER: Final = "/dev/shm"  # where Linux has them
_MAPPED: Final = re.compile(rb" /dev/shm/(sem\.mp-[\w-]+)$", re.MULTILINE)
_PROCESSES: Final = 16  # that are looked into; what workers share was made by one of the first
_WARNING: Final = re.compile(
    rb"[^\n]*resource_tracker\.py:\d+: UserWarning: resource_tracker: [^\n]*\n(?:  warnings\.warn\([^\n]*\n)?"
)


def semaphores_of(group: int) -> set[str]:
    """Return the files of the semaphores that a host's process group made, as far as that can be seen.

    The processes began by executing an interpreter, so they share none with any that is not in the group.
    """
    if not os.path.isdir(_FOLDER) or not os.path.exists("/proc/self/maps"):
        return set()
    found: set[str] = set()
    for pid in sorted(members(group), key=lambda each: (each != group, each))[:_PROCESSES]:
        try:
            with open(f"/proc/{pid}/maps", "rb") as file:
                found |= {f"{_FOLDER}/{name.decode()}" for name in _MAPPED.findall(file.read())}
        except OSError:
            continue
    return found


def remove(files: set[str]) -> None:
    """Remove what is left of them, once the processes are gone."""
    for file in files:
        try:
            os.unlink(file)
        except OSError:
            continue


def without_warnings(output: bytes) -> bytes:
    """Return a workload's output without what trackers say when the workload was killed."""
    return _WARNING.sub(b"", output) if b"resource_tracker" in output else output
