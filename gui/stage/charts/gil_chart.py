"""Who held the GIL: a bar for each worker with its share of the run, and how often it changed hands."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF

from engine.wording import figure_text as figures
from gui.stage.charts.chart import CENTRE, StageChart, bar
from gui.stage.paper import Paper

_MOST_BARS = 8


class GilChart(StageChart):
    """The newest run's GIL; of several processes, that of the one with the most looks."""

    title = "Who held the GIL"

    def draw_runs(self, paper: Paper, room: QRectF) -> None:
        """Draw a bar for each worker, and one line below."""
        look, size, run = self.look, self.look.small_px, self.runs[-1]
        gil = _busiest(run.result.get("gil") or ())
        if gil is None:
            enabled = (run.result.get("interpreter") or {}).get("gil_enabled")
            words = (
                "There is no GIL" if enabled is False else "Not seen" if run.ended else "Shown once the run has ended"
            )
            paper.text(room, words, look.text_px, look.quiet, CENTRE)
            return
        held = dict(sorted(gil["held_s"].items(), key=lambda each: -each[1])[:_MOST_BARS])
        total = sum(gil["held_s"].values()) + sum(gil.get(key) or 0.0 for key in ("other_s", "nobody_s", "unknown_s"))
        low = room.bottom() - size * 2.9
        pitch = min((low - room.top()) / max(1, len(held)), look.height / 7)
        left = min(max((paper.width_of(name, size) for name in held), default=0.0) + size, room.width() * 0.45)
        for place, (name, seconds) in enumerate(held.items()):
            line = QRectF(room.left(), room.top() + place * pitch, room.width(), pitch * 0.84)
            paper.text(QRectF(line.left(), line.top(), left, line.height()), name, size)
            share = seconds / total if total else 0.0
            full = line.width() - left - size * 3.5
            box = QRectF(line.left() + left, line.top(), full * share, line.height())
            bar(paper, box, look.series(1))
            paper.text(
                QRectF(box.right() + size * 0.4, line.top(), size * 3.5, line.height()), f"{share:.0%}", size, bold=True
            )
        paper.text(QRectF(room.left(), low, room.width(), size * 2.8), _pace(gil), size, look.quiet, wrap=True)


def _busiest(found: Any) -> dict[str, Any] | None:
    known = [each for each in found if each.get("held_s")]
    return max(known, key=lambda each: sum(each["held_s"].values()), default=None)


def _pace(gil: dict[str, Any]) -> str:
    """Return how often the GIL changed hands, as far as it was observed."""
    lengths = gil.get("stretch_s") or {}
    rate, stretch, short = gil.get("handovers_per_s"), lengths.get("p50"), lengths.get("shorter_than")
    if rate is None:
        return ""
    if short is not None:
        return f"It changed hands over {figures.rate(rate)} times a second, after less than {figures.seconds(short)}."
    after = f", after {figures.seconds(stretch)} (median)" if stretch is not None else ""
    return f"It changed hands {figures.rate(rate)} times a second{after}."
