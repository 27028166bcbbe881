"""Workers' names as short as they can be told apart by."""

from __future__ import annotations

import re


def short_names(names: list[str], kind: str) -> list[str]:
    """Return `Thread 3` for `ThreadPoolExecutor-0_3` or `Thread-3 (work)`; all in full where two would be equal."""
    found = [(name, re.search(r"(\d+)(?: \(.*\))?$", name)) for name in names]
    short = [f"{kind.capitalize()} {number[1]}" if number else name for name, number in found]
    return short if len(set(short)) == len(short) else names
