"""Part of a run for slow motion: what each worker did at every instant, and which one held the GIL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

MOST_ROWS: Final = 6
NOBODY: Final = "nobody"
NOT_KNOWN: Final = "not known"
OTHER: Final = "another thread"
LOOP: Final = "the loop"


class Piece(NamedTuple):
    """A state, or a holder of the GIL, from one time to another, in seconds of the run."""

    what: str
    begin_s: float
    end_s: float


class Span(NamedTuple):
    """A task, from its beginning to its end, in seconds of the run."""

    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class MotionRow:
    """One worker: its states as the time ledger names them ("": not known), and its tasks."""

    name: str
    states: tuple[Piece, ...]
    tasks: tuple[Span, ...]

    def state_at(self, time_s: float) -> str:
        """Return its state at a time."""
        return what_at(self.states, time_s)

    def in_task(self, time_s: float) -> bool:
        """Whether it is in a task at a time."""
        return any(each.begin_s <= time_s < each.end_s for each in self.tasks)


@dataclass(frozen=True, slots=True)
class Motion:
    """Part of a run. `gil` holds names of rows, NOBODY, NOT_KNOWN, OTHER or LOOP; if empty, `no_gil` says why."""

    begin_s: float
    end_s: float
    rows: tuple[MotionRow, ...]
    gil: tuple[Piece, ...] = ()
    no_gil: str = ""

    @property
    def length_s(self) -> float:
        """How long the stretch took."""
        return self.end_s - self.begin_s

    def next_change(self, time_s: float, *, back: bool = False) -> float | None:
        """Return the next (or previous) time at which a state, the GIL's holder or a task changes."""
        times = {time_s for row in self.rows for task in row.tasks for time_s in task}
        times |= {piece.begin_s for row in self.rows for piece in row.states} | {piece.begin_s for piece in self.gil}
        found = [each for each in times if (self.begin_s <= each < time_s if back else time_s < each < self.end_s)]
        return (max(found) if back else min(found)) if found else None

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object; `from_json` is its inverse."""
        return {
            "begin_s": round(self.begin_s, 6),
            "end_s": round(self.end_s, 6),
            "rows": [
                {"name": row.name, "states": _rounded(row.states), "tasks": _rounded(row.tasks)} for row in self.rows
            ],
            "gil": _rounded(self.gil),
            "no_gil": self.no_gil,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Motion:
        """Read what `to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        rows = tuple(
            MotionRow(
                str(row["name"]), _pieces(row["states"]), tuple(Span(float(a), float(b)) for a, b in row["tasks"])
            )
            for row in data["rows"]
        )
        return cls(float(data["begin_s"]), float(data["end_s"]), rows, _pieces(data["gil"]), str(data["no_gil"]))


def what_at(pieces: Iterable[Piece], time_s: float) -> str:
    """Return the state at a time, "" if it is not known."""
    return next((each.what for each in pieces if each.begin_s <= time_s < each.end_s), "")


def _pieces(data: Iterable[Any]) -> tuple[Piece, ...]:
    return tuple(Piece(str(what), float(begin), float(end)) for what, begin, end in data)


def _rounded(pieces: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [[round(part, 6) if isinstance(part, float) else part for part in each] for each in pieces]
