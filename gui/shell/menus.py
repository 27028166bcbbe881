"""The menu bar: the command table's menus, the examples, the recent files and the panels."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from gui.commands.actions import CommandActions
from gui.main_window import MainWindow
from gui.shell.file_commands import FileCommands


class WindowMenus:
    """Fills the window's menu bar."""

    def __init__(self, window: MainWindow, actions: CommandActions, files: FileCommands) -> None:
        menus = actions.fill(window.menuBar())
        file, view = menus["&File"], menus["&View"]
        self.examples = _submenu(file, "Open e&xample", actions, "save")
        self.recent = _submenu(file, "Open recen&t", actions, "save")
        file.insertSeparator(actions["save"])
        self.examples.setToolTipsVisible(True)
        self.recent.setToolTipsVisible(True)
        self.examples.aboutToShow.connect(lambda: files.fill_examples(self.examples))
        self.recent.aboutToShow.connect(lambda: files.fill_recent(self.recent))
        self.panels = QMenu("P&anels", view)
        for dock in window.docks():
            self.panels.addAction(dock.toggleViewAction())
        view.addSeparator()
        view.addMenu(self.panels)


def _submenu(menu: QMenu, title: str, actions: CommandActions, before: str) -> QMenu:
    submenu = QMenu(title, menu)
    menu.insertMenu(actions[before], submenu)
    return submenu
