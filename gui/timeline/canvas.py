"""The timeline's widget: handles mouse, wheel, pinch and keyboard, and describes what is under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.trace.picture.gil_rows import holder_words
from engine.trace.picture.neighbours import first_task, later_task, task_on_lane_beside
from engine.trace.picture.phase_words import phase_words
from engine.trace.picture.search import Found, task_of
from engine.trace.picture.thread_store import ThreadStore
from engine.trace.picture.thread_words import thread_words
from gui.commands.actions import lanes_actions
from gui.timeline.core_strip import moved_words
from gui.timeline.marks import bookmark_at
from gui.timeline.painter import TimelinePainter
from gui.timeline.scene import TimelineScene
from gui.widgets.fonts import font
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme

_REST_MS = 120
_PAN = 0.2  # of the visible time: how far a key pans


class TimelineCanvas(QWidget):
    """Shows `scene`; emits `changed` when other lanes or times are visible, `selected` when a task was clicked.

    `path_asked` asks to draw the selected task's path; `playhead_moved` to put the playhead at a time to which it was
    dragged in the row of times.
    """

    changed = Signal()
    selected = Signal()
    playhead_moved = Signal(object)
    path_asked = Signal()
    stretch_marked = Signal(object)  # (begin_ns, end_ns): dragged in the upper ruler, or with Shift over the lanes
    bookmark_pressed = Signal(object)  # the Bookmark whose flag was clicked
    step_asked = Signal(int)  # with a playhead: -1 to the phase before, 1 to the next

    def __init__(self, scene: TimelineScene, parent: QWidget) -> None:
        super().__init__(parent)
        self.scene = scene
        self._painter = TimelinePainter(scene)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._on_rest)
        self._dragged: QPointF | None = None
        self._pressed: QPointF | None = None
        self._holds_playhead = False
        self._mark_from: int | None = None  # the beginning of the stretch that is being marked
        self._label = PlainLabel(self)
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._label.hide()
        self.installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 60)
        self.commands = lanes_actions(self, self)
        self._by_key = {key: command for command, _ in self.commands for key in command.keys}
        self.setAccessibleName("Timeline: a row for each worker, time from left to right")

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self.scene.theme = theme
        self._label.setFont(font(theme.font_pt * 0.95))
        self._label.setStyleSheet(
            f"background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.border}; padding: 4px 7px;"
        )
        self.update()

    def hide_words(self) -> None:
        """Hide the text at the pointer, which has left."""
        self._label.hide()

    def moved(self) -> None:
        """Draw the scene as it is now (in full resolution once it rests), and emit that it has moved."""
        self._painter.draft = True
        self._label.hide()
        self._rest.start()
        self.changed.emit()
        self.update()

    def _on_rest(self) -> None:
        self._painter.draft = False
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the lanes to the new size."""
        super().resizeEvent(event)
        self.scene.size = QSizeF(self.size())
        self.scene.scroll_to(self.scene.first_row)
        self.changed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the scene, and a frame if it has the focus."""
        painter = QPainter(self)
        self._painter.paint(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self.scene.theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.scene.body().adjusted(-1, -1, 0, 0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag or a click."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._holds_playhead = self.scene.store is not None and event.position().y() > self.scene.body().bottom()
        flag = bookmark_at(self.scene, event.position())
        marks = event.position().y() < self.scene.body().top() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if flag is not None:
            self.bookmark_pressed.emit(flag)
        elif marks and self.scene.store is not None and not self._holds_playhead:
            self._mark_from = self.scene.time_at(event.position())
        elif self._holds_playhead:
            self.playhead_moved.emit(self.scene.time_at(event.position()))
        else:
            self._dragged = self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the visible part or the playhead, or describe what is at the pointer."""
        if self._holds_playhead and event.buttons() & Qt.MouseButton.LeftButton:
            self.playhead_moved.emit(self.scene.time_at(event.position()))
            return
        if self._mark_from is not None and event.buttons() & Qt.MouseButton.LeftButton:
            ends = sorted((self._mark_from, self.scene.time_at(event.position())))
            if ends[0] < ends[1]:
                self._label.hide()
                self.stretch_marked.emit((ends[0], ends[1]))
            return
        if self._dragged is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self._say(event.position())
            return
        moved = event.position().x() - self._dragged.x()
        if abs(moved) >= 1:
            self._label.hide()
            self.scene.range.pan(-moved / self.scene.body().width())
            self._dragged = event.position()
            self.moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End dragging; a click selects the task at the pointer."""
        pressed, self._pressed, self._dragged = self._pressed, None, None
        self._holds_playhead, self._mark_from = False, None
        scene = self.scene
        if pressed is None or scene.store is None or (event.position() - pressed).manhattanLength() > 3:
            return
        row = scene.row_at(event.position())
        if row is not None and row.group is not None:
            scene.rows.toggle(row.group)
            self.moved()
            return
        found = scene.phase_at(event.position())
        scene.selected = task_of(scene.store, *found) if found else None
        self.selected.emit()
        if found:
            self.path_asked.emit()
        self.update()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Show the whole run."""
        self.show_whole()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the text when the pointer leaves."""
        super().leaveEvent(event)
        self._label.hide()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer; sideways, or with Shift, pan; with Ctrl, scroll the lanes."""
        delta, held = event.angleDelta(), event.modifiers()
        if held & Qt.KeyboardModifier.ControlModifier:
            self.scene.scroll_to(self.scene.first_row - round(delta.y() / 40))
        elif held & Qt.KeyboardModifier.ShiftModifier or abs(delta.x()) > abs(delta.y()):
            self.scene.range.pan(-(delta.x() or delta.y()) / 1200)
        else:
            self.scene.range.zoom(0.998 ** delta.y(), self.scene.share_at(event.position()))
        event.accept()
        self._label.hide()
        self.moved()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Zoom with two fingers, if the platform reports the gesture."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.scene.range.zoom(1 / max(0.1, 1 + event.value()), self.scene.share_at(event.position()))
            self.moved()
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do the command that the table has for the key."""
        held = event.modifiers() & Qt.KeyboardModifier.ControlModifier  # Shift may be needed to type a plus
        command = self._by_key.get(("Ctrl+" if held else "") + QKeySequence(event.key()).toString())
        self._label.hide()
        if command is None:
            super().keyPressEvent(event)
        else:
            command.call(self)

    def go(self, direction: int) -> None:
        """Pan to earlier (-1) or later (1); if there is a playhead, move it by a phase instead."""
        if self.scene.playhead_ns is not None:
            self.step_asked.emit(direction)
        else:
            self.pan(_PAN * direction)

    def pan(self, share: float) -> None:
        """Pan by `share` of the visible time: later, or earlier if it is negative."""
        self.scene.range.pan(share)
        self.moved()

    def zoom(self, factor: float) -> None:
        """Show `factor` times as much time."""
        self.scene.zoom(factor)
        self.moved()

    def scroll_lanes(self, rows: int) -> None:
        """Scroll the lanes."""
        self.scene.scroll_to(self.scene.first_row + rows)
        self.moved()

    def show_whole(self) -> None:
        """Show the whole run, and stop following it."""
        self.scene.range.follow = False
        self.scene.range.fit()
        self.moved()

    def select_beside(self, rows: int, tasks: int) -> None:
        """Select the task beside the selected one."""
        found = self._beside(rows, tasks)
        if found is not None:
            self.scene.go_to(found)
            self.selected.emit()
            self.moved()

    def _beside(self, rows: int, tasks: int) -> Found | None:
        """Return the task `rows` below or `tasks` later; without a selection, the first visible task."""
        scene, store, selected = self.scene, self.scene.store, self.scene.selected
        if store is None or isinstance(store, ThreadStore):
            return None
        if selected is None:
            seen = [each.row.lane for each in scene.seen if each.row.lane is not None]
            return first_task(store, seen, scene.range.begin_ns)
        if not rows:
            return later_task(store, selected, tasks)
        order = [row.lane for row in scene.rows.shown if row.lane is not None]
        return task_on_lane_beside(store, selected, order, rows)

    def _gil_words_at(self, position: QPointF, pid: int) -> list[str]:
        """Return who held a process's GIL at the pointer."""
        scene = self.scene
        note = [f"The GIL was {scene.gil.note}"] if scene.gil.note else []
        held = scene.held(pid)
        if scene.looks is None or held is None:
            return [scene.gil.words(scene.looks, pid), *note]
        time_ns = scene.time_at(position)
        words = holder_words(scene.looks, held, scene.workers, scene.names, time_ns)
        return [f"GIL of process {pid}, at {time_ns / 1e9:.6f} s", words, *note]

    def _say(self, position: QPointF) -> None:
        lines = self._words_at(position)
        self._label.setVisible(bool(lines))
        if not lines:
            return
        self._label.setText("\n".join(lines))
        self._label.adjustSize()
        left = min(position.x() + 16, self.width() - self._label.width())
        below = position.y() + 20
        top = below if below + self._label.height() < self.height() else position.y() - 12 - self._label.height()
        self._label.move(QPoint(round(max(left, 0)), round(max(top, 0))))

    def _words_at(self, position: QPointF) -> list[str]:
        scene = self.scene
        row = scene.row_at(position)
        if row is None or scene.store is None:
            return []
        if row.group is not None:
            return [row.group.title, "Click to unfold" if row.folded else "Click to fold"]
        if row.gil is not None:
            return self._gil_words_at(position, row.gil)
        if isinstance(scene.store, ThreadStore):
            inside = row.lane is not None and scene.body().contains(position)
            return thread_words(scene.store, row.lane or 0, scene.time_at(position)) if inside else []
        found = scene.phase_at(position)
        if found is None:
            return []
        moved = moved_words(scene, scene.store.lanes[found[0]].file)
        lag = scene.lag.words(*found) if scene.lag is not None else []
        return phase_words(scene.store, *found, scene.shares) + lag + ([f"its thread {moved}"] if moved else [])
