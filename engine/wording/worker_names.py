"""The names of workers in the window: a worker's kind and its number, from 1, in the order of the lanes."""

from __future__ import annotations

import re
from collections.abc import Collection


def worker_title(lane: int, kind: str, name: str = "", groups: Collection[str] = ()) -> str:
    """Return a worker's title: `Thread 3` for the third lane; in a group or a stage, its name there."""
    group, _, number = name.rpartition(" ")
    return name if group in groups and number.isdecimal() else f"{kind.capitalize()} {lane + 1}"


def worker_mark(title: str) -> str:
    """Return a short form of a title for narrow places: `3`, or `c2` for `clients 2`."""
    found = re.fullmatch(r"(.*?)\s*(\d+)", title)
    if found is None:
        return title[:2]
    kinds = ("Thread", "Process", "Coroutine", "Interpreter", "Worker")
    return found[2] if found[1] in kinds else f"{found[1][:1]}{found[2]}"
