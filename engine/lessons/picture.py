"""A run's picture, which a scene shows: the result's figures, throughput over time and some lanes, in a small size.

A picture can be made of a run that goes on or has ended. As JSON it is kept for lessons that are continued later, and
for the recorded runs of shipped lessons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.lessons.motion import Motion

MOST_ROWS: Final = 16
MOST_POINTS: Final = 120
MOST_PHASES: Final = 60  # of a row

# What a picture keeps of a run's result.
_KEPT: Final = (
    "status",
    "reason",
    "model",
    "workers",
    "interpreter",
    "tasks",
    "elapsed_s",
    "startup_s",
    "throughput_per_s",
    "latency_s",
    "ledger_s",
    "starting_s",
    "processes",
    "cores",
    "load_other",
    "counters",
    "notes",
    "gil",
    "insight",
    "started_at",
)


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A row of phases: (start, end) in seconds of the run, in order."""

    name: str
    phases: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class RunPicture:
    """One run, as a scene shows it. `result` has the keys of a run's result that figures are made from.

    `rows` are (worker, seconds by state); `series` (seconds, tasks a second); `lanes` cover a part in the middle of the
    run; `motion`, for slow motion, is there if a scene shows it; `recorded` says on which machine it was recorded,
    empty if it ran here.
    """

    label: str
    result: Mapping[str, Any]
    rows: tuple[tuple[str, Mapping[str, float | None]], ...] = ()
    series: tuple[tuple[float, float], ...] = ()
    lanes: tuple[LaneRow, ...] = ()
    recorded: str = ""
    ended: bool = True
    motion: Motion | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object; `from_json` is its inverse."""
        return {
            "label": self.label,
            "result": {key: self.result[key] for key in _KEPT if key in self.result},
            "rows": [[name, dict(seconds)] for name, seconds in self.rows],
            "series": [[round(t_s, 3), round(rate, 3)] for t_s, rate in self.series],
            "lanes": [[lane.name, [[round(a, 6), round(b, 6)] for a, b in lane.phases]] for lane in self.lanes],
            "recorded": self.recorded,
            **({"motion": self.motion.to_json()} if self.motion is not None else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunPicture:
        """Read what `to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            str(data["label"]),
            dict(data["result"]),
            tuple((str(name), dict(seconds)) for name, seconds in data["rows"]),
            tuple((float(t_s), float(rate)) for t_s, rate in data["series"]),
            tuple(
                LaneRow(str(name), tuple((float(begin), float(end)) for begin, end in phases))
                for name, phases in data["lanes"]
            ),
            str(data["recorded"]),
            motion=Motion.from_json(data["motion"]) if "motion" in data else None,
        )


def thinned(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return at most MOST_POINTS of the points, evenly spaced."""
    step = max(1, -(-len(points) // MOST_POINTS))
    return tuple(points[::step])


def middle_lanes(phases: Iterable[tuple[str, float, float]], tasks_a_row: int = 12) -> tuple[LaneRow, ...]:
    """Return part of a run's middle, long enough for some tasks in each row; `phases` are (row, start, end)."""
    rows: dict[str, list[tuple[float, float]]] = {}
    for name, begin, end in phases:
        if name in rows or len(rows) < MOST_ROWS:
            rows.setdefault(name, []).append((begin, end))
    if not rows:
        return ()
    first = min(each[0][0] for each in rows.values())
    last = max(each[-1][1] for each in rows.values())
    lengths = sorted(end - begin for each in rows.values() for begin, end in each)
    width = min(last - first, tasks_a_row * lengths[len(lengths) // 2])
    begin_s = first + (last - first - width) / 2
    end_s = begin_s + width
    return tuple(
        LaneRow(
            name,
            tuple((max(a, begin_s), min(b, end_s)) for a, b in sorted(each) if b > begin_s and a < end_s)[:MOST_PHASES],
        )
        for name, each in rows.items()
    )
