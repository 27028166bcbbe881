"""The model's code beside the slow motion, with each worker's mark at its present line."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from engine.lessons.model_lines import ModelLines
from engine.lessons.motion import Motion
from engine.wording.worker_names import worker_mark
from gui.stage.charts.chart import CENTRE
from gui.stage.look import StageLook
from gui.stage.paper import Paper, StageWidget
from gui.widgets.worker_colors import ink_on_worker, worker_color


class MotionCode(StageWidget):
    """Shows as many lines as there is room for, around the workers' lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.places: ModelLines | None = None
        self.at: dict[int, list[int]] = {}  # by line: the rows of the workers that are there
        self._names: list[str] = []

    def set_look(self, look: StageLook) -> None:
        """Set the least height: the heading and two lines of code."""
        super().set_look(look)
        self.setMinimumHeight(round(look.small_px * 1.8 + look.least_px * 2.6))

    def show_source(self, source: str, places: ModelLines | None) -> None:
        """Show a model's code."""
        self.lines, self.places = source.rstrip().splitlines(), places
        self.setAccessibleName(source)

    def show_workers(self, motion: Motion | None, time_s: float) -> None:
        """Mark the line that each worker is at."""
        self.at, self._names = {}, [row.name for row in motion.rows] if motion is not None else []
        if motion is not None and self.places is not None:
            for place, row in enumerate(motion.rows):
                line = self.places.task if row.in_task(time_s) else self.places.between
                if line:
                    self.at.setdefault(line, []).append(place)
        self.setAccessibleDescription("; ".join(self.words))
        self.update()

    @property
    def words(self) -> list[str]:
        """Who is at each line: `Thread 1, Thread 3 at line 4`."""
        return [f"{', '.join(self._names[each] for each in found)} at line {line}" for line, found in self.at.items()]

    def draw(self, paper: Paper) -> None:
        """Write the heading, then the code with its marks."""
        look, size = self.look, self.look.small_px
        if not self.lines:
            return
        paper.painter.setPen(look.rule)
        paper.painter.drawLine(0, 0, self.width(), 0)
        paper.text(QRectF(0, size * 0.2, self.width(), size * 1.4), self._heading(), size, look.quiet)
        top, pitch = size * 1.8, look.least_px * 1.28
        room = max(1, int((self.height() - top) / pitch))
        first = self._first(room)
        left = (look.least_px * 1.35) * max(3, len(self._names)) + size * 0.6
        wide = self.width() - left
        shown = self.lines[first : first + room]
        code = paper.common_size(shown, wide, round(look.small_px * 0.95), fixed=True)
        for place, line in enumerate(shown):
            y = top + place * pitch
            found = self.at.get(first + place + 1, [])
            if found:
                shade = QColor(look.accent)
                shade.setAlpha(45)
                paper.painter.fillRect(QRectF(0, y, self.width(), pitch), shade)
                self._draw_marks(paper, y, pitch, found)
            elif self._is_task(first + place + 1):
                paper.painter.setPen(look.rule)
                paper.painter.drawRect(QRectF(0, y, self.width() - 1, pitch))
            text = line if paper.width_of(line, code, fixed=True) <= wide else _shortened(paper, line, code, wide)
            paper.text(QRectF(left, y, wide, pitch), text.replace(" ", "\u00a0"), code, fixed=True)

    def _draw_marks(self, paper: Paper, y: float, pitch: float, found: list[int]) -> None:
        look = self.look
        each = look.least_px * 1.35
        for number, place in enumerate(found):
            box = QRectF(number * each, y, each * 0.9, pitch).adjusted(1, 1, -1, -1)
            paper.painter.fillRect(box, QColor(worker_color(look.theme, place)))
            paper.text(
                box,
                worker_mark(self._names[place]),
                look.least_px,
                QColor(ink_on_worker(look.theme)),
                CENTRE,
                bold=True,
            )

    def _heading(self) -> str:
        if self.places is None or self.places.direct:
            return "The model’s code: which line each worker is at"
        return "The model’s code: the line that gave each worker its task"

    def _is_task(self, line: int) -> bool:
        return self.places is not None and line == self.places.task

    def _first(self, room: int) -> int:
        """Return the first line to show, so that the lines with marks are visible."""
        if len(self.lines) <= room or self.places is None:
            return 0
        return max(0, min(self.places.task - 1 - room // 2, len(self.lines) - room))


def _shortened(paper: Paper, line: str, size: int, wide: float) -> str:
    """Return as much of a long line as fits, with an ellipsis."""
    while line and paper.width_of(line + " …", size, fixed=True) > wide:
        line = line[:-1]
    return line + " …"
