"""Removes the named semaphores that a killed run's `multiprocessing` left, and its trackers' warnings about them.

A killed process does not remove its semaphores. Its resource tracker does, with a warning as if the workload had leaked
them, unless the tracker was killed too.
"""

from __future__ import annotations

import os
import re
from typing import Final

from engine.processes.guard_process import members

_FOLDER: Final = "/dev/shm"  # where Linux keeps them
_MAPPED: Final = re.compile(rb" /dev/shm/(sem\.mp-[\w-]+)$", re.MULTILINE)
_PROCESSES: Final = 16  # that are examined; shared semaphores were made by one of the first
_WARNING: Final = re.compile(
    rb"[^\n]*resource_tracker\.py:\d+: UserWarning: resource_tracker: [^\n]*\n(?:  warnings\.warn\([^\n]*\n)?"
)


def semaphores_of(group: int) -> set[str]:
    """Return the files of the semaphores that a host's process group made, as far as they can be found.

    The processes began by executing an interpreter, so they share no semaphores with processes outside the group.
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
    """Remove those that are left, once the processes are gone."""
    for file in files:
        try:
            os.unlink(file)
        except OSError:
            continue


def without_warnings(output: bytes) -> bytes:
    """Return a killed workload's output without its trackers' warnings."""
    return _WARNING.sub(b"", output) if b"resource_tracker" in output else output
