"""Computes how long workers waited for their turn at steps with a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.trace.lane_totals import Lanes
from engine.wire.result import LimitResult
from engine.workload.group import numbered_steps, step_paths
from engine.workload.limits.limit import limit_of


def limit_results(workload: Mapping[str, Any], lanes: Lanes) -> tuple[LimitResult, ...]:
    """Return `limits` of the result: one object a step with a limit, none where no step has one.

    For phases past the timeline's bound only the total wait over all limits is known: `waited_s` is then None if there
    are several limits.
    """
    limited = [
        (number, path, step, limit)
        for number, (path, step) in enumerate(zip(step_paths(workload), numbered_steps(workload), strict=True))
        if (limit := limit_of(step)) is not None
    ]
    unrecorded_ns = sum(file.reader.unrecorded_limit_ns for file in lanes.files)
    known = not unrecorded_ns or len(limited) == 1
    return tuple(
        LimitResult(
            step=path,
            kind=str(step["kind"]),
            limit=limit,
            waited_s=round((float(lanes.totals.turns_ns[number]) + unrecorded_ns) / 1e9, 9) if known else None,
        )
        for number, path, step, limit in limited
    )
