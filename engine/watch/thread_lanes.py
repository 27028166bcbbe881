"""Chooses the threads that a watch's tick reports, and gives each a fixed number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.record.look_file import LookState
from engine.watch.watch_figures import MOST_LANES, STATE_OF, thread_titles
from engine.wire.tick import LaneFigures


class ThreadLanes:
    """Numbers threads in the order in which they were first reported. A tick reports living threads, then ended ones,
    longest-lived first."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, int], int] = {}
        self._figures: tuple[LaneFigures, ...] = ()
        self.count = 0

    def take(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Update from the rows of a result's `threads`."""
        self.count = sum(row["ended_s"] is None for row in rows)
        shown = sorted(rows, key=lambda row: (row["ended_s"] is not None, -_there_s(row), row["tid"]))[:MOST_LANES]
        titles = thread_titles(shown)
        figures = []
        for row in shown:
            key = row["pid"], row["tid"]
            number = self._numbers.setdefault(key, len(self._numbers))
            figures.append(LaneFigures(number, titles[key], *key, state=_state(row), ledger_s=row["ledger_s"]))
        self._figures = tuple(sorted(figures, key=lambda each: each.lane))

    def figures(self) -> tuple[LaneFigures, ...]:
        """Return the threads' figures for a tick."""
        return self._figures


def _there_s(row: Mapping[str, Any]) -> float:
    return float(sum(value for value in row["ledger_s"].values() if value) + (row["unseen_s"] or 0.0))


def _state(row: Mapping[str, Any]) -> str:
    last = row["last"]
    return "" if last is None else STATE_OF.get(LookState[last["state"].upper()], "cpu")
