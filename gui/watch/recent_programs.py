"""Reads and writes the programs that were watched before, a line of JSON for each in the window's settings. No Qt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.wire.codec import decode, plain
from engine.wire.watch_messages import WatchTarget

MOST: Final = 10


def read_programs(lines: Iterable[str]) -> list[WatchTarget]:
    """Return the programs in the lines, newest first; a line that cannot be read is skipped."""
    found = []
    for line in lines:
        try:
            target = decode(WatchTarget, json.loads(line))
        except (ValueError, RecursionError):
            continue
        if target.script or target.module:
            found.append(target)
    return found


def with_program(lines: Iterable[str], target: WatchTarget) -> list[str]:
    """Return the lines with this program as the first."""
    line = json.dumps(plain(target), sort_keys=True)
    return list(dict.fromkeys([line, *lines]))[:MOST]


def program_title(target: WatchTarget) -> str:
    """Return a program as a command line without the interpreter."""
    what = [f"-m {target.module}"] if target.module else [target.script]
    python = [f"({target.interpreter})"] if target.interpreter else []
    return " ".join([*what, *target.arguments, *python])


def watched_target(experiment: Mapping[str, Any]) -> WatchTarget | None:
    """Return the program of a kept watch; None if it is not known."""
    try:
        return decode(WatchTarget, (experiment.get("watch") or {}).get("target"))
    except ValueError:
        return None
