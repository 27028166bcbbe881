"""Makes the actions of the command table: one QAction a command, shared by menus, buttons and the palette."""

from __future__ import annotations

from collections.abc import Mapping
from operator import methodcaller

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui.commands.table import COMMANDS, MENUS, Command, When, WindowState
from gui.widgets.icons import icon
from gui.widgets.theme import Theme


class CommandActions:
    """The actions by command id. `targets` are the objects that the callbacks' first words name."""

    def __init__(self, window: QWidget, targets: Mapping[str, object]) -> None:
        self.state = WindowState()
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self._actions = {command.id: self._make(command, targets) for command in COMMANDS}

    def __getitem__(self, command_id: str) -> QAction:
        return self._actions[command_id]

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Put the menus into `bar` and return them by title."""
        menus = {title: bar.addMenu(title) for title in MENUS}
        section: dict[str, int] = dict.fromkeys(MENUS, 0)
        for command in COMMANDS:
            if command.menu:
                menu = menus[command.menu]
                if command.section != section[command.menu]:
                    section[command.menu] = command.section
                    menu.addSeparator()
                menu.addAction(self._actions[command.id])
        return menus

    def set_state(self, state: WindowState) -> None:
        """Make possible what `state` makes possible, and only that."""
        self.state = state
        for command in COMMANDS:
            self._actions[command.id].setEnabled(state.holds(command.enabled_when))

    def why_not(self, command: Command) -> str:
        """Return why the command is not possible now, empty if it is."""
        return "" if self.state.holds(command.enabled_when) else command.enabled_when.value

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colours."""
        for command in COMMANDS:
            if command.icon:
                self._actions[command.id].setIcon(icon(command.icon, theme.text, theme.border))

    def _make(self, command: Command, targets: Mapping[str, object]) -> QAction:
        action = QAction(command.title, self._window)
        action.setObjectName(command.id)
        if command.shortcut:
            action.setShortcut(QKeySequence(command.shortcut))
        action.setCheckable(command.checkable)
        if command.group:
            group = self._groups.setdefault(command.group, QActionGroup(self._window))
            group.addAction(action)
        target, _, method = command.callback.partition(".")
        call = methodcaller(method)
        receiver = targets[target]
        action.triggered.connect(lambda: call(receiver))
        action.setEnabled(command.enabled_when is When.ALWAYS)
        self._window.addAction(action)
        return action
