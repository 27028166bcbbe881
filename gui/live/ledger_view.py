"""Live's ledger: where every second of every worker went, for the whole run and for each worker."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout

from engine.trace.watched import is_watch
from engine.wire.protocol import LEDGER_STATES
from engine.wire.tick import LaneFigures
from engine.wording import figure_text as figures
from engine.wording.state_names import with_starting
from engine.wording.worker_names import worker_title
from engine.workload.group import group_names
from gui.live.gil_strip import GilStrip
from gui.live.ledger_bars import LedgerBars
from gui.live.stacked_bars import BarRow
from gui.widgets.panel import Panel
from gui.widgets.theme import Theme
from gui.widgets.view import ViewDescriptor
from gui.widgets.view_data import RunData

MOST_ROWS = 64
_AROUND_S = 0.25


class LedgerPanel(Panel):
    """One bar for all workers with a legend in plain words, and a bar for each worker."""

    empty_command = ("", "")  # Live has one button, on the first card
    empty_text = "Where each worker's time goes: running, or waiting, and for what.\nPress Run (F5) to see it."

    def __init__(self) -> None:
        super().__init__("Where the time goes")
        self.bars = LedgerBars(self.body)
        self._full_names: list[str] = []
        self._names: list[str] = []
        self._of = "worker"  # whose time it is
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        self.gil = GilStrip(self.body)
        layout.addWidget(self.bars, 1)
        layout.addWidget(self.gil)

    def has_content(self, data: RunData) -> bool:
        """Whether any worker's time is known."""
        return any(_ledger(data).values())

    def on_run(self, data: RunData | None) -> None:
        """Forget the previous run's bars."""
        self.header.set_figure("")
        self.gil.show_run(None)
        self.bars.set_rows(BarRow(""), (), merged=False)
        self._full_names = []  # the next run's workers may have the same names, but be of another kind

    def on_refresh(self, data: RunData) -> None:
        """Show the newest ledger; for an ended run, its result's."""
        ledger = _ledger(data)
        merged = ledger.get("cpu_wait") is None
        lanes = (data.latest.lanes if data.latest is not None else ())[:MOST_ROWS]
        full = [lane.worker or f"lane {lane.lane}" for lane in lanes]
        if full != self._full_names:
            self._full_names = full
            kind = data.model_card.worker_kind if data.model_card else "worker"
            groups = group_names(data.experiment["workload"])
            named = zip(lanes, full, strict=True)
            self._names = [worker_title(lane.lane, kind, name, groups) for lane, name in named]
            if is_watch(data.experiment):
                self._names = full
        rows = [
            BarRow(name, with_starting(lane.ledger_s, lane.starting_s), whole, lane.tasks, place)
            for place, (name, whole, lane) in enumerate(zip(self._names, full, lanes, strict=True))
        ]
        rows = [*self._means_behind(), *rows]
        self._show_gil(data, lanes)
        watched = is_watch(data.experiment)
        total = BarRow("All threads" if watched else "All workers", ledger)
        if self.names is not None:
            total = BarRow(self.names.front.label, ledger, self.names.front.whole)
        count = data.latest.lane_count if data.latest is not None else 0
        more = max(0, (count or 0) - len(lanes))
        self.bars.set_rows(total, rows, merged=merged, estimated=not _looked(data), more=more)
        self._of = "thread" if watched else "worker"
        self._show_figure()
        spoken = "; ".join([words for _, words in self.bars.legend()] + [self.bars.more_words] * bool(more))
        if spoken != self.bars.accessibleDescription():
            self.bars.setAccessibleDescription(spoken)

    def _show_figure(self) -> None:
        if self.bars.instant is not None:
            self.header.set_figure("", self.bars.instant.name)
            return
        worker_s = figures.seconds(self.bars.total.total_s)
        self.header.set_figure("", f"{worker_s} of {self._of} time", worker_s)

    def show_time(self, time_s: float | None) -> None:
        """Show the ledger around an instant in the bar of all workers; None shows the whole run's again."""
        data = self.data
        spent = None if data is None or time_s is None else _spent_around(data, time_s)
        self.bars.set_instant(None if spent is None else BarRow(f"Around {time_s:.1f} s", spent))
        self._show_figure()

    def _means_behind(self) -> list[BarRow]:
        """Return a bar of each run behind, to a worker's scale: the mean of its workers."""
        names = self.names.behind if self.names is not None else ()
        rows = []
        for run, name in zip(self.behind, names, strict=True):
            latest = run.latest
            workers = max(1, (latest.lane_count or 1) if latest is not None else 1)
            mean = {state: None if value is None else value / workers for state, value in _ledger(run).items()}
            rows.append(BarRow(name.label, mean, f"{name.whole}: the mean of its workers", behind=True))
        return rows

    def _show_gil(self, data: RunData, lanes: Sequence[LaneFigures]) -> None:
        if data.folder is None:
            return
        if not self.gil.is_open:
            self.gil.show_run(data.folder)
        self.gil.take_in(data.folder, lanes, self._names, ended=data.stage == "ended")
        self._fit_gil()

    def _fit_gil(self) -> None:
        """Show the rows of the GIL, unless the card is so low that the bars would stand over them."""
        needed = self.bars.minimumHeight() + self.gil.sizeHint().height()
        self.gil.setVisible(self.gil.has_rows and self.body.height() >= needed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the rows of the GIL if there is room now."""
        super().resizeEvent(event)
        self._fit_gil()

    def on_theme(self, theme: Theme) -> None:
        """Restyle the bars."""
        self.bars.set_theme(theme)
        self.gil.set_theme(theme)


def _spent_around(data: RunData, time_s: float) -> dict[str, float | None] | None:
    """Return the seconds by state within half a second around an instant; None without samples there."""
    t = data.samples.t_s
    if len(t) < 2 or time_s > t[-1] + _AROUND_S:
        return None
    first, last = np.searchsorted(t, [time_s - _AROUND_S, time_s + _AROUND_S])
    first, last = max(0, int(first) - 1), min(len(t) - 1, int(last))
    spent = {state: float(np.diff(data.samples.ledger(state)[[first, last]])[0]) for state in LEDGER_STATES}
    known = {state: None if np.isnan(value) else max(0.0, value) for state, value in spent.items()}
    starting = np.diff(data.samples.figure("starting_s")[[first, last]])[0]
    known = with_starting(known, None if np.isnan(starting) else float(starting))
    return known if any(known.values()) else None


def _ledger(data: RunData) -> dict[str, float | None]:
    """Return the run's seconds by state as they are shown: the result's once there is one, else the last tick's."""
    for known in (data.result, data.latest):
        if known is not None and known.ledger_s:
            return with_starting(known.ledger_s, known.starting_s)
    return {}


def _looked(data: RunData) -> bool:
    """Return whether waits are observed from outside; for a run that goes on, whether its threads are looked at."""
    known = data.result or data.latest
    seen = known.witness if known is not None else None
    return seen is not None and bool(seen.looks or (data.result is None and seen.method not in (None, "none")))


VIEW = ViewDescriptor("ledger", "Where the time goes", "panel", LedgerPanel, order=30)
