"""What you are seeing: two or three plain sentences from the run's own figures, and what could be tried next."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.insight.figure_text import observer_cost_words
from engine.insight.insight import insight
from engine.insight.run_figures import LoopHold, RunFigures, Suggestion
from gui.widgets.fonts import font
from gui.widgets.requests import MeasureOverhead, RunModel
from gui.widgets.theme import Theme
from gui.widgets.view import View, ViewDescriptor
from gui.widgets.view_data import Floats, RunData

_REWORD_S = 0.5  # words that change more often cannot be read
_RECENT_S = 2.0
_NO_BREAK, _JOINER = "\u00a0", "\u2060"
_KEPT_TOGETHER = {" %": f"{_NO_BREAK}%", "I/O": f"I/{_JOINER}O"}  # no line begins with a percent sign, or a lone O
_ARRIVALS = "arrivals "  # how the mark of a change by hand begins, as in "arrivals 120/s"
_MEASURE = "Measure the cost of watching"


class Seeing(View):
    """The sentences, the first one larger; below, a suggestion as a button and the run's notes."""

    empty_text = "Press Run (F5), and what happens will be put into words here."

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What you are seeing")
        page = QWidget()
        self.lead, self.more, self.notes, self.watching = (_label(page) for _ in range(4))
        for empty in (self.notes, self.watching):
            empty.hide()
        self.button = QPushButton(page)
        self.button.clicked.connect(self._on_suggestion)
        self._suggestion: Suggestion | None = None
        self._said_s = -1.0
        self._layout = QVBoxLayout(page)
        for widget in (self.lead, self.more):
            self._layout.addWidget(widget)
        self._layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self._layout.addWidget(self.notes)
        self.measure = QPushButton(page)
        self.measure.setToolTip("Runs the experiment again, watched and not watched in turn, for half a minute")
        self.measure.clicked.connect(lambda: self.requested.emit(MeasureOverhead()))
        self._layout.addWidget(self.watching)
        self._layout.addWidget(self.measure, 0, Qt.AlignmentFlag.AlignLeft)
        self._layout.addStretch(1)
        self._scroll = QScrollArea(self.body)
        self._scroll.setWidget(page)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self.body)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)

    @property
    def words(self) -> str:
        """Everything that is said, as one text."""
        said = " ".join(each.text() for each in (self.lead, self.more) if each.text())
        return said.replace(_NO_BREAK, " ").replace(_JOINER, "")

    def has_content(self, data: RunData) -> bool:
        """Whether there is anything to say."""
        return data.latest is not None or data.stage == "ended"

    def on_run(self, data: RunData | None) -> None:
        """Forget what was said."""
        self._said_s = -1.0
        self.measure.setText(_MEASURE)

    def on_refresh(self, data: RunData) -> None:
        """Say it anew, not more often than can be read."""
        now_s = float((data.latest or {}).get("t_s") or 0.0)
        if data.stage != "ended" and 0 <= now_s - self._said_s < _REWORD_S:
            return
        self._said_s = now_s
        said = insight(run_figures(data))
        _say(self.lead, said.sentences[0] if said.sentences else "")
        _say(self.more, " ".join(said.sentences[1:]))
        _say(self.notes, "\n\n".join(str(note) for note in (data.result or {}).get("notes") or ()))
        self._show_watching(data)
        self._suggestion = said.suggestion if data.stage == "ended" else None
        self.button.setVisible(self._suggestion is not None)
        if self._suggestion is not None:
            self.button.setText(self._suggestion.label)

    def show_observer_cost(self, message: dict[str, Any]) -> None:
        """Tell how far the measurement is, and offer to end it; what came of it is in the run's result."""
        if message["cost"] or message["reason"]:
            self.measure.setText(_MEASURE)
            _say(self.watching, "")
        else:
            self.measure.setText("Stop measuring")
            _say(self.watching, f"Measuring the cost of watching: {message['done']} of {message['of']} pairs of runs")

    def _show_watching(self, data: RunData) -> None:
        cost = (data.result or {}).get("observer_cost")
        _say(self.watching, f"Cost of watching: {observer_cost_words(cost)}" if cost else "")
        self.measure.setVisible(data.stage == "ended" and data.result is not None)

    def on_theme(self, theme: Theme) -> None:
        """Restyle the texts."""
        margin = round(12 * min(theme.scale, 1.5))
        self._layout.setContentsMargins(margin, margin, margin, margin)
        self._layout.setSpacing(margin)
        self.lead.setFont(font(theme.font_pt * 1.3, QFont.Weight.DemiBold))
        self.more.setFont(font(theme.font_pt * 1.15))
        for each in (self.notes, self.watching, self.measure):
            each.setFont(font(theme.font_pt))
        self.button.setFont(font(theme.font_pt * 1.05))
        for label, color in (
            (self.lead, theme.text),
            (self.more, theme.text),
            (self.notes, theme.muted),
            (self.watching, theme.muted),
        ):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, QColor(color))
            label.setPalette(palette)
        palette = self._scroll.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.panel))
        self._scroll.setPalette(palette)
        self._said_s = -1.0

    def _on_suggestion(self) -> None:
        if self._suggestion is not None:
            self.requested.emit(RunModel(self._suggestion.kind, self._suggestion.workers))


