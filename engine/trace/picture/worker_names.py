"""What a worker is called in the window: its kind and its number, from 1, in the order of the lanes."""

from __future__ import annotations


def worker_title(lane: int, kind: str) -> str:
    """Return a worker's title: `Thread 3` for the third lane."""
    return f"{kind.capitalize()} {lane + 1}"
