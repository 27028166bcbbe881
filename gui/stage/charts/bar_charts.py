"""Figures as bars: the cores' utilization, the operating system's counts, and latencies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QRectF

from engine.lessons.figures import figure_of
from engine.lessons.picture import RunPicture
from engine.wording import figure_text as figures
from gui.stage.charts.chart import StageChart, bar
from gui.stage.paper import Paper

_MOST_CORES: Final = 16


class CoresChart(StageChart):
    """A bar for each core: how busy all programs together kept it."""

    title = "Each core, all programs together"

    def draw_runs(self, paper: Paper, room: QRectF) -> None:
        """Draw the runs' cores beside each other, and below how many cores each run kept busy itself."""
        size = self.look.small_px
        each = room.height() / len(self.runs)
        words = [self._used(run) for run in self.runs]
        common = paper.common_size(words, room.width(), size)
        for place, run in enumerate(self.runs):
            line = QRectF(room.left(), room.top() + place * each, room.width(), each * 0.94)
            paper.text(QRectF(line.left(), line.top(), line.width(), size * 1.6), words[place], common)
            self._draw_cores(paper, line.adjusted(0, size * 1.7, 0, 0), run)

    def _used(self, run: RunPicture) -> str:
        used = figure_of(run.result, "cores_used")
        whose = f"{run.label}: " if len(self.runs) > 1 else ""
        return whose + ("not measured" if used is None else f"its workers kept {used:.1f} cores busy")

    def _draw_cores(self, paper: Paper, room: QRectF, run: RunPicture) -> None:
        look, size = self.look, self.look.small_px
        shares = list((run.result.get("cores") or {}).get("utilization") or [])[:_MOST_CORES]
        if not shares:
            words = "Too short for a sample of each core" if run.ended else ""
            paper.text(QRectF(room.left(), room.top(), room.width(), size * 1.6), words, size, look.quiet)
        pitch = min(room.height() / max(1, len(shares)), look.height / 9)
        named = pitch >= size * 1.15
        left = paper.width_of("Core 15", size) + size if named else 0.0
        for place, share in enumerate(shares):
            line = QRectF(room.left() + left, room.top() + place * pitch, room.width() - left, pitch * 0.8)
            if named:
                paper.text(QRectF(room.left(), line.top(), left, line.height()), f"Core {place}", size)
            paper.painter.setPen(look.rule)
            paper.painter.drawRect(line)
            filled = QRectF(line.left(), line.top(), line.width() * (share or 0.0), line.height())
            bar(paper, filled, look.series(2))
            if named:
                words, gap = f"{share or 0.0:.0%}", size * 0.4
                inside = filled.width() > paper.width_of(words, size, bold=True) + 2 * gap
                beside = line.adjusted(gap if inside else filled.width() + gap, 0, 0, 0)
                paper.text(beside, words, size, look.ground if inside else look.ink, bold=True)


Rows = Sequence[tuple[str, str, Callable[[float | None], str]]]


class FiguresChart(StageChart):
    """Several figures of each run as large numbers with their names."""

    rows: Rows = ()

    def draw_runs(self, paper: Paper, room: QRectF) -> None:
        """Draw a line for each figure, a column for each run."""
        look, size = self.look, self.look.small_px
        column = room.width() / len(self.runs)
        top = room.top()
        if len(self.runs) > 1:
            for place, run in enumerate(self.runs):
                paper.text(QRectF(room.left() + place * column, top, column * 0.96, size * 1.6), run.label, size)
            top += size * 1.7
        pitch = min((room.bottom() - top) / len(self.rows), look.height / 5)
        for line, (name, words, text) in enumerate(self.rows):
            for place, run in enumerate(self.runs):
                box = QRectF(room.left() + place * column, top + line * pitch, column * 0.96, pitch)
                value = text(figure_of(run.result, name))
                paper.text(
                    QRectF(box.left(), box.top(), box.width(), box.height() * 0.62),
                    value,
                    round(min(look.height / 9, pitch * 0.55)),
                    look.series(place),
                    bold=True,
                )
                paper.text(QRectF(box.left(), box.top() + pitch * 0.6, box.width(), pitch * 0.36), words, size)


def _count(value: float | None) -> str:
    return "not measured" if value is None else f"{value:,.0f}"


class ProcessesChart(FiguresChart):
    """Processes, threads and memory, as in the operating system's own list."""

    title = "In the operating system's list"
    rows = (
        ("processes.peak", "processes", _count),
        ("processes.threads_peak", "threads", _count),
        ("processes.rss_peak_bytes", "memory at its peak", figures.size),
    )


class LatencyChart(StageChart):
    """How long tasks took: a bar for the median, p90, p99 and the longest."""

    title = "How long a task takes"
    rows: Final = (
        ("latency_s.p50", "p50"),
        ("latency_s.p90", "p90"),
        ("latency_s.p99", "p99"),
        ("latency_s.max", "max"),
    )

    def draw_runs(self, paper: Paper, room: QRectF) -> None:
        """Draw the bars on one scale; with several runs, the bars of one figure are below each other."""
        size = self.look.small_px
        most = max((figure_of(run.result, name) or 0.0 for run in self.runs for name, _ in self.rows), default=0.0)
        pitch = min(room.height() / len(self.rows), self.look.height / 6)
        left = paper.width_of("p99", size) + size * 1.2
        right = paper.width_of("000.0 ms", size) + size * 0.6
        for line, (name, words) in enumerate(self.rows):
            top = room.top() + line * pitch
            paper.text(QRectF(room.left(), top, left, pitch * 0.86), words, size, bold=True)
            each = pitch * 0.86 / len(self.runs)
            for place, run in enumerate(self.runs):
                value = figure_of(run.result, name)
                width = (room.width() - left - right) * ((value or 0.0) / most if most else 0.0)
                box = QRectF(room.left() + left, top + place * each, width, each * 0.88)
                bar(paper, box, self.look.series(place))
                side = QRectF(box.right() + size * 0.4, box.top(), right, max(box.height(), size))
                paper.text(side, figures.seconds(value), size)
