"""Makes a QAction for each command of the table, shared by menus, keys, buttons and the palette."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui.commands.command import Command, Scope, When
from gui.commands.scopes import (
    LanesTarget,
    LiveTarget,
    PairTarget,
    ProcessesTarget,
    RunListTarget,
    TimelineTarget,
    WindowTargets,
)
from gui.commands.table import MENUS, commands_of
from gui.widgets.icons import icon
from gui.widgets.theme import Theme

_CONTEXTS = {
    Scope.WINDOW: Qt.ShortcutContext.WindowShortcut,
    Scope.LIVE: Qt.ShortcutContext.WidgetWithChildrenShortcut,
    Scope.TIMELINE: Qt.ShortcutContext.WidgetWithChildrenShortcut,
    Scope.HISTORY: Qt.ShortcutContext.WidgetShortcut,
    Scope.PAIR: Qt.ShortcutContext.WidgetWithChildrenShortcut,
    Scope.PROCESSES: Qt.ShortcutContext.WidgetShortcut,
}


class ScopeActions:
    """The actions of one scope. Their keys work where `owner` has the focus; each calls its command with `target`.

    The actions of the lanes have no shortcuts in Qt: the canvas handles their keys itself, so that the page around it
    may use the same keys for something else.
    """

    def __init__(self, scope: Scope, owner: QWidget, target: object) -> None:
        self._groups: dict[str, QActionGroup] = {}
        self._owner, self._target = owner, target
        self.commands = commands_of(scope)
        self._actions = {command.id: self._make(command) for command in self.commands}

    def __getitem__(self, command_id: str) -> QAction:
        return self._actions[command_id]

    def __iter__(self) -> Iterator[tuple[Command, QAction]]:
        return ((command, self._actions[command.id]) for command in self.commands)

    def allow(self, holds: Callable[[When], bool]) -> None:
        """Enable the commands whose condition holds, and disable the others."""
        for command, action in self:
            action.setEnabled(command.enabled_when is When.ALWAYS or holds(command.enabled_when))

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colours."""
        for command, action in self:
            if command.icon:
                action.setIcon(icon(command.icon, theme.text, theme.border))

    def _make(self, command: Command) -> QAction:
        action = QAction(command.title, self._owner)
        action.setObjectName(command.id)
        action.setCheckable(command.checkable)
        if command.group:
            group = self._groups.setdefault(command.group, QActionGroup(self._owner))
            group.addAction(action)
        action.triggered.connect(lambda: command.call(self._target))
        action.setEnabled(command.enabled_when is When.ALWAYS)
        if command.keys and command.scope in _CONTEXTS:
            action.setShortcuts([QKeySequence(each) for each in command.keys])
            action.setShortcutContext(_CONTEXTS[command.scope])
        self._owner.addAction(action)
        return action


def live_actions(page: QWidget, target: LiveTarget) -> ScopeActions:
    """Return the actions of the Live page."""
    return ScopeActions(Scope.LIVE, page, target)


def timeline_actions(page: QWidget, target: TimelineTarget) -> ScopeActions:
    """Return the actions of the Timeline page."""
    return ScopeActions(Scope.TIMELINE, page, target)


def lanes_actions(lanes: QWidget, target: LanesTarget) -> ScopeActions:
    """Return the actions of a timeline's lanes."""
    return ScopeActions(Scope.LANES, lanes, target)


def history_actions(table: QWidget, target: RunListTarget) -> ScopeActions:
    """Return the actions of the list of kept runs."""
    return ScopeActions(Scope.HISTORY, table, target)


def pair_actions(timelines: QWidget, target: PairTarget) -> ScopeActions:
    """Return the actions of two runs' timelines."""
    return ScopeActions(Scope.PAIR, timelines, target)


def processes_actions(tree: QWidget, target: ProcessesTarget) -> ScopeActions:
    """Return the actions of a tree of processes."""
    return ScopeActions(Scope.PROCESSES, tree, target)


class CommandActions(ScopeActions):
    """The actions of the window's menus."""

    def __init__(self, window: QWidget, targets: WindowTargets) -> None:
        super().__init__(Scope.WINDOW, window, targets)

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Put the menus into `bar` and return them by title."""
        menus = {title: bar.addMenu(title) for title in MENUS}
        section: dict[str, int] = dict.fromkeys(MENUS, 0)
        for command, action in self:
            menu = menus[command.menu]
            if command.section != section[command.menu]:
                section[command.menu] = command.section
                menu.addSeparator()
            menu.addAction(action)
        return menus
