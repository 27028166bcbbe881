"""The status of a run: its state, progress, elapsed and remaining time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from engine.trace.watched import is_watch
from engine.wire.result import ResultTasks
from engine.wording.durations import running_time
from gui.run_bar.shown_line import ShownLine
from gui.widgets.appearance import mixed
from gui.widgets.button_style import KNOB_PX
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import LIGHT, Theme

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun

_WORDS: Final = {
    "waiting": ("Starting the engine", "muted"),
    "idle": ("Ready", "muted"),
    "starting": ("Starting", "accent"),
    "warming_up": ("Warming up", "accent"),
    "measuring": ("Running", "good"),
    "watching": ("Watching", "good"),
    "draining": ("Finishing", "accent"),
    "stopping": ("Stopping", "accent"),
    "finished": ("Finished", "good"),
    "stopped": ("Stopped", "muted"),
    "failed": ("Failed", "danger"),
}
_LONGEST: Final = 32  # letters of a program's name
_ANY_WIDTH: Final = 16_777_215  # Qt's QWIDGETSIZE_MAX
_GOOD: Final = {False: "#1A7F5A", True: "#2BCFA0"}


class StatusBadge(QWidget):
    """A word in a coloured capsule."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self.state = "waiting"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """The word it shows."""
        return _WORDS[self.state][0]

    def set_state(self, state: str) -> None:
        """Show another state."""
        if state != self.state:
            self.state = state
            self.setAccessibleName(f"State: {self.text}")
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._font())
        widest = max(metrics.horizontalAdvance(word) for word, _ in _WORDS.values())
        return QSize(widest + 2 * metrics.height(), metrics.height() + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the capsule, a dot and the word."""
        color = self._color()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(self._theme.window, color.name(), 0.16))
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        font = self._font()
        painter.setFont(font)
        text_width = QFontMetrics(font).horizontalAdvance(self.text)
        dot = rect.height() * 0.3
        left = (rect.width() - text_width - dot - 7) / 2
        painter.setBrush(color)
        painter.drawEllipse(QRectF(left, rect.center().y() - dot / 2, dot, dot))
        painter.setPen(mixed(color.name(), self._theme.text, 0.35))
        painter.drawText(rect.adjusted(left + dot + 7, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _color(self) -> QColor:
        name = _WORDS[self.state][1]
        return QColor(_GOOD[self._theme.dark] if name == "good" else getattr(self._theme, name))


class ProgressLine(QWidget):
    """A thin line: full at 1; without a known end, it is only tinted."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self.progress: float | None = 0.0
        self.setAccessibleName("Progress")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_progress(self, progress: float | None) -> None:
        """Show a share of the whole; None where the end is not known."""
        if progress != self.progress:
            self.progress = progress
            self.setAccessibleDescription("no known end" if progress is None else f"{progress:.0%}")
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, round(6 * self._theme.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the track, and the part of it that is done."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        rect = QRectF(self.rect())
        radius = rect.height() / 2
        track = mixed(self._theme.border, self._theme.accent, 0.45) if self.progress is None else self._theme.border
        painter.setBrush(QColor(track))
        painter.drawRoundedRect(rect, radius, radius)
        if self.progress:
            painter.setBrush(QColor(self._theme.accent))
            width = max(rect.width() * min(self.progress, 1.0), rect.height())
            painter.drawRoundedRect(QRectF(rect.left(), rect.top(), width, rect.height()), radius, radius)


class RunStatus(QWidget):
    """One line: badge, title, progress, tasks, elapsed, remaining."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.badge = StatusBadge()
        self.line = ProgressLine()
        self.shown = ShownLine()
        self.tasks = PlainLabel()
        self.elapsed = PlainLabel()
        self.remaining = PlainLabel()
        self._line = layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.badge)
        layout.addWidget(self.shown, 3)
        layout.addWidget(self.line, 1)
        for label, name in ((self.tasks, "Tasks"), (self.elapsed, "Elapsed"), (self.remaining, "Remaining")):
            label.setAccessibleName(name)
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.hide()
            layout.addWidget(label)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self.badge.set_theme(theme)
        self.line.set_theme(theme)
        self.shown.set_theme(theme)
        self.line.setMinimumWidth(round(40 * theme.scale))
        self.setMinimumHeight(round(KNOB_PX * theme.scale) + 2)  # a slider's: nothing moves when one comes
        for label in (self.tasks, self.elapsed, self.remaining):
            _forget_room(label)
        palette = self.remaining.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.muted)
        self.remaining.setPalette(palette)

    def put_in_line(self, part: QWidget) -> None:
        """Put `part` into the line too, before the progress."""
        self._line.insertWidget(self._line.indexOf(self.shown), part)

    def show_state(self, stage: str, *, stopping: bool, engine_ready: bool, data: GrowingRun | None) -> None:
        """Show the state in the badge; `stage` is the session's."""
        state = stage
        if stage == "ended" and data is not None:
            state = data.status
        elif stage == "idle":
            state = "idle" if engine_ready else "waiting"
        elif stopping:
            state = "stopping"
        elif stage == "measuring" and data is not None and is_watch(data.experiment):
            state = "watching"
        self.badge.set_state(state)
        self.line.setVisible(self.shown.isHidden() or stage not in ("idle", "ended"))
        self.refresh(data)

    def refresh(self, data: GrowingRun | None) -> None:
        """Show the run's present figures."""
        tasks, elapsed, remaining, progress = _figures(data)
        self.line.set_progress(progress)
        for label, text in ((self.tasks, tasks), (self.elapsed, elapsed), (self.remaining, remaining)):
            if label.text() != text:
                label.setText(text)
                label.setVisible(bool(text))
                if text:
                    _make_room(label)