def run_figures(data: RunData) -> RunFigures:
    """Return what the sentences need of a run: its result's figures once it has ended, else its newest."""
    card, model, work = data.model_card, data.experiment.get("model") or {}, data.experiment.get("workload") or {}
    latest, result = data.latest or {}, data.result or {}
    tasks = result.get("tasks") or latest.get("tasks") or {}
    latency = (result or latest).get("latency_s") or {}
    elapsed_s = result.get("elapsed_s", latest.get("elapsed_s"))
    startup_s = result.get("startup_s")
    if startup_s is None and latest.get("elapsed_s") is not None:
        startup_s = max(0.0, latest["t_s"] - latest["elapsed_s"])
    ended = data.stage == "ended"
    return RunFigures(
        worker_kind=card.worker_kind if card else "worker",
        workers=1 if card and card.max_workers == 1 else int(result.get("workers") or model.get("workers") or 1),
        is_async=bool(card and card.is_async),
        gil_enabled=(data.interpreter or {}).get("gil_enabled"),
        machine_cores=data.samples.cores.shape[1] or None,
        status=str(result.get("status") or ("failed" if ended else "running")),
        reason=str(result.get("reason") or getattr(data, "reason", "") or ""),
        done=int(tasks.get("done") or 0),
        failed=int(tasks.get("failed") or 0),
        first_error=_first_error(result),
        elapsed_s=elapsed_s,
        startup_s=startup_s,
        throughput_per_s=result.get("throughput_per_s") if ended else _rate(data, startup_s or 0.0),
        task_s=latency.get("p50"),
        arrival_per_s=_arrivals(data, startup_s or 0.0, elapsed_s),
        run_cores=_mean(data.samples.run_cores, data, startup_s or 0.0),
        other_cores=_other_cores(data, startup_s or 0.0),
        ledger_s=result.get("ledger_s") or latest.get("ledger_s") or {},
        loop_hold=_loop_hold(result),
        model=str(model.get("kind") or ""),
        processes=len({lane.get("pid") for lane in latest.get("lanes") or ()}) or 1,
        payload_bytes=1024.0 * sum(step.get("size_kib") or 0 for step in _payloads(work)),
    )


def _payloads(work: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in work.get("steps") or () if step.get("kind") == "payload"]


def _first_error(result: dict[str, Any]) -> str:
    first = (result.get("errors") or {}).get("first") or {}
    kind, message = first.get("type"), first.get("message")
    return f"{kind}: {message}" if kind and message else str(kind or message or "")


def _loop_hold(result: dict[str, Any]) -> LoopHold | None:
    hold = result.get("longest_loop_hold")
    return LoopHold(*(hold[name] for name in ("worker", "task", "step", "held_s", "waiting"))) if hold else None


def _mean(values: Floats, data: RunData, since_s: float) -> float | None:
    """Return the mean of the samples after `since_s`; None where nothing was measured."""
    known = values[(data.samples.t_s > since_s) & np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _other_cores(data: RunData, since_s: float) -> float | None:
    share = _mean(data.samples.load_other, data, since_s)
    return None if share is None else share * data.samples.cores.shape[1]


def _arrivals(data: RunData, startup_s: float, elapsed_s: float | None) -> float | None:
    """Return how many tasks arrived a second over the run, in which the rate may have been changed by hand."""
    rate = (data.experiment.get("workload") or {}).get("arrival_per_s")
    changes = [(t_s, text) for t_s, text in data.marks if text.startswith(_ARRIVALS)]
    if rate is None or not elapsed_s or not changes:
        return None if rate is None else float(rate)
    end_s, came, since_s = startup_s + elapsed_s, 0.0, startup_s
    for t_s, text in changes:
        until_s = min(max(t_s, since_s), end_s)
        came, since_s = came + rate * (until_s - since_s), until_s
        rate = float(text.removeprefix(_ARRIVALS).removesuffix("/s"))
    return float((came + rate * (end_s - since_s)) / elapsed_s)


def _rate(data: RunData, startup_s: float) -> float | None:
    """Return the tasks a second of late, of which the start is no part; in an open loop of the whole run so far.

    A queue is what all arrivals since the start and all that was done since then make of it.
    """
    latest = data.latest or {}
    if (data.experiment.get("workload") or {}).get("arrival_per_s") and latest.get("elapsed_s"):
        return float((latest.get("tasks") or {}).get("done") or 0) / float(latest["elapsed_s"])
    t_s = data.samples.t_s
    since_s = max(startup_s, float(t_s[-1]) - _RECENT_S) if len(t_s) else 0.0
    return _mean(data.samples.throughput_per_s, data, since_s) if len(t_s) else None


def _say(label: QLabel, words: str) -> None:
    kept = words
    for text, whole in _KEPT_TOGETHER.items():
        kept = kept.replace(text, whole)
    if kept != label.text():
        label.setText(kept)
        label.setVisible(bool(words))


def _label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


VIEW = ViewDescriptor("seeing", "What you are seeing", "right", Seeing, order=10)
