"""The Lessons page: a list in teaching order, a description of the chosen one, and a button that opens it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine.lessons.lesson import Lesson
from engine.lessons.shelf import RefusedLesson
from gui.widgets.button_style import PushButton
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.theme import Theme


class LessonsPage(QWidget):
    """Does not know the session: it asks by signals, and the shell gives it the lessons to show."""

    open_wanted = Signal(object)  # Lesson
    restart_wanted = Signal(object)  # Lesson
    handout_wanted = Signal(object)  # Lesson
    refresh_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Lessons")
        self._found: list[Lesson | RefusedLesson] = []
        self._progress: Mapping[str, int] = {}
        self.list = QListWidget()
        self.list.setAccessibleName("Lessons, in teaching order")
        self.list.setUniformItemSizes(True)
        self.title, self.about, self.scenes = PlainLabel(), PlainLabel(), PlainLabel()
        for label in (self.title, self.about, self.scenes):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.open_button = PushButton("Open (F11)")
        self.restart_button = PushButton("Start again")
        self.handout_button = PushButton("Hand-out…")
        self.handout_button.setToolTip("Write the lesson as one HTML file, with its predictions and runs")
        self.refresh_button = PushButton("Look again")
        self._arrange()
        self.setFocusProxy(self.list)
        self.list.currentRowChanged.connect(self._show_chosen)
        self.list.itemActivated.connect(lambda _item: self._emit(self.open_wanted))
        self.open_button.clicked.connect(lambda: self._emit(self.open_wanted))
        self.restart_button.clicked.connect(lambda: self._emit(self.restart_wanted))
        self.handout_button.clicked.connect(lambda: self._emit(self.handout_wanted))
        self.refresh_button.clicked.connect(self.refresh_wanted)

    def show_lessons(self, found: Sequence[Lesson | RefusedLesson], progress: Mapping[str, int]) -> None:
        """List these; `progress` is the scene that each lesson is at."""
        row = max(0, self.list.currentRow())
        self._found, self._progress = list(found), progress
        self.list.clear()
        for number, each in enumerate(found, 1):
            item = QListWidgetItem()
            if isinstance(each, RefusedLesson):
                item.setText(f"{each.path.name}: refused")
                item.setForeground(self.palette().brush(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text))
                item.setToolTip(plain_tip(str(each)))
            else:
                item.setText(f"{number}  {each.title}")
            self.list.addItem(item)
        self.list.setCurrentRow(min(row, self.list.count() - 1))
        self.show_progress(progress)

    def show_progress(self, progress: Mapping[str, int]) -> None:
        """Show how far each lesson is."""
        self._progress = progress
        self._show_chosen()

    def lessons(self) -> list[Lesson]:
        """Return the lessons that can be opened."""
        return [each for each in self._found if isinstance(each, Lesson)]

    def chosen(self) -> Lesson | None:
        """Return the chosen lesson."""
        row = self.list.currentRow()
        found = self._found[row] if 0 <= row < len(self._found) else None
        return found if isinstance(found, Lesson) else None

    def plots(self) -> list[tuple[str, QWidget]]:
        """Return the plots that can be saved as a picture: none here."""
        return []

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        font = self.font()
        font.setBold(True)
        font.setPointSizeF(theme.font_pt * 1.4)
        self.title.setFont(font)

    def _arrange(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(10)
        for part in (self.title, self.about, self.scenes):
            column.addWidget(part)
        column.addStretch(1)
        for button in (self.open_button, self.restart_button, self.handout_button):
            button.setAutoDefault(False)
            column.addWidget(button)
        left = QWidget()
        listed = QVBoxLayout(left)
        listed.setContentsMargins(0, 0, 0, 0)
        listed.addWidget(self.list, 1)
        listed.addWidget(self.refresh_button)
        self.open_button.setToolTip("Put the lesson on the stage, at the scene where it was interrupted")
        self.restart_button.setToolTip(
            "Put the lesson on the stage from its beginning; forgets its predictions and runs"
        )
        self.refresh_button.setToolTip("Look for lessons again, for example after writing one")
        self.list.setMinimumWidth(120)
        splitter = QSplitter()
        splitter.addWidget(left)
        splitter.addWidget(side)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(splitter)

    def _show_chosen(self) -> None:
        lesson, row = self.chosen(), self.list.currentRow()
        for button in (self.open_button, self.restart_button, self.handout_button):
            button.setEnabled(lesson is not None)
        if lesson is not None:
            self.title.setText(lesson.title)
            self.about.setText(lesson.about)
            scene = self._progress.get(lesson.name, 0)
            at = f"Goes on at scene {scene + 1} of {len(lesson.scenes)}." if scene else f"{len(lesson.scenes)} scenes."
            self.scenes.setText(f"{at} {lesson.minutes} minutes, {len(lesson.claims)} claims that its runs prove.")
        elif 0 <= row < len(self._found):
            self.title.setText("Refused")
            self.about.setText(str(self._found[row]))
            self.scenes.setText("")

    def _emit(self, signal: object) -> None:
        lesson = self.chosen()
        if lesson is not None:
            signal.emit(lesson)  # type: ignore[attr-defined]
