"""The timeline's row of tools: follow, whole run, zoom, next error, next slow task, a task by its number."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSpinBox, QWidget

from gui.widgets.flow_layout import FlowLayout
from gui.widgets.fonts import font
from gui.widgets.theme import Theme

_MOST_TASK = 2_147_483_647
# Name, text, key, what it does.
TOOLS = (
    ("follow", "Follow", "Space", "Move along with the run"),
    ("fit", "Whole run", "Home", "Show the whole run"),
    ("zoom_in", "+", "+", "Show less time, larger"),
    ("zoom_out", "−", "-", "Show more time"),
    ("replay", "Replay", "R", "Play what is seen in slow motion, or end that"),
    ("fold", "Fold", "F", "Fold every process and thread to a row of its own, or unfold them"),
    ("cores", "Cores", "C", "Show which core each worker's thread was on, where this platform tells"),
    ("failure", "Next error", "E", "Go to the next task that failed"),
    ("slow", "Next slow task", "S", "Go to the next task that took longer than 99 in 100"),
    ("hold", "Next loop hold", "L", "Go to the next task that held the event loop while others were ready"),
)


class TimelineTools(QWidget):
    """Buttons with keys that work anywhere in the timeline; `asked` says which, `task_asked` which task."""

    asked = Signal(str)
    task_asked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QPushButton] = {}
        # They stand in two rows where there is little room, and so never make the window wider than its screen.
        layout = FlowLayout(self, spacing=6, row_spacing=4)
        layout.setContentsMargins(0, 0, 0, 0)
        for name, text, key, tip in TOOLS:
            layout.addWidget(self._button(name, text, key, tip, parent))
        for name in ("follow", "cores"):
            self.buttons[name].setCheckable(True)
        self.buttons["cores"].setChecked(True)
        self._caption = QLabel("Task", self)
        self.task = QSpinBox(self)
        self.task.setRange(0, _MOST_TASK)
        self.task.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.task.setAccessibleName("Number of the task to go to")
        self.task.setKeyboardTracking(False)
        self._caption.setBuddy(self.task)
        go = self._button("go", "Go", "G", "Go to the task with this number", parent)
        self.task.lineEdit().returnPressed.connect(partial(self.asked.emit, "go"))
        search = QWidget(self)
        row = QHBoxLayout(search)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self._caption, self.task, go):
            row.addWidget(widget)
        layout.addWidget(search)
        self.asked.connect(self._on_asked)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's type."""
        for widget in (*self.buttons.values(), self._caption, self.task):
            widget.setFont(font(theme.font_pt * 0.95))

    def _button(self, name: str, text: str, key: str, tip: str, parent: QWidget) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(f"{tip} ({key})")
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(partial(self._ask, name))
        self.buttons[name] = button
        if name not in ("fit", "zoom_in", "zoom_out"):  # the canvas knows these keys itself
            # The space bar follows a run that goes on, and plays one that has ended.
            call = partial(self._ask, "space") if name == "follow" else button.click
            shortcut = QShortcut(QKeySequence(key), parent, call)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return button

    def _ask(self, name: str, _checked: bool = False) -> None:
        self.asked.emit(name)

    def _on_asked(self, name: str) -> None:
        if name == "go":
            self.task_asked.emit(self.task.value())
