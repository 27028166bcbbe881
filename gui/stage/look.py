"""How the stage looks: every size is a share of the screen's height, every colour reads on a washed-out projector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QTransform

from engine.wording.state_colors import SHOWN_COLORS
from gui.widgets.theme import LIGHT, Theme

LEAST_SHARE: Final = 1 / 40  # of the height: nothing on the stage is set smaller

# Told apart without colour: a hatch for each state that waits.
HATCHES: Final = {
    "cpu": Qt.BrushStyle.SolidPattern,
    "cpu_wait": Qt.BrushStyle.Dense6Pattern,
    "gil_wait": Qt.BrushStyle.BDiagPattern,
    "io_wait": Qt.BrushStyle.HorPattern,
    "lock_wait": Qt.BrushStyle.CrossPattern,
    "loop_wait": Qt.BrushStyle.FDiagPattern,
    "transport": Qt.BrushStyle.DiagCrossPattern,
    "idle": Qt.BrushStyle.NoBrush,
    "starting": Qt.BrushStyle.Dense7Pattern,
}


@dataclass(frozen=True, slots=True)
class StageLook:
    """The sizes (pixels) and colours of a stage that is `height` pixels high."""

    height: int = 720
    theme: Theme = LIGHT

    @property
    def least_px(self) -> int:
        """The smallest type."""
        return -(-self.height // round(1 / LEAST_SHARE))

    @property
    def small_px(self) -> int:
        """Labels of charts."""
        return round(self.height / 33)

    @property
    def text_px(self) -> int:
        """Running text."""
        return round(self.height / 22)

    @property
    def margin(self) -> int:
        """The space around what stands on the stage."""
        return round(self.height / 24)

    @property
    def line(self) -> float:
        """The width of a chart's line."""
        return self.height / 180

    @property
    def ink(self) -> QColor:
        """Text, and lines that matter."""
        return QColor("#FFFFFF" if self.theme.dark else "#101418")

    @property
    def quiet(self) -> QColor:
        """Text that is not the point; still 7 : 1 on the ground."""
        return QColor("#C4CCD4" if self.theme.dark else "#3D454D")

    @property
    def ground(self) -> QColor:
        """What all stands on."""
        return QColor("#101418" if self.theme.dark else "#FFFFFF")

    @property
    def rule(self) -> QColor:
        """Frames and grid lines."""
        return QColor("#5A6572" if self.theme.dark else "#9AA4AF")

    @property
    def accent(self) -> QColor:
        """What is chosen, and the first of two."""
        return QColor(self.theme.accent)

    def series(self, place: int) -> QColor:
        """Return the colour of the run at `place` of several."""
        return QColor(self.theme.series[place % len(self.theme.series)])

    def font(self, pixels: int, *, bold: bool = False, fixed: bool = False) -> QFont:
        """Return the application's font at this size."""
        made = QFont()
        if fixed:
            made.setFamilies(["DejaVu Sans Mono", "Consolas", "Menlo", "monospace"])
            made.setStyleHint(QFont.StyleHint.Monospace)
        made.setPixelSize(max(1, pixels))
        made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return made


def fill_of(state: str) -> QColor:
    """Return the colour of a state of the ledger."""
    return QColor(SHOWN_COLORS[state])


def hatch_of(state: str, ink: QColor, height: int) -> QBrush:
    """Return the hatch that is drawn over a state's colour."""
    faint = QColor(ink)
    faint.setAlpha(150)
    hatch = QBrush(faint, HATCHES[state] if state != "cpu" else Qt.BrushStyle.NoBrush)
    coarser = max(1.0, height / 720)  # a pattern is some pixels wide, however many pixels the screen has
    hatch.setTransform(QTransform.fromScale(coarser, coarser))
    return hatch
