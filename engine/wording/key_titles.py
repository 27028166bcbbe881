"""The titles on screen of the keys of an experiment and its environment."""

from __future__ import annotations

import re
from typing import Final

_TITLES: Final = {
    "model.kind": "Model",
    "workload.tasks": "Tasks",
    "workload.duration_s": "Duration (s)",
    "workload.time_limit_s": "Time limit (s)",
    "workload.until_stopped": "Until stopped",
    "workload.arrival_per_s": "Arrivals per second",
    "interpreter.version": "Python",
    "interpreter.gil_enabled": "GIL enabled",
    "interpreter.jit": "JIT",
    "interpreter.path": "Path of Python",
}
_UNITS: Final = {"s": "s", "ms": "ms", "kib": "KiB", "mib": "MiB", "bytes": "bytes", "hz": "Hz"}
_PLACE: Final = re.compile(r"^(\w+)s\[(\d+)\]$")


def key_title(key: str) -> str:
    """Return a key as a title: `workload.steps[0].delay_ms` -> `Step 1: delay (ms)`."""
    if key in _TITLES:
        return _TITLES[key]
    *path, last = key.split(".")
    places = [f"{found[1]} {int(found[2]) + 1}" for found in map(_PLACE.match, path) if found]
    place = _PLACE.match(last)
    if place is not None:
        places.append(f"{place[1]} {int(place[2]) + 1}")
    name, _, unit = last.rpartition("_")
    words = f"{name} ({_UNITS[unit]})" if name and unit in _UNITS else last
    words = "" if place is not None or (places and last == "kind") else words.replace("_", " ")
    text = ", ".join(places) + (": " if places and words else "") + words
    return text[:1].upper() + text[1:]
