"""Slow-motion replay: a playhead that moves over the visible stretch, and its row of buttons."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from gui.widgets.button_style import PushButton
from gui.widgets.fonts import font
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.theme import Theme

SPEEDS: Final = (1, 10, 100, 1_000, 10_000)  # how many times slower than real time
_WANTED_S: Final = 8.0  # the least duration of a replay, unless the person has chosen a speed
_LONGEST_FRAME_S: Final = 0.25  # after a pause of the window the playhead goes on from where it was


class Replay:
    """Where the playhead is and how it moves; Qt-free. Times are nanoseconds since the run's start."""

    def __init__(self) -> None:
        self.at_ns: int | None = None  # None: there is no replay
        self.playing = False
        self.slower = SPEEDS[1]
        self._rest_ns = 0.0

    @property
    def active(self) -> bool:
        """Whether there is a replay, playing or paused."""
        return self.at_ns is not None

    def open(self, begin_ns: int, end_ns: int) -> None:
        """Begin at the left of a stretch, slowly enough to follow."""
        self.at_ns, self.playing = begin_ns, False
        length_s = (end_ns - begin_ns) / 1e9
        self.slower = next((speed for speed in SPEEDS if length_s * speed >= _WANTED_S), SPEEDS[-1])

    def close(self) -> None:
        """End it."""
        self.at_ns, self.playing = None, False

    def toggle(self, begin_ns: int, end_ns: int) -> None:
        """Play or pause; start from the left if the playhead is at the end of the stretch or outside it."""
        self.playing = not self.playing
        if self.at_ns is None or (self.playing and not begin_ns <= self.at_ns < end_ns):
            self.at_ns = begin_ns

    def advance(self, elapsed_s: float, end_ns: int) -> None:
        """Move on by the time that has passed, up to the end of the stretch, where it pauses."""
        if self.at_ns is None or not self.playing:
            return
        self._rest_ns += min(elapsed_s, _LONGEST_FRAME_S) * 1e9 / self.slower
        whole, self._rest_ns = divmod(self._rest_ns, 1.0)
        self.at_ns = min(self.at_ns + int(whole), end_ns)
        if self.at_ns >= end_ns:
            self.playing = False


class ReplayBar(QWidget):
    """Play or pause, step, the speed, and what the workers do at the playhead; emits `asked` with a button's name."""

    asked = Signal(str)
    slower_chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.play = self._button("Play", "play", "Play or pause (Space)")
        self.back = self._button("‹", "back", "Step to the previous phase (Left)")
        self.on = self._button("›", "on", "Step to the next phase (Right)")
        self.speed = QComboBox(self)
        self.speed.setAccessibleName("Speed of the replay")
        for slower in SPEEDS:
            self.speed.addItem("real time" if slower == 1 else f"1/{slower:,} speed", slower)
        self.speed.currentIndexChanged.connect(self._on_speed)
        self.words = PlainLabel(self)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.end = self._button("Close replay", "end", "Remove the playhead (R)")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.back, self.play, self.on, self.speed):
            layout.addWidget(widget)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.end)
        self.hide()

    def show_replay(self, replay: Replay, words: str) -> None:
        """Show where the replay is."""
        self.play.setText("Pause" if replay.playing else "Play")
        self.speed.setCurrentIndex(SPEEDS.index(replay.slower))
        self.words.setText(words)
        self.words.setToolTip(plain_tip(words))
        self.setVisible(replay.active)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's font."""
        for widget in (self.play, self.back, self.on, self.speed, self.words, self.end):
            widget.setFont(font(theme.font_pt * 0.95))

    def _button(self, text: str, name: str, tip: str) -> PushButton:
        button = PushButton(text, self)
        button.setToolTip(plain_tip(tip))
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self.asked.emit(name))
        return button

    def _on_speed(self, place: int) -> None:
        self.slower_chosen.emit(SPEEDS[place])
