"""The menu bar: the command table's menus, the examples, the recent files and the panels."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from gui.commands.actions import CommandActions
from gui.commands.file_commands import FileCommands
from gui.commands.palette import Entry
from gui.commands.table import COMMANDS
from gui.main_window import MainWindow


class WindowMenus:
    """Fills the window's menu bar, and lists for the palette what stands in it."""

    def __init__(self, window: MainWindow, actions: CommandActions, files: FileCommands) -> None:
        self._actions = actions
        menus = actions.fill(window.menuBar())
        file, view = menus["&File"], menus["&View"]
        self.examples = _submenu(file, "Open e&xample", actions, "save")
        self.recent = _submenu(file, "Open recen&t", actions, "save")
        file.insertSeparator(actions["save"])
        self.examples.setToolTipsVisible(True)
        self.recent.setToolTipsVisible(True)
        self._files = files
        self.examples.aboutToShow.connect(self._fill_examples)
        self.recent.aboutToShow.connect(lambda: files.fill_recent(self.recent))
        self.panels = QMenu("P&anels", view)
        for dock in window.docks():
            self.panels.addAction(dock.toggleViewAction())
        view.addSeparator()
        view.addMenu(self.panels)

    def _fill_examples(self) -> None:
        self._files.fill_examples(self.examples)

    def entries(self) -> list[Entry]:
        """Return everything that the palette offers."""
        self._fill_examples()
        entries = [
            Entry(
                command.plain_title,
                command.menu.replace("&", ""),
                self._actions[command.id],
                self._actions.why_not(command),
            )
            for command in COMMANDS
            if command.id != "palette"
        ]
        entries += [Entry(f"Open example: {each.text()}", "File", each) for each in self.examples.actions()]
        entries += [Entry(f"Panel: {each.text()}", "View", each) for each in self.panels.actions()]
        return entries


def _submenu(menu: QMenu, title: str, actions: CommandActions, before: str) -> QMenu:
    submenu = QMenu(title, menu)
    menu.insertMenu(actions[before], submenu)
    return submenu
