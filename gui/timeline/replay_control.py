"""Plays a timeline: moves its playhead frame by frame or phase by phase, and says what the workers do there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from engine.trace.picture.now import next_change, states_words
from gui.timeline.pane import TimelinePane
from gui.timeline.replay import Replay, ReplayBar

_REWORD_S: Final = 0.15  # words that change more often cannot be read, and a thousand workers take time to count


class ReplayControl:
    """Connects a pane, its replay and the row of buttons. `wake` asks the window's timer to call `on_frame`."""

    def __init__(self, pane: TimelinePane, bar: ReplayBar, wake: Callable[[], None]) -> None:
        self.pane, self.bar, self._wake = pane, bar, wake
        self.replay = Replay()
        self._frame_s = self._said_s = 0.0
        self._words = ""
        bar.asked.connect(self.ask)
        bar.slower_chosen.connect(self._on_slower)
        pane.playhead_changed.connect(self._on_playhead)
        pane.canvas.step_asked.connect(self.step)

    def ask(self, name: str) -> None:
        """Do a button's action: replay, play, back, on or end."""
        replay, (begin_ns, end_ns) = self.replay, self.pane.visible_range
        if not self.pane.is_open:
            return
        if name == "end" or (name == "replay" and replay.active):
            self.close()
            return
        if not replay.active:
            replay.open(begin_ns, end_ns)
        if name in ("back", "on"):
            self.step(-1 if name == "back" else 1)
            return
        self.pane.scene.range.follow = False
        replay.toggle(begin_ns, end_ns)
        self._frame_s = time.perf_counter()
        self._show()
        if replay.playing:
            self._wake()

    def step(self, direction: int) -> None:
        """Go to the next or previous phase of the visible lanes, and pause."""
        scene, replay = self.pane.scene, self.replay
        if scene.store is None or replay.at_ns is None:
            return
        replay.playing = False
        lanes = [lane for each in scene.seen for lane in each.row.lanes]
        found = next_change(scene.store, lanes, replay.at_ns, back=direction < 0)
        if found is not None:
            replay.at_ns = min(max(found, scene.range.begin_ns), scene.range.end_ns)
        self._show()

    def on_frame(self) -> None:
        """Move the playhead by the time since the last frame."""
        now_s = time.perf_counter()
        self.replay.advance(now_s - self._frame_s, self.pane.visible_range[1])
        self._frame_s = now_s
        self._show()

    def close(self) -> None:
        """Remove the playhead."""
        self.replay.close()
        self._show()

    def _on_slower(self, slower: int) -> None:
        self.replay.slower = slower

    def _on_playhead(self, time_ns: int | None) -> None:
        """Pause where the person has dragged the playhead to."""
        if not self.replay.active:
            self.replay.open(*self.pane.visible_range)
        self.replay.at_ns, self.replay.playing = time_ns, False
        self._show()

    def _show(self) -> None:
        scene, at_ns = self.pane.scene, self.replay.at_ns
        self.pane.set_playhead(at_ns)
        now_s = time.perf_counter()
        if not self.replay.playing or now_s - self._said_s >= _REWORD_S:
            self._said_s = now_s
            known = scene.store is not None and at_ns is not None
            self._words = states_words(scene.store, scene.shares, at_ns) if known else ""  # type: ignore[arg-type]
        self.bar.show_replay(self.replay, self._words)