def _make_room(label: QLabel) -> None:
    """Widen the label to its text, and never narrow it, so that the progress line beside it does not jitter.

    The size is fixed: otherwise the whole window would be laid out again whenever the text changes.
    """
    wanted = label.sizeHint()
    if wanted.width() > label.maximumWidth() or label.maximumWidth() == _ANY_WIDTH:
        label.setFixedSize(wanted)


def _forget_room(label: QLabel) -> None:
    label.setMinimumSize(0, 0)
    label.setMaximumSize(_ANY_WIDTH, _ANY_WIDTH)


def _figures(data: GrowingRun | None) -> tuple[str, str, str, float | None]:
    if data is None:
        return "", "", "", 0.0
    if is_watch(data.experiment):
        return _watched_figures(data)
    if data.result is not None:
        tasks, elapsed = data.result.tasks or ResultTasks(), data.result.elapsed_s
        whole = 1.0 if data.status == "finished" else _last_progress(data)
        counts = tasks_text(tasks.done or 0, tasks.failed or 0, None)
        return counts, running_time(elapsed), "", whole
    tick = data.latest
    if tick is None:
        return "", "", "", 0.0
    total = data.experiment.get("workload", {}).get("tasks")
    remaining = f"{running_time(tick.eta_s)} left" if tick.eta_s is not None and not data.ended else ""
    done, failed = (tick.tasks.done, tick.tasks.failed) if tick.tasks is not None else (0, 0)
    return tasks_text(done, failed, total), running_time(tick.elapsed_s), remaining, tick.progress


def _watched_figures(data: GrowingRun) -> tuple[str, str, str, float | None]:
    """Return the same for a watched program: how many processes and threads it has, or had at most."""
    result, tick = data.result, data.latest
    if result is not None and result.processes is not None:
        counts = _counted(result.processes.peak, result.processes.threads_peak)
        return (
            f"{_named(data)}at most {counts}",
            running_time(result.elapsed_s),
            "",
            1.0 if data.status == "finished" else 0.0,
        )
    if tick is None:
        return "", "", "", 0.0
    return _named(data) + _counted(tick.process_count, tick.thread_count), running_time(tick.elapsed_s), "", None


def _named(data: GrowingRun) -> str:
    title = data.title if len(data.title) <= _LONGEST else f"{data.title[:_LONGEST]}…"
    return f"{title}: "


def _counted(processes: int | None, threads: int | None) -> str:
    words = f"{processes or 0:,} process{'es' * (processes != 1)}"
    return f"{words}, {threads or 0:,} thread{'s' * (threads != 1)}"


def _last_progress(data: GrowingRun) -> float | None:
    return data.latest.progress if data.latest else 0.0


def tasks_text(done: int, failed: int, total: int | None) -> str:
    """Return `1,204 of 4,000 tasks`, with the failed ones if there are any."""
    of = f" of {total:,}" if total else ""
    noun = "task" if (total or done) == 1 else "tasks"
    return f"{done:,}{of} {noun}" + (f", {failed:,} failed" if failed else "")
