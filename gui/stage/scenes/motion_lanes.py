"""The lanes of the slow motion: the GIL's at the top, each worker's with its state in words, and the playhead."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPen

from engine.lessons.motion import LOOP, NOBODY, NOT_KNOWN, OTHER, Motion, MotionRow, Piece, what_at
from engine.wording import figure_text as figures
from engine.wording.state_colors import STATE_COLORS
from engine.wording.state_names import STATE_TITLES
from engine.wording.worker_names import worker_mark
from gui.stage.charts.chart import CENTRE, RIGHT
from gui.stage.charts.state_marks import draw_legend, draw_state
from gui.stage.paper import Paper, StageWidget
from gui.widgets.worker_colors import ink_on_worker, worker_color

_HOLDERS: Final = {NOBODY: "nobody has it", NOT_KNOWN: "not known", OTHER: "another thread", LOOP: "the loop’s thread"}


class MotionLanes(StageWidget):
    """Draws a stretch of a run; a click puts the playhead there."""

    sought = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.motion: Motion | None = None
        self.at_s = 0.0
        self._why = ""
        self._plot = QRectF()
        self.setAccessibleName("Slow motion")

    def show_motion(self, motion: Motion | None, why: str) -> None:
        """Show this stretch; if there is none, say why."""
        self.motion, self._why = motion, why
        lines = 4.2 + 1.3 * (len(motion.rows) + 1) if motion is not None else 3.0  # legend, times, and the lanes
        self.setMinimumHeight(round(lines * self.look.small_px))
        self.update()

    def show_time(self, time_s: float) -> None:
        """Put the playhead at a time."""
        self.at_s = time_s
        self.setAccessibleDescription(self.words)
        self.update()

    @property
    def words(self) -> str:
        """What every worker does at the playhead."""
        motion = self.motion
        if motion is None:
            return self._why
        doing = "; ".join(f"{row.name}: {self.doing(row)}" for row in motion.rows)
        return f"GIL: {self.holder}; {doing}"

    @property
    def holder(self) -> str:
        """Who has the GIL at the playhead, in words."""
        motion = self.motion
        if motion is None:
            return ""
        if not motion.gil:
            return motion.no_gil
        held = what_at(motion.gil, self.at_s) or motion.gil[-1].what
        return _HOLDERS.get(held, held)

    def doing(self, row: MotionRow) -> str:
        """Return what a worker does at the playhead."""
        state = row.state_at(self.at_s)
        if not state and row.states and self.at_s >= row.states[-1].begin_s:
            state = row.states[-1].what
        if state:
            return STATE_TITLES[state]
        return "not seen" if row.in_task(self.at_s) else "between tasks"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the time under the mouse."""
        self._seek(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the playhead."""
        self._seek(event)

    def draw(self, paper: Paper) -> None:
        """Draw legend, GIL, workers, times and playhead."""
        look, motion, size = self.look, self.motion, self.look.small_px
        if motion is None:
            paper.text(QRectF(self.rect()), self._why, look.text_px, look.quiet, CENTRE, wrap=True)
            return
        seen = [
            state for state in STATE_COLORS if any(piece.what == state for row in motion.rows for piece in row.states)
        ]
        top = draw_legend(paper, QRectF(0, 0, self.width(), size * 3), [(each, STATE_TITLES[each]) for each in seen])
        names = [*(row.name for row in motion.rows), "GIL"]
        left = max(paper.width_of(name, size, bold=True) for name in names) + size
        right = max(paper.width_of(words, size) for words in [*STATE_TITLES.values(), *_HOLDERS.values()]) + size
        bottom = self.height() - size * 1.5
        self._plot = plot = QRectF(left, top, self.width() - left - right, bottom - top)
        pitch = min(plot.height() / (len(motion.rows) + 1), look.height / 9)
        self._draw_gil(paper, QRectF(plot.left(), plot.top(), plot.width(), pitch * 0.84))
        for place, row in enumerate(motion.rows):
            room = QRectF(plot.left(), plot.top() + (place + 1) * pitch, plot.width(), pitch * 0.84)
            self._draw_row(paper, room, place, row)
        low = plot.top() + (len(motion.rows) + 1) * pitch
        self._draw_times(paper, QRectF(plot.left(), low, plot.width(), size * 1.4))
        self._draw_playhead(paper, plot.top(), low)

    def x_of(self, time_s: float) -> float:
        """Return the x coordinate of a time."""
        assert self.motion is not None
        return self._plot.left() + (time_s - self.motion.begin_s) / self.motion.length_s * self._plot.width()

    def _draw_gil(self, paper: Paper, room: QRectF) -> None:
        look, motion, size = self.look, self.motion, self.look.small_px
        assert motion is not None
        paper.text(QRectF(0, room.top(), room.left(), room.height()), "GIL", size, bold=True)
        if not motion.gil:
            whole = QRectF(room.left(), room.top(), self.width() - room.left(), room.height())
            paper.text(whole, motion.no_gil, size, look.quiet)
            return
        rows = [row.name for row in motion.rows]
        for piece in motion.gil:
            self._draw_holder(paper, self._part(room, piece), piece.what, rows)
        paper.painter.setPen(QPen(look.rule, look.line * 0.4))
        paper.painter.drawRect(room)
        paper.text(self._beside(room), self.holder, size, bold=True)

    def _draw_holder(self, paper: Paper, part: QRectF, holder: str, rows: list[str]) -> None:
        look, painter = self.look, paper.painter
        if holder == NOBODY:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        if holder in rows:
            painter.setBrush(QColor(worker_color(look.theme, rows.index(holder))))
        else:
            hatched = Qt.BrushStyle.Dense6Pattern if holder == NOT_KNOWN else Qt.BrushStyle.SolidPattern
            painter.setBrush(QBrush(look.quiet, hatched))
        painter.drawRect(part.adjusted(0.5, 0, -0.5, 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        mark = worker_mark(holder) if holder in rows else ""
        if mark and part.width() > paper.width_of(mark, look.small_px, bold=True) * 1.2:
            paper.text(part, mark, look.small_px, QColor(ink_on_worker(look.theme)), CENTRE, bold=True)

    def _draw_row(self, paper: Paper, room: QRectF, place: int, row: MotionRow) -> None:
        look, size = self.look, self.look.small_px
        color = QColor(worker_color(look.theme, place))
        paper.text(QRectF(0, room.top(), room.left(), room.height()), row.name, size, color, bold=True)
        for piece in row.states:
            if piece.what:
                draw_state(paper, self._part(room, piece), piece.what, QPen(look.ground, look.line * 0.3))
        paper.painter.setPen(QPen(look.ink, look.line * 0.5))
        for task in row.tasks:  # a line below for each task: where it begins and ends
            y = room.bottom() + look.line * 0.4
            paper.painter.drawLine(QPointF(self.x_of(task.begin_s) + look.line, y), QPointF(self.x_of(task.end_s), y))
        paper.text(self._beside(room), self.doing(row), size)

    def _draw_times(self, paper: Paper, room: QRectF) -> None:
        motion, size = self.motion, self.look.small_px
        assert motion is not None
        paper.text(room, figures.seconds(motion.length_s), size, self.look.quiet, RIGHT)
        at = figures.seconds(self.at_s - motion.begin_s)
        words = f"{at} of a stretch of the run; a line below a lane is a task"
        paper.text(QRectF(room.left(), room.top(), room.width() * 0.85, room.height()), words, size, self.look.quiet)

    def _draw_playhead(self, paper: Paper, top: float, bottom: float) -> None:
        x = self.x_of(self.at_s)
        paper.painter.setPen(QPen(QColor("#E0218A"), self.look.line))
        paper.painter.drawLine(QPointF(x, top), QPointF(x, bottom))

    def _beside(self, room: QRectF) -> QRectF:
        """Return the rectangle for a lane's state in words."""
        left = room.right() + self.look.small_px * 0.6
        return QRectF(left, room.top(), self.width() - left, room.height())

    def _part(self, room: QRectF, piece: Piece) -> QRectF:
        left = self.x_of(piece.begin_s)
        return QRectF(left, room.top(), self.x_of(piece.end_s) - left, room.height())

    def _seek(self, event: QMouseEvent) -> None:
        if self.motion is not None and event.buttons() and self._plot.width() > 0:
            share = (event.position().x() - self._plot.left()) / self._plot.width()
            self.sought.emit(self.motion.begin_s + share * self.motion.length_s)
