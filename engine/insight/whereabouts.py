"""Describes where every worker is now: its state, the lock it waits for, and its lines of Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.wire.tick import WorkerPlace
from engine.wording.state_names import IO_WAITS, STATE_TITLES

_FRAMES = 6
_STEP = re.compile(r"<workload\.((?:groups|stages)\[\d+\]\.)?steps\[(\d+)\]>:(\d+) in (.+)")
_WORKERS = 64


def whereabouts_text(workers: Sequence[Mapping[str, Any]], names: Sequence[str] = ()) -> str:
    """Return a paragraph for each worker: what it does, then its innermost calls, one for each line.

    `workers` come from the protocol's `whereabouts`, and may have `waits_for`, a kind of I/O; `names` are shorter names
    for them, if there are any.
    """
    shown = [
        _worker(each, names[number] if number < len(names) else str(each.get("name") or "a worker"))
        for number, each in enumerate(workers[:_WORKERS])
    ]
    more = len(workers) - len(shown)
    return "\n".join([*shown, f"and {more:,} more"] if more > 0 else shown)


def _worker(each: Mapping[str, Any], name: str) -> str:
    state = IO_WAITS.get(str(each.get("waits_for"))) or STATE_TITLES.get(str(each.get("state")), "")
    lock = each.get("address")
    at = f" {hex(lock) if isinstance(lock, int) else lock}" if lock else ""
    head = f"{name}: {state.lower().replace('gil', 'GIL').replace('i/o', 'I/O')}{at}" if state else name
    frames = _own([str(frame) for frame in each.get("stack") or ([each["where"]] if each.get("where") else [])])
    if not frames:
        return f"{head}, in no Python code that could be read"
    more = [f"    … {len(frames) - _FRAMES} more"] if len(frames) > _FRAMES else []
    return "\n".join([head, *(f"    {frame_words(frame)}" for frame in frames[:_FRAMES]), *more])


def place_words(place: WorkerPlace) -> str:
    """Return in a few words where a worker with a known place is: `Thread-1 at line 7 of step 1, in task`."""
    return f"{place.name} at {frame_words(place.where)}"


def frame_words(frame: str) -> str:
    """Return a readable name of a frame: `line 7 of step 1, in task` for `<workload.steps[0]>:7 in task`."""
    found = _STEP.fullmatch(frame)
    if found is None:
        return frame
    group, step, line, function = found.groups()
    return f"line {line} of {f'{_kind(group)}, ' if group else ''}step {int(step) + 1}, in {function}"


def _kind(part: str) -> str:
    name, _, number = part.rstrip("].").partition("[")
    return f"{name.removesuffix('s')} {int(number) + 1}"


def _own(frames: list[str]) -> list[str]:
    """Leave out the frames that call the workload's own function: they are Gilscope's, the same for every worker."""
    last = max((number for number, frame in enumerate(frames) if _STEP.fullmatch(frame)), default=len(frames) - 1)
    return frames[: last + 1]
