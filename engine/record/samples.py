"""Reads a line of a run's samples: a tick, also one that an earlier version wrote."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Final

from engine.wire.codec import decode
from engine.wire.decoders import WrongShapeError
from engine.wire.tick import Mark, Tick

# What version 1 of the protocol said of a change by hand in words alone.
_ARRIVALS: Final = re.compile(r"arrivals (\S+)/s")
_SWITCH_INTERVAL: Final = re.compile(r"switch interval (\S+) ms")


def read_tick(line: bytes | str) -> Tick:
    """Return the tick in a line. Raises ValueError that says what is wrong with it, also if it is not JSON."""
    values = json.loads(line)
    if not isinstance(values, dict):
        raise WrongShapeError("", "must be an object")
    values.setdefault("run_id", "")
    tick = decode(Tick, values)
    if any(mark.arrival_per_s is None and mark.switch_interval_s is None for mark in tick.marks):
        return replace(tick, marks=tuple(map(with_figure, tick.marks)))
    return tick


def with_figure(mark: Mark) -> Mark:
    """Return a mark with the figure that its words tell, where it has none."""
    arrivals, interval = _ARRIVALS.fullmatch(mark.text), _SWITCH_INTERVAL.fullmatch(mark.text)
    if arrivals is not None and mark.arrival_per_s is None:
        return replace(mark, arrival_per_s=float(arrivals[1]))
    if interval is not None and mark.switch_interval_s is None:
        return replace(mark, switch_interval_s=float(interval[1]) / 1e3)
    return mark
