"""The lecturer's own window: notes, the next scene, the clock, the votes typed in, and the figures."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from engine.lessons.lesson import Question, experiments_of
from engine.wording import figure_text as figures
from gui.stage.player import LessonPlayer
from gui.stage.question_words import LETTERS
from gui.widgets.plain_text import PlainLabel

_TICK_MS: Final = 1_000
_MOST_HANDS: Final = 9_999
_KEYS: Final = (
    "Keys, here and on the stage: PgDown and PgUp change the scene, a number goes to one. F5, F6, F7 press its"
    " controls. B blanks the stage, . freezes it, P is a pen, S a spotlight, R forgets the scene’s runs and"
    " predictions. N closes these notes, Esc leaves."
)


Key = Qt.Key
# What a field needs while something is typed into it; all other keys are the stage's: a clicker's do not change votes.
_EDITING: Final = (
    Key.Key_Up, Key.Key_Down, Key.Key_Left, Key.Key_Right, Key.Key_Home, Key.Key_End,
    Key.Key_Backspace, Key.Key_Delete, Key.Key_Return, Key.Key_Enter,
)  # fmt: skip


class NotesWindow(QWidget):
    """Follows a player; votes that are typed here appear on the stage, and its keys are the stage's."""

    stage_key = Signal(object)  # QKeyEvent

    def __init__(self, player: LessonPlayer) -> None:
        super().__init__()
        self.setWindowTitle(f"Notes: {player.lesson.title} — Gilscope")
        self.resize(720, 560)
        self._player = player
        self._began_s = time.monotonic()
        self.clock, self.scene, self.notes, self.next = (PlainLabel(self) for _ in range(4))
        for label in (self.scene, self.notes, self.next):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.figures, self.keys = PlainLabel(self), PlainLabel(_KEYS, self)
        self.keys.setWordWrap(True)
        self.figures.setWordWrap(True)
        for label, factor in ((self.clock, 2.0), (self.scene, 1.4), (self.notes, 1.4), (self.next, 1.1)):
            font = label.font()
            font.setPointSizeF(font.pointSizeF() * factor)
            label.setFont(font)
        self.hands: list[QSpinBox] = []
        self.number: QDoubleSpinBox | None = None
        self._form_box = QWidget(self)
        self._form = QFormLayout(self._form_box)
        layout = QVBoxLayout(self)
        for part in (self.clock, self.scene, self.notes, self._form_box, self.figures, self.next):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.keys)
        self.installEventFilter(self)
        player.scene_changed.connect(self.show_scene)
        player.changed.connect(self._on_changed)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._show_clock)
        self._timer.start()
        self.show_scene()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand on the keys that no field needs, wherever the focus is."""
        kinds = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
        if not isinstance(event, QKeyEvent) or event.type() not in kinds or _edits(self.focusWidget(), event):
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.KeyPress:
            self.stage_key.emit(event)
        event.accept()
        return True

    def show_scene(self) -> None:
        """Show the notes of the present scene."""
        scenes, place = self._player.lesson.scenes, self._player.place
        scene = scenes[place]
        self.scene.setText(f"{place + 1} / {len(scenes)}  {scene.title}")
        self.notes.setText(scene.notes or "No notes for this scene.")
        following = scenes[place + 1].title if place + 1 < len(scenes) else "the end"
        self.next.setText(f"Next: {following}")
        self._make_fields(scene if isinstance(scene, Question) else None)
        self._show_clock()
        self._show_figures()

    def _make_fields(self, question: Question | None) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self.hands, self.number = [], None
        choices = question.choices if question is not None else ()
        for place, choice in enumerate(choices):
            field = QSpinBox()
            field.setRange(0, _MOST_HANDS)
            field.setAccessibleName(f"Hands for {LETTERS[place]}")
            field.valueChanged.connect(lambda hands, place=place: self._count(place, hands))
            field.installEventFilter(self)
            self._form.addRow(f"{LETTERS[place]}  {choice.text}{'  (right)' if choice.right else ''}", field)
            self.hands.append(field)
        if question is not None and question.figure:
            self._make_number(question)
        self._show_votes()

    def _make_number(self, question: Question) -> None:
        field = QDoubleSpinBox()
        field.setRange(0.0, 1e12)
        field.setDecimals(3)
        field.setKeyboardTracking(False)
        field.setAccessibleName(f"The room's number, {question.unit}")
        field.editingFinished.connect(self._say_number)
        field.installEventFilter(self)
        self._form.addRow(f"The room’s number, {question.unit}", field)
        self.number = field

    def _say_number(self) -> None:
        numbers = self._player.prediction().numbers
        if self.number is not None and (not numbers or numbers[-1] != self.number.value()):
            self._player.say_number(self.number.value())

    def _count(self, place: int, hands: int) -> None:
        given = self._player.prediction()
        if not given.votes:
            given.votes.append([0] * len(self.hands))
        if given.votes[-1][place] != hands:
            given.votes[-1][place] = hands
            self._player.keep()

    def _on_changed(self) -> None:
        self._show_votes()
        self._show_figures()

    def _show_figures(self) -> None:
        """Show the results of this scene's experiments, which only the lecturer sees."""
        player = self._player
        lines = []
        for name in dict.fromkeys(experiments_of(player.scene)):
            rate = player.median(name, "throughput_per_s")
            if rate is not None:
                count = figures.counted(len(player.pictures(name)), "run")
                lines.append(f"{player.lesson.experiments[name].label}: {figures.rate(rate)} tasks/s ({count})")
        scene = player.scene
        came = player.answer_of(scene) if isinstance(scene, Question) else None
        if came is not None and isinstance(scene, Question):
            lines.append(f"The answer: {figures.number(came)} {scene.unit}")
        self.figures.setText("\n".join(lines))

    def _show_votes(self) -> None:
        numbers = self._player.prediction().numbers if self.number is not None else []
        if self.number is not None and not self.number.hasFocus():
            self.number.blockSignals(True)
            self.number.setValue(numbers[-1] if numbers else 0.0)
            self.number.blockSignals(False)
        votes = self._player.prediction().votes if self.hands else []
        for place, field in enumerate(self.hands):
            field.blockSignals(True)
            field.setValue(votes[-1][place] if votes else 0)
            field.blockSignals(False)

    def _show_clock(self) -> None:
        elapsed_s = int(time.monotonic() - self._began_s)
        planned = self._player.lesson.minutes
        self.clock.setText(f"{time.strftime('%H:%M')}   {elapsed_s // 60}:{elapsed_s % 60:02} of {planned} min")


def _edits(focused: QWidget | None, event: QKeyEvent) -> bool:
    """Whether a key belongs to the window itself, or to the field that has the focus, if one has."""
    key = event.key()
    if key in (Key.Key_Tab, Key.Key_Backtab) or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        return True
    typed = event.text()
    return isinstance(focused, QAbstractSpinBox) and (key in _EDITING or (bool(typed) and typed in "0123456789.,-+"))
