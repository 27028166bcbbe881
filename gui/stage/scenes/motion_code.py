"""The model's code beside the slow motion, with each worker's mark at its present line."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from engine.lessons.model_lines import ModelLines
from engine.lessons.motion import Motion
from engine.wording.worker_names import worker_mark
from gui.stage.charts.chart import CENTRE
from gui.stage.line_breaks import NO_BREAK
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
        left = (look.least_px * 1.35) * max(3, len(self._names)) + size * 0.6
        wide = self.width() - left
        shown = self._shown(int(wide / paper.width_of("m", look.least_px, fixed=True)), room)
        code = paper.common_size([text for _, text in shown], wide, round(look.small_px * 0.95), fixed=True)
        marked = set()
        for place, (number, line) in enumerate(shown):
            y = top + place * pitch
            found = self.at.get(number, [])
            if found:
                shade = QColor(look.accent)
                shade.setAlpha(45)
                paper.painter.fillRect(QRectF(0, y, self.width(), pitch), shade)
                self._draw_marks(paper, y, pitch, found if number not in marked else [])
                marked.add(number)
            elif self._is_task(number):
                paper.painter.setPen(look.rule)
                paper.painter.drawRect(QRectF(0, y, self.width() - 1, pitch))
            paper.text(QRectF(left, y, wide, pitch), line.replace(" ", NO_BREAK), code, fixed=True)

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

    def _shown(self, width: int, room: int) -> list[tuple[int, str]]:
        """Return at most `room` rows of `width` characters with their lines' numbers, the task's line in the middle."""
        rows = [(number, row) for number, line in enumerate(self.lines, 1) for row in rows_of(line, width)]
        if self.places is None:
            return rows[:room]
        task = next((at for at, (number, _) in enumerate(rows) if number == self.places.task), 0)
        first = max(0, min(task - room // 2, len(rows) - room))
        return rows[first : first + room]


def rows_of(line: str, width: int) -> list[str]:
    """Return a line of code in rows of at most `width` characters: without its comment, else broken at spaces."""
    if len(line) > width:
        line = _without_comment(line)
    indent, rows = " " * (len(line) - len(line.lstrip()) + 8), []
    while len(line) > width and (at := line.rfind(" ", len(indent), width)) > 0:
        rows.append(line[:at])
        line = indent + line[at + 1 :]
    return [*rows, line]


def _without_comment(line: str) -> str:
    """Return a line without the comment after its code."""
    code, mark, _ = line.rpartition("  # ")
    return code if mark and code.strip() else line
