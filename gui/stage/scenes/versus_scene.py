"""A against B: one large number with its interval, each one's figure, and both on the same axes."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from engine.lessons.figures import figure_of, median_of
from engine.lessons.lesson import Versus
from engine.lessons.ratio import RepeatedRatio
from engine.lessons.versus_ratios import versus_ratios
from engine.wording import figure_text as figures
from gui.stage.charts.chart import LEAST_TITLED, RIGHT
from gui.stage.charts.kinds import CHART_KINDS
from gui.stage.paper import Paper, StageWidget
from gui.stage.player import LessonPlayer
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.scenes.state_line import StateLine
from gui.stage.stage_button import StageControl

_WORDS: Final = {"bytes": figures.size, "s": figures.seconds}


def figure_words(value: float | None, unit: str) -> str:
    """Return a figure with its unit as people say it."""
    if value is None:
        return "not measured"
    head, _, rest = unit.partition(" ")
    if head in _WORDS:
        return f"{_WORDS[head](value)} {rest}".strip()
    return f"{figures.rate(value)} {unit}".strip()


class VersusView(SceneView):
    """The number at the left, bars and a chart at the right."""

    text_share = 0.09

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        self.number = Ratio(scene, player)
        self.bars = FigureBars(scene, player)
        kind, look_at = scene.charts[0] if scene.charts else ("", "")
        self.chart = CHART_KINDS[kind](look_at) if kind else None
        self.state = StateLine(player, scene.experiments)
        right = QVBoxLayout()
        right.addWidget(self.bars, 1)
        if self.chart is not None:
            right.addWidget(self.chart, 2)
        self.row = QHBoxLayout()
        self.row.addWidget(self.number, 2)
        self.row.addLayout(right, 3)
        self.body.addWidget(self.state)
        self.body.addLayout(self.row, 1)

    def controls(self) -> list[StageControl]:
        """Return Run both; after that, Run both again, which gives an interval."""
        player = self.player
        if player.runs.running in self.scene.experiments:
            return [StageControl("Stop", player.runs.stop, "Esc")]
        done = all(player.pictures(name) for name in self.scene.experiments)
        count = "both" if len(self.scene.experiments) == 2 else "all three"
        label = f"Run {count} again" if done else f"Run {count}"
        return [StageControl(label, lambda: player.run(self.scene.experiments), "F5", not player.runs.busy)]

    def refresh(self) -> None:
        """Show what is known about the runs."""
        if self.chart is not None:
            found = (self.player.newest(name) for name in self.scene.experiments)
            self.chart.show_runs([each for each in found if each is not None])
        self.row.setSpacing(self.look.margin)
        self.state.refresh()
        for part in (self.number, self.bars):
            part.update()


class Ratio(StageWidget):
    """Each further experiment's figure as a multiple of the first one's."""

    def __init__(self, scene: Versus, player: LessonPlayer) -> None:
        super().__init__()
        self._scene, self._player = scene, player

    @property
    def numbers(self) -> list[tuple[str, str, str]]:
        """For each of them: its label, the number, and its interval."""
        labels = self._player.lesson.experiments
        found = versus_ratios(self._scene, self._player.pictures)
        return [(labels[name].label, *_ratio_words(ratio)) for name, ratio in found]

    def draw(self, paper: Paper) -> None:
        """Write the numbers as large as fits, and what they mean."""
        look, width, height = self.look, self.width(), self.height()
        numbers, words = self.numbers, self._scene.words
        centre = Qt.AlignmentFlag.AlignCenter
        if len(numbers) > 1:
            self._draw_several(paper, numbers)
            return
        [(_, number, between)] = numbers
        paper.text(QRectF(0, 0, width, height * 0.55), number, look.height // 3, look.accent, centre, bold=True)
        paper.text(QRectF(0, height * 0.55, width, height * 0.23), words, look.text_px, align=centre, wrap=True)
        paper.text(QRectF(0, height * 0.8, width, height * 0.14), between, look.small_px, look.quiet, centre, wrap=True)

    def _draw_several(self, paper: Paper, numbers: list[tuple[str, str, str]]) -> None:
        """Write each number in its bar's colour, its label above and its interval below, and the meaning last."""
        look, width, small = self.look, self.width(), self.look.small_px
        centre, meaning = Qt.AlignmentFlag.AlignCenter, look.text_px * 1.5
        pitch = (self.height() - meaning) / len(numbers)
        room = pitch - small * 3.2
        size = paper.common_size([each[1] for each in numbers], width, min(look.height // 4, round(room)), bold=True)
        for place, (label, number, between) in enumerate(numbers):
            top = place * pitch
            paper.text(QRectF(0, top, width, small * 1.5), label, round(small * 1.1), align=centre, bold=True)
            middle = QRectF(0, top + small * 1.4, width, room)
            paper.text(middle, number, size, look.series(place + 1), centre, bold=True)
            paper.text(QRectF(0, middle.bottom(), width, small * 1.5), between, small, look.quiet, centre)
        last = QRectF(0, self.height() - meaning, width, meaning)
        paper.text(last, f"{self._scene.words}, against {self._first_label}", look.text_px, align=centre)

    @property
    def _first_label(self) -> str:
        return self._player.lesson.experiments[self._scene.experiments[0]].label


def _ratio_words(ratio: RepeatedRatio | None) -> tuple[str, str]:
    """Return a ratio, and its interval or how to get one."""
    if ratio is None:
        return "?", ""
    between = "run three times for an interval"
    if ratio.low is not None and ratio.high is not None:
        between = f"95 % interval: {figures.number(ratio.low)} to {figures.number(ratio.high)}"
    return figures.number(ratio.value), between


class FigureBars(StageWidget):
    """The figure of each experiment as a bar, all on one scale, with its text."""

    def __init__(self, scene: Versus, player: LessonPlayer) -> None:
        super().__init__()
        self._scene, self._player = scene, player

    def draw(self, paper: Paper) -> None:
        """Draw a bar for each experiment: the label above, the figure at its right."""
        look, scene, player = self.look, self._scene, self._player
        values = [self.value(name) for name in scene.experiments]
        most = max((value or 0.0 for value in values), default=0.0) or 1.0
        pitch = min(self.height() / len(values), look.height / 3.5)
        labels = [player.lesson.experiments[name].label for name in scene.experiments]
        words = [figure_words(value, scene.unit) if value is not None else "not run yet" for value in values]
        beside = pitch < look.small_px * LEAST_TITLED
        for place, value in enumerate(values):
            room = QRectF(0, place * pitch, self.width(), pitch)
            part = (value or 0.0) / most
            (self._draw_beside if beside else self._draw_below)(paper, room, (labels, words), place, part)

    def _draw_below(
        self, paper: Paper, room: QRectF, texts: tuple[list[str], list[str]], place: int, part: float
    ) -> None:
        """Draw the label and the figure, and below them the bar."""
        look, size, half = self.look, self.look.small_px, room.width() / 2
        top = room.top()
        paper.text(QRectF(0, top, half, size * 1.5), texts[0][place], round(size * 1.1), bold=True)
        paper.text(QRectF(half, top, half, size * 1.5), texts[1][place], round(size * 1.2), align=RIGHT, bold=True)
        box = QRectF(0, top + size * 1.6, room.width() * part, max(2.0, room.height() - size * 2.2))
        paper.painter.fillRect(box, look.series(place))

    def _draw_beside(
        self, paper: Paper, room: QRectF, texts: tuple[list[str], list[str]], place: int, part: float
    ) -> None:
        """Draw the label, the bar and the figure beside each other: so the bar keeps its height."""
        look, size = self.look, self.look.small_px
        left, right = (
            min(max(paper.width_of(text, size, bold=True) for text in each) + size * 0.6, room.width() * 0.36)
            for each in texts
        )
        line = room.adjusted(0, 0, 0, -room.height() * 0.15)
        paper.text(QRectF(0, line.top(), left - size * 0.5, line.height()), texts[0][place], size, bold=True)
        box = QRectF(left, line.top(), (room.width() - left - right) * part, line.height())
        paper.painter.fillRect(box, look.series(place))
        figure = QRectF(room.width() - right, line.top(), right, line.height())
        paper.text(figure, texts[1][place], size, align=RIGHT, bold=True)

    def value(self, name: str) -> float | None:
        """Return an experiment's figure, None if it is not known."""
        if self._player.runs.running == name:
            picture = self._player.newest(name)
            return figure_of(picture.result, self._scene.figure) if picture is not None else None
        # Of the runs that the ratio is made from: another scene may have run one of them alone.
        counts = [len(self._player.pictures(each)) for each in self._scene.experiments]
        kept = self._player.pictures(name)[-min(counts) if all(counts) else 0 :]
        return median_of([each.result for each in kept], self._scene.figure)
