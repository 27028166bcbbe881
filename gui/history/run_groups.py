"""The rows of the list of kept runs: runs, and a row for each comparison, which expands to its runs. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final

from engine.history.past_run import PastRun
from engine.history.referenced import ComparedRuns
from engine.wording import figure_text as figures

GROUP: Final = "comparison "  # prefix of the id of a comparison's row
Value = Callable[[PastRun], Any]


def is_group(run: PastRun) -> bool:
    """Return whether a row is a comparison's."""
    return run.run_id.startswith(GROUP)


class RunGroups:
    """Knows which runs belong to which comparison (if to several, to the newest), and which comparisons are open."""

    def __init__(self) -> None:
        self.opened: set[str] = set()  # ids of rows
        self.flat = False  # true while a filter is on: each run is a row, and comparisons have none
        self._runs_of: dict[str, list[PastRun]] = {}
        self._rows: dict[str, PastRun] = {}
        self._single: list[PastRun] = []

    def take(self, runs: Sequence[PastRun], compared: Iterable[ComparedRuns]) -> None:
        """Group these runs. A comparison with only one remaining run has no row of its own."""
        group_of = {run_id: each for each in compared for run_id in each.run_ids}
        found: dict[str, list[PastRun]] = {}
        titles: dict[str, str] = {}
        for run in runs:
            if (group := group_of.get(run.run_id)) is not None:
                key = f"{GROUP}{group.comparison_id}"
                found.setdefault(key, []).append(run)
                titles[key] = group.title
        self._runs_of = {key: members for key, members in found.items() if len(members) > 1}
        grouped = {run.run_id for members in self._runs_of.values() for run in members}
        self._single = [run for run in runs if run.run_id not in grouped]
        self._rows = {key: _row(key, titles[key], members) for key, members in self._runs_of.items()}
        self.opened &= set(self._rows)

    def runs_of(self, row: PastRun) -> Sequence[PastRun]:
        """Return the runs that a row stands for."""
        return self._runs_of.get(row.run_id, [row])

    def is_member(self, run: PastRun) -> bool:
        """Return whether a run is shown below its comparison's row."""
        return not self.flat and any(run in self._runs_of[key] for key in self.opened)

    def arranged(self, value: Value, *, reverse: bool) -> list[PastRun]:
        """Return the rows sorted by a value; an open comparison's runs, sorted too, follow its row."""
        if self.flat:
            members = [run for runs in self._runs_of.values() for run in runs]
            return in_order([*self._single, *members], value, reverse=reverse)
        rows: list[PastRun] = []
        for row in in_order([*self._single, *self._rows.values()], value, reverse=reverse):
            rows.append(row)
            if row.run_id in self.opened:
                rows += in_order(self._runs_of[row.run_id], value, reverse=reverse)
        return rows


def in_order(runs: Collection[PastRun], value: Value, *, reverse: bool) -> list[PastRun]:
    """Return runs sorted by a value; unmeasured values come last."""
    known = [run for run in runs if value(run) is not None]
    return [*sorted(known, key=value, reverse=reverse), *(run for run in runs if value(run) is None)]


def _row(key: str, title: str, members: Sequence[PastRun]) -> PastRun:
    newest = max(members, key=lambda run: (run.started_at, run.run_id))
    models = list(dict.fromkeys(run.model for run in members))
    return PastRun(
        run_id=key,
        started_at=newest.started_at,
        title=f"Comparison: {title}, {figures.counted(len(members), 'run')}",
        model=models[0] if len(models) == 1 else f"{len(models)} models",
        workers=0,
        interpreter="",
        status="",
        reason=None,
        tasks_done=None,
        tasks_failed=None,
        elapsed_s=sum(run.elapsed_s or 0.0 for run in members),
        throughput_per_s=None,
        latency_p50_s=None,
        latency_p99_s=None,
        size_bytes=sum(run.size_bytes for run in members),
    )
