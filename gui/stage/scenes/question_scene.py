"""A question and its prediction: the audience votes, discusses, votes again, and then sees the answer."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from engine.lessons.lesson import Question
from engine.lessons.progress import ROUNDS, Prediction
from engine.wording import figure_text as figures
from gui.stage.paper import Paper, StageWidget
from gui.stage.player import LessonPlayer
from gui.stage.question_words import LETTERS
from gui.stage.scenes.drawn_curve import DrawnCurve
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.stage_button import StageControl

_HELP: Final = "Click an answer for each raised hand, or choose it with Up and Down and count with + and −."
_HELP_NUMBER: Final = "Type the number and press Return."


class QuestionView(SceneView):
    """The choices with a bar for each round of votes, a typed number, or a drawn curve."""

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        if scene.curve is not None:
            self.title_share, self.text_share = 0.14, 0.07  # the plot needs the height
        self.answers = _answers(scene, player)
        self.body.addWidget(self.answers, 1)

    def controls(self) -> list[StageControl]:
        """Return the controls of the second vote and of the answer."""
        given = self.player.prediction()
        if self.scene.curve is not None:
            return self._curve_controls(given)
        again = StageControl("Vote again", self._vote_again, "V", self._rounds(given) < ROUNDS and given.given)
        reveal = StageControl("Hide the answer" if given.revealed else "Reveal", self._reveal, "F5")
        return [reveal, again] if self.scene.choices else [again]

    def refresh(self) -> None:
        """Show the present votes."""
        self.answers.update()

    def _curve_controls(self, given: Prediction) -> list[StageControl]:
        player, names = self.player, list(self.scene.curve.experiments)
        if player.runs.running in names:
            return [StageControl("Stop", player.runs.stop, "Esc")]
        left = [name for name in names if not player.pictures(name)]
        label, idle = "Measure" if left else "Measure again", not player.runs.busy
        again = self._rounds(given) < ROUNDS and given.given
        return [
            StageControl(label, lambda: player.run(left or names), "F5", idle),
            StageControl("Draw again", self._vote_again, "V", again),
        ]

    def take_key(self, event: QKeyEvent) -> bool:
        """Handle the keys that count hands or type a number."""
        if event.key() == Qt.Key.Key_V:
            self._vote_again()
            return True
        return self.answers.take_key(event)

    def _rounds(self, given: Prediction) -> int:
        return max(1, len(given.votes), len(given.numbers), len(given.curves))

    def _vote_again(self) -> None:
        given = self.player.prediction()
        if self._rounds(given) >= ROUNDS or not given.given:
            return
        if self.scene.choices:
            given.votes.append([0] * len(self.scene.choices))
        elif self.scene.curve is not None:
            given.curves.append([])
        elif isinstance(self.answers, Number):
            self.answers.typed = ""
        self.player.keep()

    def _reveal(self) -> None:
        given = self.player.prediction()
        given.revealed = not given.revealed
        self.player.keep()


def _answers(scene: Question, player: LessonPlayer) -> AnswerChoices | Number | DrawnCurve:
    if scene.curve is not None:
        return DrawnCurve(scene, player)
    return AnswerChoices(scene, player) if scene.choices else Number(scene, player)


class AnswerChoices(StageWidget):
    """Two to four answers as large targets, with the hands of each round."""

    def __init__(self, scene: Question, player: LessonPlayer) -> None:
        super().__init__()
        self._choices, self._player = scene.choices, player
        self.selected = 0
        self.setAccessibleName("; ".join(f"{LETTERS[at]}: {each.text}" for at, each in enumerate(scene.choices)))

    def count(self, place: int, hands: int) -> None:
        """Add hands to an answer in the newest round, or remove them."""
        given = self._player.prediction()
        if not given.votes:
            given.votes.append([0] * len(self._choices))
        given.votes[-1][place] = max(0, given.votes[-1][place] + hands)
        self.selected = place
        self._player.keep()

    def take_key(self, event: QKeyEvent) -> bool:
        """Handle Up and Down, which choose an answer, and + and -, which count hands."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self.selected = (self.selected + step) % len(self._choices)
            self.update()
            return True
        if event.text() in ("+", "=", "-"):
            self.count(self.selected, -1 if event.text() == "-" else 1)
            return True
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Count a hand; with the right button, remove one."""
        place = int(event.position().y() / max(1.0, self._pitch()))
        if place < len(self._choices):
            self.count(place, 1 if event.button() == Qt.MouseButton.LeftButton else -1)

    def draw(self, paper: Paper) -> None:
        """Draw a row for each answer, and below how to count hands."""
        given = self._player.prediction()
        most = max((max(each) for each in given.votes), default=0) or 1
        pitch = self._pitch()
        for place in range(len(self._choices)):
            self._draw_choice(paper, QRectF(0, place * pitch, self.width(), pitch * 0.9), place, given, most)
        look = self.look
        below = QRectF(0, self.height() - look.small_px * 1.6, self.width(), look.small_px * 1.6)
        paper.text(below, _HELP, look.small_px, look.quiet)

    def _pitch(self) -> float:
        return (self.height() - self.look.small_px * 2.0) / len(self._choices)

    def _draw_choice(self, paper: Paper, room: QRectF, place: int, given: Prediction, most: int) -> None:
        look, choice, painter = self.look, self._choices[place], paper.painter
        right = given.revealed and choice.right
        painter.setPen(look.accent if place == self.selected or right else look.rule)
        pen = painter.pen()
        pen.setWidthF(look.line * (1.6 if right or place == self.selected else 0.6))
        painter.setPen(pen)
        painter.drawRoundedRect(room.adjusted(2, 2, -2, -2), look.height / 80, look.height / 80)
        pad = look.small_px
        mark = ("✓ " if choice.right else "✗ ") if given.revealed else ""
        words = QRectF(room.left() + pad, room.top(), room.width() * 0.6 - pad, room.height())
        why = choice.why if given.revealed else ""
        upper = QRectF(words.left(), words.top(), words.width(), words.height() * (0.5 if why else 1.0))
        paper.text(upper, f"{mark}{LETTERS[place]}  {choice.text}", round(look.height / 24), bold=right, wrap=True)
        if why:
            lower = QRectF(words.left(), upper.bottom(), words.width(), words.height() * 0.5)
            paper.text(lower, why, look.small_px, look.quiet, wrap=True)
        self._draw_votes(paper, QRectF(words.right() + pad, room.top(), room.right() - words.right() - pad * 2,
                                       room.height()), place, given, most)  # fmt: skip

    def _draw_votes(self, paper: Paper, room: QRectF, place: int, given: Prediction, most: int) -> None:
        look, size = self.look, self.look.small_px
        each = min(room.height() * 0.8 / ROUNDS, look.height / 16)
        top = room.center().y() - each * len(given.votes) / 2
        for number, votes in enumerate(given.votes):
            line = QRectF(
                room.left(), top + number * each, (room.width() - size * 6.5) * votes[place] / most, each * 0.8
            )
            color = look.series(number)
            paper.painter.fillRect(line, color)
            label = QRectF(line.right() + size * 0.4, line.top(), size * 6.2, max(line.height(), size * 1.2))
            paper.text(label, f"{votes[place]}  {('first', 'second')[number]}", size, bold=True)


class Number(StageWidget):
    """A typed number, as large as the screen allows, with the result once it is known."""

    def __init__(self, scene: Question, player: LessonPlayer) -> None:
        super().__init__()
        self._scene, self._player = scene, player
        self.typed = ""
        self.setAccessibleName(f"Your number, {scene.unit}")

    def take_key(self, event: QKeyEvent) -> bool:
        """Handle digits, a point, Backspace, and Return, which keeps the number."""
        if event.text() and event.text() in "0123456789.":
            self.typed += event.text()
        elif event.key() == Qt.Key.Key_Backspace:
            self.typed = self.typed[:-1]
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.typed:
            self._keep()
        else:
            return False
        self.update()
        return True

    def draw(self, paper: Paper) -> None:
        """Write the number that is being typed, else the kept one, and the result beside it once it is known."""
        look, given = self.look, self._player.prediction()
        said = [f"{figures.number(each)} {self._scene.unit}" for each in given.numbers]
        main = f"{self.typed} {self._scene.unit}" if self.typed else (said[-1] if said else f"? {self._scene.unit}")
        centre = Qt.AlignmentFlag.AlignCenter
        words = f"first {said[0]}, after the discussion {said[1]}" if len(said) > 1 else ""
        came = self._player.answer_of(self._scene)
        if came is not None and said and not self.typed:
            self._draw_both(paper, main, f"{figures.number(came)} {self._scene.unit}")
        else:
            room = QRectF(0, 0, self.width(), self.height() * 0.62)
            paper.text(room, main, look.height // 4, look.accent, centre, bold=True)
        if words:
            paper.text(
                QRectF(0, self.height() * 0.62, self.width(), self.height() * 0.18), words, look.text_px, align=centre
            )
        below = QRectF(0, self.height() * 0.84, self.width(), self.height() * 0.16)
        paper.text(below, _HELP_NUMBER, look.small_px, look.quiet, centre)

    def _draw_both(self, paper: Paper, said: str, came: str) -> None:
        """Write what was said and what came beside each other, in one size."""
        look, half, centre = self.look, self.width() / 2, Qt.AlignmentFlag.AlignCenter
        size = paper.common_size([said, came], half * 0.94, look.height // 5, bold=True)
        for place, (title, words) in enumerate((("Predicted", said), ("Came", came))):
            room = QRectF(place * half, self.height() * 0.06, half, look.text_px * 1.5)
            paper.text(room, title, look.text_px, look.quiet, centre)
            room = QRectF(place * half, self.height() * 0.14, half, self.height() * 0.48)
            paper.text(room, words, size, look.series(1) if place else look.accent, centre, bold=True)

    def _keep(self) -> None:
        try:
            value = float(self.typed)
        except ValueError:
            self.typed = ""
            return
        self.typed = ""
        self._player.say_number(value)
