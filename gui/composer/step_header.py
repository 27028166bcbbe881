"""The header of a step's form: number, name, effect on the GIL, and its buttons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal, SignalInstance
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from engine.workload.catalogue import StepCard
from engine.workload.code_permission import code_parameters
from gui.composer.badge_painter import BadgeRow
from gui.composer.draft import StepDraft
from gui.widgets.icons import icon
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.theme import LIGHT, Theme
from gui.workload.wording import badges

_MARGIN = 3
_SPACING = 6


class StepHeader(QWidget):
    """Shows one step's name and asks for changes of its place."""

    up_requested = Signal()
    down_requested = Signal()
    duplicate_requested = Signal()
    remove_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self.title = PlainLabel()
        self.title.setWordWrap(True)  # beside four buttons, in a narrow dock, a long name takes two lines
        self.note = PlainLabel()
        self.note.setWordWrap(True)
        self._badges = BadgeRow()
        self.buttons = {
            "arrow-up": self._button("Move up (Alt+Up)", self.up_requested),
            "arrow-down": self._button("Move down (Alt+Down)", self.down_requested),
            "copy": self._button("Duplicate (Ctrl+D in the list)", self.duplicate_requested),
            "trash": self._button("Remove (Delete in the list)", self.remove_requested),
        }
        self._height = 10_000
        self._line = line = QHBoxLayout()
        line.setSpacing(2)
        line.addWidget(self.title, 1)
        for button in self.buttons.values():
            line.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, 0, _MARGIN, 0)
        layout.setSpacing(_SPACING)
        layout.addLayout(line)
        layout.addWidget(self._badges)
        layout.addWidget(self.note)

    def show_step(self, step: StepDraft, card: StepCard | None, place: int, count: int, problem: str) -> None:
        """Show the step at `place` (from 0) of `count`; without a card, why it cannot run."""
        name = card.title if card else step.kind
        self.title.setText(f"{place + 1}  {name}")
        self.title.setToolTip(plain_tip(name))
        self._badges.set_badges(badges(card) if card else ())
        # A person's own source needs no description, and needs the room.
        has_code = card is not None and bool(code_parameters(card))
        self.note.setText("" if has_code else card.summary if card else _unknown(problem))
        self._badges.setToolTip(plain_tip(self.note.text()))
        self.fit_note(self._height)
        self._color(self._theme.danger if problem and not card else self._theme.muted)
        self.buttons["arrow-up"].setEnabled(place > 0)
        self.buttons["arrow-down"].setEnabled(place < count - 1)

    def fit_note(self, height: int) -> None:
        """Show the description only if it fits into so many pixels as a whole; the tip of the badges has it too."""
        self._height = height
        rest = self._line.sizeHint().height() + self._badges.sizeHint().height() + 2 * _SPACING
        needed = rest + self.note.heightForWidth(max(1, self.width() - 2 * _MARGIN))
        self.note.setVisible(bool(self.note.text()) and height >= needed)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        was_danger = self.note.palette().color(QPalette.ColorRole.WindowText).name() == self._theme.danger.lower()
        self._theme = theme
        font = QApplication.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.08)
        self.title.setFont(font)
        side = round(16 * theme.scale)
        for name, button in self.buttons.items():
            button.setIcon(icon(name, theme.text, theme.border))
            button.setIconSize(QSize(side, side))
        self._badges.set_theme(theme)
        self._color(theme.danger if was_danger else theme.muted)

    def _button(self, text: str, asked: SignalInstance) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setToolTip(plain_tip(text))
        button.setAccessibleName(text.partition(" (")[0] + " this step")
        button.clicked.connect(asked)
        return button

    def _color(self, color: str) -> None:
        palette = self.note.palette()
        palette.setColor(QPalette.ColorRole.WindowText, color)
        self.note.setPalette(palette)


def _unknown(problem: str) -> str:
    if not problem:
        return ""
    sentence = problem[:1].upper() + problem[1:] + ("" if problem.endswith("?") else ".")
    return f"{sentence} The step is kept in the file as it is."
