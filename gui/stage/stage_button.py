"""A large control on the stage, labelled with its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from gui.stage.look import StageLook
from gui.stage.paper import Paper


@dataclass(frozen=True, slots=True)
class StageControl:
    """One of a scene's controls: its label, its key in words, and what it does."""

    label: str
    call: Callable[[], object]
    key: str = ""
    enabled: bool = True


class StageButton(QPushButton):
    """A control: a QPushButton for the keyboard and screen readers, drawn in the stage's sizes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = StageLook()
        self.cuts: list[str] = []
        self.smallest_px = self.look.height
        self._key = ""
        self._call: Callable[[], object] = lambda: None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._on_clicked)

    def show_control(self, control: StageControl) -> None:
        """Show another control."""
        self.setText(control.label)
        self.setAccessibleName(control.label)
        self.setEnabled(control.enabled)
        self._key, self._call = control.key, control.call
        self.update()

    def set_look(self, look: StageLook) -> None:
        """Draw with this look."""
        self.look = look
        self.setFixedHeight(round(look.height / 11))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size that the label fits."""
        return QSize(self.look.height // 3, round(self.look.height / 11))

    def _on_clicked(self) -> None:
        self._call()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw frame, label and key."""
        paper = Paper(self, self.look)
        look, painter = self.look, paper.painter
        frame = QRectF(self.rect()).adjusted(look.line, look.line, -look.line, -look.line)
        held = self.isDown() or self.hasFocus()
        painter.setPen(QPen(look.accent if self.isEnabled() else look.rule, look.line * (1.6 if held else 0.8)))
        painter.setBrush(look.ground)
        painter.drawRoundedRect(frame, look.height / 60, look.height / 60)
        inner = frame.adjusted(look.margin * 0.6, 0, -look.margin * 0.6, 0)
        color = look.ink if self.isEnabled() else look.quiet
        words = f"{self.text()}   ({self._key})" if self._key else self.text()
        if paper.width_of(words, look.least_px, bold=True) > inner.width():
            words = self.text()  # a long label matters more than its key
        paper.text(inner, words, round(look.height / 26), color, Qt.AlignmentFlag.AlignCenter, bold=True)
        painter.end()
        self.cuts, self.smallest_px = paper.cuts, paper.smallest_px
