"""Two runs' timelines with one playhead and one axis of time, which begins with each run's first task."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from engine.record.lane_reader import LAST, OK
from engine.trace.picture.now import states_words
from engine.trace.picture.thread_store import ThreadStore
from engine.wording import figure_text as figures
from gui.commands.actions import pair_actions
from gui.compare.rows import muted
from gui.history.press_button import press_button
from gui.history.side_run import SideRun
from gui.timeline.pane import TimelinePane
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.theme import LIGHT, Theme

NAMES: Final = ("A", "B")
_HINT: Final = "Drag in a row of times to move the playhead."


class TwoTimelines(QWidget):
    """Zooms, pans and marks both together; says what each run had done by the playhead."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Timelines of both runs")
        self.panes = (TimelinePane(self), TimelinePane(self))
        self.titles = (PlainLabel(self), PlainLabel(self))
        self.words = PlainLabel(_HINT, self)
        self.tools = (
            press_button("Whole runs", self.show_whole),
            press_button("+", lambda: self._zoom(0.5)),
            press_button("−", lambda: self._zoom(2.0)),
        )
        self.linked = False
        self._ends: list[np.ndarray] = []
        self._theme = LIGHT
        self._lay_out()
        self.commands = pair_actions(self, self)
        for here, there in (self.panes, reversed(self.panes)):
            here.range_changed.connect(lambda visible, there=there: self._on_range(visible, there))
            here.changed.connect(self._align)
            here.playhead_changed.connect(self.set_playhead)

    def show_runs(self, one: SideRun, other: SideRun) -> None:
        """Show these two; they are filled in gradually while the window stays responsive."""
        self.linked = False
        self.words.setText("Reading…")
        for pane, title, name, run in zip(self.panes, self.titles, NAMES, (one, other), strict=True):
            title.setText(f"{name}   {run.title}")
            pane.canvas.setAccessibleName(f"Timeline of {name}: a row for each worker, time from left to right")
            experiment = dict(run.kept.experiment)
            zero_ns = run.first_task_ns
            pane.open_run(run.folder, experiment, is_async=run.is_async, worker_kind=run.worker_kind, zero_ns=zero_ns)
        self._fill_in()

    def close_runs(self) -> None:
        """Show nothing, and keep no file open."""
        self.linked = False
        for pane in self.panes:
            pane.close_run()

    @property
    def playhead_ns(self) -> int | None:
        """The instant that is marked in both, counted from each run's first task."""
        return self.panes[0].playhead_ns

    def set_playhead(self, time_ns: int | None) -> None:
        """Mark an instant in both."""
        for pane in self.panes:
            pane.set_playhead(time_ns)
        self._align()
        self._say()

    def show_whole(self) -> None:
        """Show both runs from their first task to the end of the longer one."""
        longest = max(pane.scene.range.run_ns for pane in self.panes)
        for pane in self.panes:
            pane.make_room(longest)
            pane.show_range((0, round(longest * 1.02)))

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        for pane, title in zip(self.panes, self.titles, strict=True):
            pane.set_theme(theme)
            pane.setMinimumHeight(round(70 * min(theme.scale, 1.5)))
            bold = self.font()
            bold.setBold(True)
            title.setFont(bold)
        muted(theme, self.words)
        self._align()

    def _fill_in(self) -> None:
        panes = [pane for pane in self.panes if pane.is_open]
        more = False
        for pane in panes:
            more |= pane.take_in(ended=True)
            pane.draw(0, ended=True)
        if more:
            QTimer.singleShot(0, self, self._fill_in)
        elif len(panes) == len(self.panes):
            self._link()

    def _link(self) -> None:
        self._ends = [_task_ends(pane) for pane in self.panes]
        self._align()
        self.show_whole()
        self.linked = True
        self.set_playhead(min(pane.scene.range.run_ns for pane in self.panes) // 2)

    def _align(self) -> None:
        """Give both the same width for their names, so that an instant is at the same position in both."""
        before = [pane.scene.least_left for pane in self.panes]
        for pane in self.panes:
            pane.scene.least_left = 0.0
        widest = max(pane.scene.body().left() for pane in self.panes)
        for pane in self.panes:
            pane.scene.least_left = widest
            if before != [widest, widest]:
                pane.canvas.update()

    def _on_range(self, visible: tuple[int, int], there: TimelinePane) -> None:
        if self.linked:
            there.show_range(visible)

    def move_playhead(self, share: float) -> None:
        """Move both playheads by a share of the visible time."""
        begin_ns, end_ns = self.panes[0].visible_range
        now_ns = begin_ns if self.playhead_ns is None else self.playhead_ns
        self.set_playhead(min(max(now_ns + round(share * (end_ns - begin_ns)), 0), self.panes[0].scene.range.run_ns))

    def _say(self) -> None:
        time_ns = self.playhead_ns
        if time_ns is None or not self.linked:
            self.words.setText(_HINT)
            return
        if any(isinstance(pane.scene.store, ThreadStore) for pane in self.panes):
            said = [f"{name} {_states(pane, time_ns)}" for name, pane in zip(NAMES, self.panes, strict=True)]
            self.words.setText(f"{time_ns / 1e9:.3f} s after the start: {'; '.join(said)}.")
            return
        done = [int(np.searchsorted(ends, time_ns, side="right")) for ends in self._ends]
        parts = [f"{name} {figures.counted(count, 'task')}" for name, count in zip(NAMES, done, strict=True)]
        sampled = any(pane.scene.store is not None and pane.scene.store.dropped for pane in self.panes)
        of = " of those on the timeline, a sample" if sampled else ""
        self.words.setText(f"{time_ns / 1e9:.3f} s after the first task, done{of}: {', '.join(parts)}.")

    def _zoom(self, factor: float) -> None:
        self.panes[0].scene.range.zoom(factor)
        self.panes[0].canvas.moved()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(4)
        for pane, title in zip(self.panes, self.titles, strict=True):
            title.setTextFormat(Qt.TextFormat.PlainText)
            title.setWordWrap(True)  # a long title must not hide the model and the Python after it
            title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            layout.addWidget(title)
            layout.addWidget(pane, 1)
        self.words.setWordWrap(True)
        self.words.setAccessibleName("What both had done by the playhead")
        self.words.setToolTip("The keys , and . move the playhead")
        layout.addWidget(self.words)
        names = ("Show both whole runs", "Zoom in: show less time", "Zoom out: show more time")
        for tool, name in zip(self.tools, names, strict=True):
            tool.setAccessibleName(name)
            tool.setToolTip(plain_tip(name))


def _task_ends(pane: TimelinePane) -> np.ndarray:
    """Return when each successful task ended, in order."""
    tracks = pane.scene.store.tracks if pane.scene.store else []
    ends = [track.end[(track.records["flags"] & (LAST | OK)) == (LAST | OK)] for track in tracks if track.count]
    return np.sort(np.concatenate(ends)) if ends else np.empty(0, np.int64)


def _states(pane: TimelinePane, time_ns: int) -> str:
    """Return how many threads or workers are in each state at a time."""
    scene = pane.scene
    return (states_words(scene.store, scene.shares, time_ns) if scene.store is not None else "") or "nothing seen"
