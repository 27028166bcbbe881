"""Shows two stepped workers: the code, each one's present line and locals, the shared values, and the order so far."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPen, QPolygonF

from engine.lessons.scheduler.messages import SchedulerState, SteppedWorker
from engine.lessons.scheduler.programs import WORKERS
from gui.stage.paper import Paper, StageWidget
from gui.widgets.contrast import ink_on

_STATES: Final = {"ready": "ready", "blocked": "waits for", "done": "done"}


class SchedulerBoard(StageWidget):
    """The code at the left with both workers' marks, their states at the right, the order and findings below."""

    def __init__(self) -> None:
        super().__init__()
        self.state: SchedulerState | None = None
        self.found = ""
        self.chance = ""

    def show_state(self, state: SchedulerState) -> None:
        """Show where the workers are now."""
        self.state = state
        workers = "; ".join(f"{each.name} before line {each.line}, {each.state}" for each in state.workers)
        self.setAccessibleName(f"{workers}. Shared: {state.shared}")
        self.update()

    def draw(self, paper: Paper) -> None:
        """Draw the whole board."""
        if self.state is None:
            paper.text(
                QRectF(self.rect()), "Starting two workers…", self.look.text_px, align=Qt.AlignmentFlag.AlignCenter
            )
            return
        look = self.look
        low = self.height() - look.text_px * 3.4
        self._draw_code(paper, self.state, QRectF(0, 0, self.width() * 0.54, low))
        self._draw_workers(paper, self.state, QRectF(self.width() * 0.57, 0, self.width() * 0.43, low))
        self._draw_below(paper, self.state, QRectF(0, low + look.small_px * 0.3, self.width(), self.height() - low))

    def _draw_code(self, paper: Paper, state: SchedulerState, room: QRectF) -> None:
        lines, look = state.lines, self.look
        pitch = min(room.height() / len(lines), look.height / 13)
        mark = min(pitch * 0.9, look.height / 16)
        wide = room.width() - mark * 2.5
        size = paper.common_size(lines, wide, round(min(pitch * 0.66, look.height / 20)), fixed=True)
        for number, line in enumerate(lines, 1):
            top = room.top() + (number - 1) * pitch
            for place, worker in enumerate(state.workers):
                if worker.line == number:
                    self._draw_mark(paper, QRectF(room.left() + place * mark * 1.1, top, mark, pitch), place)
            text = QRectF(room.left() + mark * 2.5, top, wide, pitch)
            paper.text(text, line.replace(" ", "\u00a0"), size, fixed=True)

    def _draw_mark(self, paper: Paper, room: QRectF, place: int) -> None:
        """Draw a worker's pointer, with its own colour, shape and letter."""
        color, painter = self.look.series(place), paper.painter
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        box = room.adjusted(0, room.height() * 0.08, 0, -room.height() * 0.08)
        if place == 0:
            painter.drawEllipse(box)
        else:
            tip = [box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft()]
            painter.drawPolygon(QPolygonF([QPointF(each) for each in tip]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        size = max(self.look.least_px, round(box.height() * 0.6))
        paper.text(room, WORKERS[place], size, ink_on(color), Qt.AlignmentFlag.AlignCenter, bold=True)

    def _draw_workers(self, paper: Paper, state: SchedulerState, room: QRectF) -> None:
        look, size = self.look, self.look.small_px
        names = [f"{name} = {value}" for name, value in state.shared.items()]
        held = [f"{name}: {holder or 'free'}" for name, holder in state.locks.items()]
        shared = QRectF(room.left(), room.top(), room.width(), room.height() * 0.3)
        paper.text(QRectF(shared.left(), shared.top(), shared.width(), size * 1.4), "Shared", size, look.quiet)
        below = shared.adjusted(0, size * 1.4, 0, 0)
        paper.text(below, ", ".join(names), round(look.height / 13), look.ink, bold=True)
        if held:
            paper.text(
                QRectF(below.left(), below.bottom(), below.width(), size * 1.5), "Locks: " + ", ".join(held), size
            )
        top = shared.bottom() + size * 1.9
        each = (room.bottom() - top) / 2
        for place, worker in enumerate(state.workers):
            self._draw_worker(paper, QRectF(room.left(), top + place * each, room.width(), each * 0.9), place, worker)

    def _draw_worker(self, paper: Paper, room: QRectF, place: int, worker: SteppedWorker) -> None:
        look, size = self.look, self.look.small_px
        paper.painter.setPen(QPen(look.series(place), look.line))
        half = look.line / 2  # of the frame, that would be cut at the edge of the screen
        paper.painter.drawRect(room.adjusted(half, half, -half, -half))
        inner = room.adjusted(size * 0.6, size * 0.2, -size * 0.4, -size * 0.2)
        words = f"{worker.name}: {_STATES[worker.state]} {worker.waits_for}".strip()
        paper.text(
            QRectF(inner.left(), inner.top(), inner.width(), inner.height() * 0.48), words, look.text_px, bold=True
        )
        values = ", ".join(f"{name} = {value}" for name, value in worker.locals.items()) or "no locals yet"
        low = QRectF(inner.left(), inner.top() + inner.height() * 0.5, inner.width(), inner.height() * 0.48)
        paper.text(low, values, look.text_px, look.quiet)

    def _draw_below(self, paper: Paper, state: SchedulerState, room: QRectF) -> None:
        look = self.look
        order = " ".join(WORKERS[place] for place in state.order) or "nobody yet"
        first = state.wrong or (f"Ended as it must. Order: {order}" if state.ended else f"Order: {order}")
        color = look.series(1) if state.wrong else look.ink
        third = room.height() / 3
        paper.text(QRectF(room.left(), room.top(), room.width(), third), first, look.text_px, color, bold=True)
        found = QRectF(room.left(), room.top() + third, room.width(), third)
        paper.text(found, self.found, round(look.small_px * 1.1))
        chance = QRectF(room.left(), room.top() + 2 * third, room.width(), third * 0.9)
        paper.text(chance, self.chance, round(look.small_px * 1.1), look.quiet)
