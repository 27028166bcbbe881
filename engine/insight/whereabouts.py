"""Where every worker is now, in words: its state, the lock it waits for, and its lines of Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.wording.state_names import STATE_TITLES

_FRAMES = 6
_WORKERS = 64


def whereabouts_text(workers: Sequence[Mapping[str, Any]], names: Sequence[str] = ()) -> str:
    """Return a paragraph a worker: what it does, then its innermost calls, one a line.

    `workers` are those of the protocol's `whereabouts`; `names` what they are called, where that is shorter.
    """
    shown = [
        _worker(each, names[number] if number < len(names) else str(each.get("name") or "a worker"))
        for number, each in enumerate(workers[:_WORKERS])
    ]
    more = len(workers) - len(shown)
    return "\n".join([*shown, f"and {more:,} more"] if more > 0 else shown)


def _worker(each: Mapping[str, Any], name: str) -> str:
    state = STATE_TITLES.get(str(each.get("state")), "")
    lock = each.get("address")
    at = f" {hex(lock) if isinstance(lock, int) else lock}" if lock else ""
    head = f"{name}: {state.lower().replace('gil', 'GIL').replace('i/o', 'I/O')}{at}" if state else name
    frames = [str(frame) for frame in each.get("stack") or ([each["where"]] if each.get("where") else [])]
    if not frames:
        return f"{head}, in no Python code that could be read"
    more = [f"    … {len(frames) - _FRAMES} more"] if len(frames) > _FRAMES else []
    return "\n".join([head, *(f"    {frame}" for frame in frames[:_FRAMES]), *more])
