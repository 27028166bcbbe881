"""One line below a title: what is running, its progress, what was recorded elsewhere, and what cannot run and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent

from engine.lessons.figures import figure_of
from gui.stage.look import StageLook
from gui.stage.paper import Paper, StageWidget
from gui.stage.player import LessonPlayer

MOST_ROWS: Final = 3
MUCH_LOAD: Final = 0.25  # of the machine's cores


class StateLine(StageWidget):
    """The state of a scene's experiments, in words and as a bar."""

    def __init__(self, player: LessonPlayer, names: tuple[str, ...]) -> None:
        super().__init__()
        self._player, self._names = player, names

    def set_look(self, look: StageLook) -> None:
        """Set the height to one line, or two if something is missing."""
        super().set_look(look)
        self.refresh()

    def refresh(self) -> None:
        """Show the present state."""
        self.setFixedHeight(round(self.look.small_px * (1.7 + 1.4 * (len(self.rows) - 1))))
        self.setAccessibleName(self.words)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many rows as the words need in this width."""
        super().resizeEvent(event)
        self.refresh()

    @property
    def rows(self) -> list[str]:
        """The words, broken to the width; of a line that is very long, as of an error's, the first rows."""
        metrics, found = QFontMetricsF(self.look.font(self.look.small_px)), list[str]()
        width = float(max(self.width(), self.look.height))
        for line in self.words.split("\n"):
            found += _broken(line, width, metrics)
        return found

    @property
    def words(self) -> str:
        """The text of the line, and of the one below it: how to get what is missing here."""
        player, labels = self._player, self._player.lesson.experiments
        if player.runs.running in self._names:
            return f"Running: {labels[player.runs.running].label}"
        recorded = [each for name in self._names if (each := player.newest(name)) is not None and each.recorded]
        for name in self._names:
            why, get = player.why_not(name), player.how_to_get(name)
            if why:
                line = f"{labels[name].label}: {why}"
                if recorded:
                    line = f"Recorded on {recorded[0].recorded}. Here: {labels[name].label} {_short(why)}"
                return f"{line}\n{get}" if get else line
        done = [name for name in self._names if player.newest(name) is not None]
        if not done:
            return "Not run yet"
        pythons = dict.fromkeys(_python(player, name) for name in done)
        runs = min(len(player.pictures(name)) for name in self._names)
        return ", ".join([*pythons, *([f"{runs} runs each"] if runs > 1 else []), *self._taken(done)])

    def _taken(self, done: Sequence[str]) -> list[str]:
        """Say how many cores other programs took in the last runs, if that changes what is seen."""
        loads = [
            (load, cores)
            for name in done
            if (picture := self._player.newest(name)) is not None
            and (load := figure_of(picture.result, "load_other")) is not None
            and (cores := len((picture.result.get("cores") or {}).get("utilization") or ()))
        ]
        load, cores = max(loads, default=(0.0, 0))
        return [f"other programs took {load * cores:.1f} of {cores} cores: expect other figures"] * (load >= MUCH_LOAD)

    def draw(self, paper: Paper) -> None:
        """Write the words; below them the progress."""
        look = self.look
        lines = self.rows
        pitch = (self.height() - look.line * 2) / len(lines)
        for place, words in enumerate(lines):
            room = QRectF(0, place * pitch, self.width(), pitch)
            paper.text(room, words, look.small_px, look.quiet, Qt.AlignmentFlag.AlignVCenter)
        progress = self._player.runs.progress
        if self._player.runs.running in self._names and progress is not None:
            line = QRectF(0, self.height() - look.line * 1.4, self.width() * progress, look.line * 1.4)
            paper.painter.fillRect(line, look.accent)


def _broken(line: str, width: float, metrics: QFontMetricsF) -> list[str]:
    """Return a line broken at spaces into rows of a width, MOST_ROWS at most, with an ellipsis where it goes on."""
    rows = [""]
    for word in line.split(" "):
        longer = f"{rows[-1]} {word}" if rows[-1] else word
        if metrics.horizontalAdvance(longer) <= width or not rows[-1]:
            rows[-1] = longer
        else:
            rows.append(word)
    if len(rows) > MOST_ROWS:
        rows[MOST_ROWS - 1 :] = [" ".join(rows[MOST_ROWS - 1 :])]
    return [metrics.elidedText(row, Qt.TextElideMode.ElideRight, width) for row in rows]


def _short(why: str) -> str:
    return why.partition(", and none")[0]


def _python(player: LessonPlayer, name: str) -> str:
    picture = player.newest(name)
    found = (picture.result.get("interpreter") or {}) if picture is not None else {}
    gil = "without the GIL" if found.get("gil_enabled") is False else ""
    return f"Python {found.get('version') or ''} {gil}".strip()
