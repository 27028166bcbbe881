"""The stage: a separate window in which one scene fills the screen; a clicker changes the scenes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.wording import figure_text as figures
from gui.stage.look import StageLook
from gui.stage.overlay import Overlay
from gui.stage.paper import Paper, StageWidget
from gui.stage.player import LessonPlayer
from gui.stage.question_words import heights_words, prediction_words, right_letter
from gui.stage.scenes.kinds import view_of
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.stage_button import StageButton
from gui.widgets.theme import LIGHT, Theme

MOST_CONTROLS: Final = 3
REFRESH_MS: Final = 66
JUMP_MS: Final = 800  # digits typed within this time are one number
NEXT: Final = (Qt.Key.Key_PageDown, Qt.Key.Key_Right, Qt.Key.Key_Space, Qt.Key.Key_Down)
PREVIOUS: Final = (Qt.Key.Key_PageUp, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Backspace)
CONTROLS: Final = (Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F7)
ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


KEYS: Final = "Number: go there, B black, . freeze, P pen, S spotlight, R reset, N notes, Esc leave"


class Stage(QWidget):
    """Shows a player's scenes. Keys work whichever control has the focus: the stage handles them first."""

    left = Signal()
    notes_wanted = Signal()
    scene_shown = Signal()

    def __init__(self, player: LessonPlayer, theme: Theme = LIGHT) -> None:
        super().__init__()
        self.setWindowTitle(f"{player.lesson.title} — Gilscope")
        self.setAutoFillBackground(True)
        self.player, self._theme = player, theme
        self.frozen = False
        self.look = StageLook(720, theme)
        self._typed = ""
        self._jump = _single_shot(self, JUMP_MS, self._on_jump)
        self._layout = QVBoxLayout(self)
        self._place = QVBoxLayout()
        self.buttons = [StageButton(self) for _ in range(MOST_CONTROLS)]
        self._row = QHBoxLayout()
        for button in self.buttons:
            self._row.addWidget(button)
        self.footer = Footer(player)
        self._layout.addLayout(self._place, 1)
        self._layout.addLayout(self._row)
        self._layout.addWidget(self.footer)
        self.view: SceneView | None = None
        self.overlay = Overlay(self)
        player.scene_changed.connect(self.show_scene)
        player.changed.connect(self.refresh)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._on_tick)
        self.installEventFilter(self)
        self.show_scene()

    def show_scene(self) -> None:
        """Put the player's scene on the stage."""
        if self.view is not None:
            self.view.close_scene()
            self._place.removeWidget(self.view)
            self.view.setParent(None)
            self.view.deleteLater()
        self.overlay.erase()
        self.frozen = False
        self.view = view_of(self.player.scene, self.player)
        self._place.addWidget(self.view)
        self._apply_look()
        self.refresh()
        self.setFocus()
        self.scene_shown.emit()

    def refresh(self) -> None:
        """Show the present state, unless the stage is frozen."""
        if self.view is None:
            return
        if not self.frozen:
            self.view.refresh()
        controls = self.view.controls()[:MOST_CONTROLS]
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(controls))
            if place < len(controls):
                button.show_control(controls[place])
        self.footer.update()
        if self.player.runs.running:
            self._timer.start()

    def set_theme(self, theme: Theme) -> None:
        """Draw with another theme."""
        self._theme = theme
        self._apply_look()

    def leave(self) -> None:
        """Close the stage; a run in progress goes on."""
        if self.view is not None:
            self.view.close_scene()
        self._timer.stop()
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle keys of the stage and its controls before shortcuts and buttons do: here F5 runs the scene."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                return False
            return self.take_key(event)
        return super().eventFilter(watched, event)

    def take_key(self, event: QKeyEvent) -> bool:
        """Do what a key means here; return whether it has a meaning."""
        assert self.view is not None
        key, text = event.key(), event.text()
        if key == Qt.Key.Key_Escape:
            self._on_escape()
        elif key == Qt.Key.Key_F11:
            self.leave()
        elif self.overlay.black:
            self.overlay.toggle_black()  # any key shows the stage again
        elif self.view.take_key(event):
            self.refresh()
        elif key in CONTROLS:
            self._press(CONTROLS.index(Qt.Key(key)))
        elif key in ENTER:  # the control that Tab went to, else the first
            self._press(next((place for place, each in enumerate(self.buttons) if each.hasFocus()), 0))
        elif key in NEXT or key in PREVIOUS:
            self.player.go(self.player.place + (1 if key in NEXT else -1))
        elif text.isdigit():
            self._typed += text
            self._jump.start()
        else:
            return self._do(text.lower())
        return True

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave when the window is closed."""
        self.leave()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make everything as large as the screen allows."""
        super().resizeEvent(event)
        self._apply_look()

    def _do(self, letter: str) -> bool:
        calls = {
            "b": self.overlay.toggle_black,
            ".": self._toggle_frozen,
            "s": self.overlay.toggle_spotlight,
            "p": self.overlay.toggle_pen,
            "r": self.player.reset,
            "n": self.notes_wanted.emit,
            "?": self._toggle_keys,
        }
        if letter in calls:
            calls[letter]()
        return letter in calls

    def _press(self, place: int) -> None:
        button = self.buttons[place]
        if button.isVisibleTo(self) and button.isEnabled():
            button.click()

    def _on_escape(self) -> None:
        if self.overlay.active:
            self.overlay.erase()
        elif self.player.runs.running:
            self.player.runs.stop()
        else:
            self.leave()

    def _toggle_frozen(self) -> None:
        self.frozen = not self.frozen
        self.footer.note = "Frozen: . goes on" if self.frozen else ""
        self.refresh()

    def _toggle_keys(self) -> None:
        self.footer.shows_keys = not self.footer.shows_keys
        self.footer.update()

    def _on_jump(self) -> None:
        place, self._typed = int(self._typed or 0) - 1, ""
        self.player.go(place)

    def _on_tick(self) -> None:
        if not self.player.runs.running:
            self._timer.stop()
        self.refresh()

    def _apply_look(self) -> None:
        self.look = look = StageLook(max(self.height(), 360), self._theme)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, look.ground)
        self.setPalette(palette)
        self._layout.setContentsMargins(look.margin, look.margin // 2, look.margin, look.margin // 3)
        self._layout.setSpacing(look.margin // 3)
        self._row.setSpacing(look.margin // 2)
        parts: list[SceneView | StageButton | Footer | Overlay] = [*self.buttons, self.footer, self.overlay]
        for part in (*parts, *([self.view] if self.view is not None else [])):
            part.set_look(look)
        for button in self.buttons:
            button.removeEventFilter(self)
            button.installEventFilter(self)
        self.overlay.setGeometry(self.rect())


class Footer(StageWidget):
    """The lesson, the scene's number, and the prediction beside the result."""

    def __init__(self, player: LessonPlayer) -> None:
        super().__init__()
        self._player = player
        self.note = ""
        self.shows_keys = False

    def set_look(self, look: StageLook) -> None:
        """Set the height to one line."""
        super().set_look(look)
        self.setFixedHeight(round(look.small_px * 1.6))

    @property
    def predicted(self) -> str:
        """The prediction and the result."""
        found = self._player.question_before()
        if found is None:
            return ""
        place, question = found
        words = f"Predicted: {prediction_words(question, self._player.prediction(place))}"
        curve = self._player.curve_of(question)
        if any(height is not None for height in curve):
            words += f". Came: {heights_words(curve)} times"
        came = self._player.answer_of(question)
        if came is not None:
            words += f". Came: {figures.number(came)} {question.unit}"
        if self._player.prediction(place).revealed and (right := right_letter(question)):
            words += f". Right: {right}"
        return words

    def draw(self, paper: Paper) -> None:
        """Write the prediction, or the lesson's title, at the left, and the scene's number at the right."""
        look, player = self.look, self._player
        number = f"{player.place + 1} / {len(player.lesson.scenes)}"
        width = paper.width_of(number, look.small_px) + look.small_px
        words = self.note or (KEYS if self.shows_keys else self.predicted or player.lesson.title)
        color = QColor(look.theme.danger) if self.note else look.quiet
        left = QRectF(0, 0, self.width() - width, self.height())
        paper.text(left, words, look.small_px, color)
        right = QRectF(self.width() - width, 0, width, self.height())
        paper.text(
            right, number, look.small_px, look.quiet, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )


def _single_shot(parent: QObject, interval_ms: int, call: object) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    timer.timeout.connect(call)
    return timer
