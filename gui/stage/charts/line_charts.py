"""Charts over time: the throughput as a line, and lanes of phases."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPen, QPolygonF

from engine.lessons.picture import RunPicture
from engine.wording import figure_text as figures
from gui.stage.charts.chart import RIGHT, StageChart, frame
from gui.stage.look import fill_of
from gui.stage.paper import Paper

_SMOOTH: Final = 5  # points in a mean


class ThroughputChart(StageChart):
    """Tasks a second over time, with the previous run as a dashed line behind."""

    title = "Tasks a second"

    def draw_runs(self, paper: Paper, room: QRectF) -> None:
        """Draw every run's line on the same axes."""
        look, size = self.look, self.look.small_px
        lines = [_smoothed(run.series) for run in self.runs]
        points = [point for line in lines for point in line]
        if not points:
            return
        most_s, most = max(t_s for t_s, _ in points) or 1.0, max(rate for _, rate in points) * 1.08 or 1.0
        left = paper.width_of(figures.rate(most), size) + size * 0.8
        top = room.top() + size * 0.5 + self._draw_keys(paper, room)
        plot = QRectF(room.left() + left, top, room.width() - left, room.bottom() - size * 1.7 - top)
        frame(paper, plot, look)
        paper.text(
            QRectF(room.left(), plot.top(), left - size * 0.4, size * 1.3), figures.rate(most), size, align=RIGHT
        )
        zero = QRectF(room.left(), plot.bottom() - size * 0.65, left - size * 0.4, size * 1.3)
        paper.text(zero, "0", size, align=RIGHT)
        end = QRectF(plot.left(), plot.bottom() + size * 0.3, plot.width(), size * 1.4)
        paper.text(end, f"{most_s:.1f} s", size, align=RIGHT)
        for place, line in enumerate(lines):
            paper.painter.setPen(self._pen(place))
            shape = [
                QPointF(plot.left() + plot.width() * t_s / most_s, plot.bottom() - plot.height() * rate / most)
                for t_s, rate in line
            ]
            paper.painter.drawPolyline(QPolygonF(shape))

    def _pen(self, place: int) -> QPen:
        """Return the pen of the run at `place`: dashed, unless it is the newest one."""
        ghost = place < len(self.runs) - 1
        style = Qt.PenStyle.DashLine if ghost else Qt.PenStyle.SolidLine
        return QPen(self.look.series(place), self.look.line * (1.2 if ghost else 1.8), style)

    def _draw_keys(self, paper: Paper, room: QRectF) -> float:
        """Write each run's label beside a piece of its line, one below the other; return the height that they take."""
        size = self.look.small_px
        if len(self.runs) < 2:
            return 0.0
        for place, run in enumerate(self.runs):
            line = QRectF(room.left(), room.top() + place * size * 1.4, room.width(), size * 1.4)
            paper.painter.setPen(self._pen(place))
            middle = line.center().y()
            paper.painter.drawLine(QPointF(line.left(), middle), QPointF(line.left() + size * 2.4, middle))
            paper.text(line.adjusted(size * 3, 0, 0, 0), run.label, size, self.look.series(place), bold=True)
        return len(self.runs) * size * 1.4


def _smoothed(series: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    kept = [(t_s, rate) for t_s, rate in series if rate == rate]
    means = []
    for place in range(len(kept)):
        near = kept[max(0, place - _SMOOTH + 1) : place + 1]
        means.append((kept[place][0], sum(rate for _, rate in near) / len(near)))
    return means


class LanesChart(StageChart):
    """A stretch from the middle of the run: a row for each worker, a bar for each step of a task."""

    title = "A moment of it, enlarged"

    def draw_runs(self, paper: Paper, room: QRectF) -> None:
        """Draw the newest run's lanes."""
        look, size = self.look, self.look.small_px
        run: RunPicture = self.runs[-1]
        times = [time_s for lane in run.lanes for phase in lane.phases for time_s in phase]
        if not times:
            words = "Shown once the run has ended" if not run.ended else "No phases were recorded"
            paper.text(room, words, size, look.quiet, Qt.AlignmentFlag.AlignCenter)
            return
        first, last = min(times), max(times)
        plot = QRectF(room.left(), room.top(), room.width(), room.height() - size * 1.7)
        pitch = min(plot.height() / len(run.lanes), look.height / 8)
        scale = plot.width() / max(last - first, 1e-9)
        for place, lane in enumerate(run.lanes):
            top = plot.top() + place * pitch
            paper.painter.setPen(QPen(look.rule, 1))
            paper.painter.drawLine(QPointF(plot.left(), top + pitch * 0.9), QPointF(plot.right(), top + pitch * 0.9))
            paper.painter.setPen(QPen(look.ground, look.line * 0.4))
            for number, (begin, end) in enumerate(lane.phases):
                color = fill_of("cpu") if number % 2 else fill_of("cpu").lighter(125)
                paper.painter.setBrush(color)
                box = QRectF(
                    plot.left() + (begin - first) * scale, top + pitch * 0.1, (end - begin) * scale, pitch * 0.78
                )
                paper.painter.drawRect(box)
        paper.painter.setBrush(Qt.BrushStyle.NoBrush)
        below = QRectF(room.left(), room.bottom() - size * 1.5, room.width(), size * 1.5)
        words = f"{how_many(run)}, a bar for each task"
        paper.text(QRectF(below.left(), below.top(), below.width() * 0.7, below.height()), words, size, look.quiet)
        paper.text(below, f"{figures.seconds(last - first)}", size, align=RIGHT)


def how_many(run: RunPicture) -> str:
    """Return how many workers have a row: `4 workers`, or `the first 16 of 20 workers`."""
    shown, workers = len(run.lanes), run.result.get("workers")
    if isinstance(workers, int) and workers > shown:
        return f"the first {shown} of {figures.counted(workers, 'worker')}"
    return figures.counted(shown, "worker")
