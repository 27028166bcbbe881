"""The Timeline page: what every worker did when, live during the run and afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QVBoxLayout

from engine.trace.phase_store import MOST_LANES, PhaseStore
from engine.trace.picture.phase_words import task_words
from engine.trace.picture.search import Found, find_task, next_failure, next_slow
from engine.trace.picture.task_path import path_of
from engine.trace.picture.thread_store import ThreadStore
from engine.wire.protocol import LEDGER_STATES
from engine.wording import figure_text as figures
from engine.wording.state_colors import STATE_COLORS
from engine.wording.state_names import state_title
from gui.commands.actions import timeline_actions
from gui.commands.command import When
from gui.plots.plot_export import TOOL
from gui.timeline.bookmark_bar import BookmarkBar
from gui.timeline.marking import Marking
from gui.timeline.pane import TimelinePane
from gui.timeline.phase_colors import step_keys
from gui.timeline.replay import ReplayBar
from gui.timeline.replay_control import ReplayControl
from gui.timeline.stretch_bar import StretchBar
from gui.timeline.tools import TimelineTools
from gui.timeline.waterfall import Waterfall
from gui.widgets.fonts import font
from gui.widgets.panel import Panel
from gui.widgets.plain_text import PlainLabel
from gui.widgets.requests import Animate
from gui.widgets.run_names import ShownNames
from gui.widgets.theme import Theme
from gui.widgets.view import ViewDescriptor
from gui.widgets.view_data import RunData

_KEYS = LEDGER_STATES[:-2]  # the states of a task; a watched thread may be idle too
_TASK_KEYS: Final = (("#808080", "a colour for each task; they repeat after some"),)
_LEAST_S: Final = 0.0005  # every state that is drawn is in the legend: zoomed in, a short state is as wide as any


class Timeline(Panel):
    """A lane for each worker, in which a colour's height is its share; and tools to find what is worth looking at."""

    empty_text = "What every worker did, task by task.\nPress Run (F5) to see it here as it happens."

    def __init__(self) -> None:
        super().__init__("Timeline")
        self.pane = TimelinePane(self.body)
        self.scene, self.canvas, self.lanes = self.pane.scene, self.pane.canvas, self.pane.lanes
        self.setFocusProxy(self.canvas)  # its keys work as soon as the page is shown
        self.commands = timeline_actions(self, self)
        for shown in ("timeline-cores", "timeline-gil"):
            self.commands[shown].setChecked(True)
        self.tools = TimelineTools(self.body, (self.commands, self.canvas.commands))
        self.tools.setProperty(TOOL, True)
        self.words = PlainLabel(self.body)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.player = ReplayControl(self.pane, ReplayBar(self.body), self._wake)
        self.pane.changed.connect(self._show_tools)
        self.waterfall = Waterfall(self.body)
        self.waterfall.closed.connect(self._on_path_closed)
        self.pane.selected.connect(self._say_selected)
        self.pane.canvas.path_asked.connect(self.show_path)
        self.marking = Marking(self.pane, StretchBar(self.body), BookmarkBar(self.body))
        self.marking.requested.connect(self.requested)
        self.marking.told.connect(self._tell)
        self.tools.finder.returnPressed.connect(self._on_find)
        self.tools.color.activated.connect(self._on_color)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tools)
        layout.addWidget(self.pane, 1)
        layout.addWidget(self.marking.bar)
        layout.addWidget(self.marking.bookmark_bar)
        layout.addWidget(self.player.bar)
        layout.addWidget(self.waterfall)
        layout.addWidget(self.words)
        self._allow()

    @property
    def complete(self) -> bool:
        """Whether the run has ended and all of it was read."""
        return self.pane.complete

    def has_content(self, data: RunData) -> bool:
        """Whether a phase has been read."""
        return self.pane.phase_count > 0

    def on_run(self, data: RunData | None) -> None:
        """Forget the previous run's phases."""
        self.pane.close_run()
        self.marking.open_run()
        self.waterfall.hide()
        self._allow()
        self.words.show()
        self.player.close()
        self.words.clear()
        self.header.set_figure("")

    def refresh(self) -> None:
        """Read the phases that were recorded since the last call, and show them."""
        if self.data is not None and not self.complete:
            self._take_in(self.data)
        super().refresh()

    def on_names(self, names: ShownNames | None) -> None:
        """Name the runs, and show those behind that have ended below the lanes, over the same time."""
        super().on_names(names)
        named = zip(self.behind, names.behind if names is not None else (), strict=True)
        self.pane.show_references([(run.folder, name) for run, name in named if run.stage == "ended"])

    @property
    def is_animated(self) -> bool:
        """Whether a replay plays: then the window's timer has each frame drawn."""
        return self.player.replay.playing

    def on_frame(self) -> None:
        """Move the playhead on."""
        self.player.on_frame()

    def on_refresh(self, data: RunData) -> None:
        """Draw what has been read until now."""
        store = self.scene.store
        if store is None:
            return
        ended = data.stage == "ended"
        now_ns = 0 if ended or data.latest is None else round(data.latest.t_s * 1e9)
        self.pane.draw(now_ns, ended=ended)
        self._show_header(data, store)
        self._show_tools()

    def on_theme(self, theme: Theme) -> None:
        """Restyle everything."""
        self.pane.set_theme(theme)
        self.tools.set_theme(theme)
        self.waterfall.set_theme(theme)
        self.marking.bar.set_theme(theme)
        self.marking.bookmark_bar.set_theme(theme)
        self.player.bar.set_theme(theme)
        self.words.setFont(font(theme.font_pt * 0.95))
        palette = self.words.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.muted))
        self.words.setPalette(palette)

    def _take_in(self, data: RunData) -> None:
        if not self.pane.is_open and data.folder is not None:
            card = data.model_card
            is_async, kind = bool(card and card.is_async), card.worker_kind if card else "worker"
            self.pane.open_run(data.folder, data.experiment, is_async=is_async, worker_kind=kind)
            self.marking.open_run()
        if self.pane.take_in(ended=data.stage == "ended"):
            QTimer.singleShot(0, self, self._catch_up)

    def _catch_up(self) -> None:
        if self.data is not None and self.isVisible():
            self._version = -1
            self.refresh()

    def _show_header(self, data: RunData, store: PhaseStore) -> None:
        count, dropped = figures.number(store.phase_count), store.dropped
        unit = "steps run" if not dropped else f"of {figures.number(store.phase_count + dropped)} steps run: a sample"
        if len(store.table.lanes) > MOST_LANES:
            unit += f", the first {MOST_LANES:,} workers"
        if isinstance(store, ThreadStore):
            unit = _threads_words(store)
        self.header.set_figure(count, unit, "threads" if isinstance(store, ThreadStore) else "steps run")
        ledger = (data.result.ledger_s if data.result is not None else None) or (
            data.latest.ledger_s if data.latest is not None else {}
        )
        merged, estimated = ledger.get("cpu_wait") is None, not (self.scene.looks and self.scene.looks.tables.looks)
        keys = LEDGER_STATES if isinstance(store, ThreadStore) else _KEYS
        there = [state for state in keys if (ledger.get(state) or 0.0) >= _LEAST_S]
        for behind in self.behind:
            of_behind = (behind.result.ledger_s if behind.result is not None else None) or {}
            there += [each for each in LEDGER_STATES if each not in there and (of_behind.get(each) or 0.0) >= _LEAST_S]
        if self.scene.color_by != "state":
            keys_of = step_keys(store.steps, self.theme) if self.scene.color_by == "step" else _TASK_KEYS
            self.header.set_keys(*keys_of, filled=True)
            return
        self.header.set_keys(
            *((STATE_COLORS[state], state_title(state, merged=merged, estimated=estimated)) for state in there),
            filled=True,
        )

    def _show_tools(self) -> None:
        self.commands["timeline-follow"].setChecked(self.scene.range.follow)
        self.tools.buttons["hold"].setVisible(self.scene.lag is not None)
        self.tools.show_tasks(not isinstance(self.scene.store, ThreadStore))
        self._allow()

    def _allow(self) -> None:
        """Enable the commands that make sense for this run; without a path to close, Esc is left to the window."""
        has_lanes = self.pane.phase_count > 0
        holds = {
            When.HAS_LANES: has_lanes,
            When.HAS_LOOP: has_lanes and self.scene.lag is not None,
            When.HAS_PATH: self.waterfall.path is not None,
        }
        for scope in (self.commands, self.canvas.commands):
            scope.allow(holds.__getitem__)

    def _wake(self) -> None:
        self.requested.emit(Animate())

    def follow(self) -> None:
        """Turn following the run on or off."""
        range_ = self.scene.range
        range_.follow = not range_.follow
        range_.grow(range_.run_ns, ended=self.complete)
        self.canvas.moved()

    def follow_or_play(self) -> None:
        """During a run follow it; after it, play or pause the replay."""
        if self.complete or self.player.replay.active:
            self.player.ask("play")
        else:
            self.follow()

    def replay(self) -> None:
        """Play the visible part in slow motion, or close the replay."""
        self.player.ask("replay")

    def fold(self) -> None:
        """Fold every process and thread to a row of its own, or unfold them."""
        self.pane.fold_all()

    def show_gil(self) -> None:
        """Show or hide the rows of the GIL."""
        self.pane.show_gil(self.commands["timeline-gil"].isChecked())

    def show_cores(self) -> None:
        """Show or hide which core each thread was on."""
        self.pane.show_cores(self.commands["timeline-cores"].isChecked())
        self.canvas.moved()

    def find_failure(self) -> None:
        """Go to the next task that failed."""
        self._find(next_failure, "No task failed.")

    def find_slow(self) -> None:
        """Go to the next task that took longer than p99."""
        self._find(next_slow, "No task was slow.")

    def find_hold(self) -> None:
        """Go to the next task that held the event loop while others were ready."""
        scene = self.scene
        from_ns = scene.selected.end_ns if scene.selected else 0
        found = scene.lag.next(from_ns) if scene.lag is not None else None
        self._go_to(found, "No task held an event loop while others waited.")

    def go_to_number(self) -> None:
        """Go to the task whose number is typed in the tools."""
        if self.scene.store is not None:
            task = self.tools.task.value()
            self._go_to(find_task(self.scene.store, task), f"Task {task:,} is not on the timeline.")

    def bookmark(self) -> None:
        """Set a bookmark, or edit the one there."""
        self.marking.bookmark()

    def next_bookmark(self) -> None:
        """Go to the next bookmark."""
        self.marking.next_bookmark()

    def mark_seen(self) -> None:
        """Mark the visible part as a stretch, or remove the mark."""
        self.marking.mark_seen()

    def focus_find(self) -> None:
        """Give the search field the keyboard focus."""
        self.tools.finder.setFocus()
        self.tools.finder.selectAll()

    def find_next(self, *, back: bool) -> None:
        """Go to the next match of the search field, or to the previous one."""
        self.marking.find(self.tools.finder.text(), back=back, go_to=self.pane.go_to)

    def _on_find(self) -> None:
        self.find_next(back=bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier))

    def next_color(self) -> None:
        """Colour by the next one of state, step and task."""
        self.tools.color.setCurrentIndex((self.tools.color.currentIndex() + 1) % self.tools.color.count())
        self._on_color()

    def _on_color(self) -> None:
        self.pane.color_by(self.tools.color.currentData())
        if self.data is not None and self.scene.store is not None:
            self._show_header(self.data, self.scene.store)

    def _tell(self, words: str) -> None:
        self.waterfall.close_path()
        self.words.setText(words)

    def close_path(self) -> None:
        """Close the selected task's path."""
        self.waterfall.close_path()

    def _find(self, search: Callable[[PhaseStore, int], Found | None], otherwise: str) -> None:
        scene = self.scene
        if scene.store is not None:
            self._go_to(search(scene.store, scene.selected.begin_ns if scene.selected else -1), otherwise)

    def _go_to(self, found: Found | None, otherwise: str) -> None:
        if found is None:
            self.waterfall.close_path()
            self.words.setText(otherwise)
            return
        self.pane.go_to(found)

    def _say_selected(self) -> None:
        scene = self.scene
        if scene.selected is None or scene.store is None:
            self.waterfall.close_path()
            self.words.clear()
        else:
            self.words.setText(task_words(scene.store, scene.selected))
            if self.waterfall.path is not None:
                self.show_path()

    def show_path(self) -> None:
        """Draw the selected task's whole path."""
        scene = self.scene
        if scene.selected is not None and scene.store is not None:
            self.waterfall.show_path(path_of(scene.store, scene.shares, scene.selected, scene.lag))
            self.words.hide()
            self._allow()

    def _on_path_closed(self) -> None:
        self._allow()
        self.words.show()
        self.canvas.setFocus()


def _threads_words(store: ThreadStore) -> str:
    words = "thread" if store.phase_count == 1 else "threads"
    tables = store.looks.tables
    if len(tables.threads) > store.phase_count:
        words = f"of {len(tables.threads):,} threads: the first"
    return f"{words}, older looks are thinned" if tables.thinned else words


VIEW = ViewDescriptor("timeline", "Timeline", "tab", Timeline, order=10)
