"""The timeline's row of tools: follow, whole run, zoom, next error, next slow task, a task by its number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSpinBox, QWidget

from gui.commands.actions import ScopeActions
from gui.commands.buttons import tool_tip
from gui.commands.command import Command
from gui.commands.table import COMMANDS
from gui.controls.tool_button import ToolButton
from gui.widgets.flow_layout import FlowLayout
from gui.widgets.fonts import font
from gui.widgets.plain_text import PlainLabel, plain_tip
from gui.widgets.theme import Theme

_MOST_TASK = 2_147_483_647
COLORINGS: Final = {"state": "state", "step": "step", "task": "task"}
_FIND_TIP: Final = (
    "A step's name, a task's number, a state (GIL, lock, I/O, core, loop, running), failed, or a duration: > 5 ms.\n"
    "Several words: all must match. Enter finds the next one, Shift+Enter the previous one."
)


class TimelineTools(QWidget):
    """The buttons of the timeline's commands; beside the last one, the field for the number of the task to go to."""

    def __init__(self, parent: QWidget, scopes: Iterable[ScopeActions]) -> None:
        super().__init__(parent)
        self.buttons: dict[str, ToolButton] = {}
        # With little room they take two rows, so that they never make the window wider than its screen.
        layout = FlowLayout(self, spacing=4, row_spacing=4)
        layout.setContentsMargins(0, 0, 0, 0)
        actions = {command.id: action for scope in scopes for command, action in scope}
        for command in COMMANDS:
            if command.label and command.id in actions:
                layout.addWidget(self._button(command, actions[command.id]))
        self._caption = PlainLabel("Task", self)
        self.task = QSpinBox(self)
        self.task.setRange(0, _MOST_TASK)
        self.task.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.task.setAccessibleName("Number of the task to go to")
        self.task.setKeyboardTracking(False)
        self._caption.setBuddy(self.task)
        self.task.lineEdit().returnPressed.connect(actions["timeline-go"].trigger)
        self._search = search = QWidget(self)
        row = QHBoxLayout(search)
        row.setContentsMargins(8, 0, 0, 0)
        for widget in (self._caption, self.task, self.buttons["go"]):
            row.addWidget(widget)
        layout.addWidget(search)
        self.finder = QLineEdit(self)
        self.finder.setPlaceholderText("Find: fetch > 5 ms, GIL, failed")
        self.finder.setClearButtonEnabled(True)
        self.finder.setAccessibleName("Find a step, task, state or duration")
        self.finder.setToolTip(plain_tip(_FIND_TIP))
        layout.addWidget(self.finder)
        self.color = QComboBox(self)
        for key, title in COLORINGS.items():
            self.color.addItem(f"Colour: {title}", key)
        self.color.setAccessibleName("What the lanes' colours mean")
        layout.addWidget(self.color)

    def show_tasks(self, shown: bool) -> None:
        """Show or hide the tools that look for tasks: a watched program has none."""
        for name in ("failure", "slow", "go"):
            self.buttons[name].setVisible(shown)
        for part in (self._search, self.finder, self.color):
            part.setVisible(shown)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's font and colours."""
        self.finder.setFixedWidth(round(210 * theme.scale))
        for widget in (*self.buttons.values(), self._caption, self.task, self.finder, self.color):
            widget.setFont(font(theme.font_pt * 0.95))
        for button in self.buttons.values():
            button.set_theme(theme)

    def _button(self, command: Command, action: QAction) -> ToolButton:
        button = ToolButton(command.label, self, icon_name=command.icon)
        button.setToolTip(plain_tip(tool_tip(command)))
        button.setAccessibleName(command.tip)
        button.setCheckable(command.checkable)
        button.clicked.connect(action.trigger)

        def take_over() -> None:
            button.setEnabled(action.isEnabled())
            button.setChecked(action.isChecked())

        action.changed.connect(take_over)
        take_over()
        self.buttons[command.id.removeprefix("timeline-")] = button
        return button
