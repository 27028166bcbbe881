"""The palette's entries: every command, page, side pane, model, example and panel, and any number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from engine.workload.catalogue import ModelCard
from gui.commands.actions import CommandActions
from gui.commands.buttons import native_keys
from gui.commands.command import Command, Scope
from gui.commands.palette import Entry
from gui.commands.table import COMMANDS
from gui.samples import list_examples
from gui.shell.context import WindowParts
from gui.shell.file_commands import FileCommands
from gui.shell.menus import WindowMenus
from gui.widgets.flat_tabs import FlatTabs


class PaletteEntries:
    """Makes the entries whenever the palette is opened. `more` are functions that return further entries."""

    def __init__(self, parts: WindowParts, actions: CommandActions, menus: WindowMenus, files: FileCommands) -> None:
        self._parts, self._actions, self._menus, self._files = parts, actions, menus, files
        self.more: list[Callable[[], list[Entry]]] = []

    def all(self) -> list[Entry]:
        """Return every entry."""
        more = (entry for listed in self.more for entry in listed())
        return [*self._commands(), *self._pages(), *self._models(), *self._examples(), *self._panels(), *more]

    def numbered(self, number: int) -> list[Entry]:
        """Return the entries for a typed number: to use that many workers."""
        card = self._parts.window.run_bar.model.card
        most = card.max_workers if card is not None else number
        why_not = "" if 1 <= number <= most else f"{card.title if card else 'the model'} has at most {most:,}"
        title = f"Use {number:,} worker{'' if number == 1 else 's'}"
        return [Entry(title, "Model", partial(self._choose, workers=number), why_not, words=f"workers {number}")]

    def _commands(self) -> Iterator[Entry]:
        found = self._page_actions()
        for command in COMMANDS:
            if command.id == "palette":
                continue
            if command.scope is Scope.WINDOW:
                yield _entry(command, self._actions[command.id], self._actions[command.id].trigger)
            elif command.id in found:
                page, action = found[command.id]
                yield _entry(command, action, partial(self._do_on, page, action))

    def _page_actions(self) -> dict[str, tuple[QWidget, QAction]]:
        """Return the page and the action of each command that belongs to a page."""
        found: dict[str, tuple[QWidget, QAction]] = {}
        for page in _pages(self._parts.window.pages):
            for action in page.findChildren(QAction):
                found.setdefault(action.objectName(), (page, action))
        return found

    def _do_on(self, page: QWidget, action: QAction) -> None:
        self._parts.window.pages.setCurrentWidget(page)
        page.setFocus()
        action.trigger()

    def _pages(self) -> Iterator[Entry]:
        window = self._parts.window
        for tabs, place in ((window.pages, "Page"), (window.side, "Side pane")):
            for page in _pages(tabs):
                title = tabs.tabText(tabs.indexOf(page))
                yield Entry(f"{place}: {title}", "View", partial(self._show, tabs, page))

    def _show(self, tabs: FlatTabs, page: QWidget) -> None:
        if tabs is self._parts.window.side:
            self._parts.window.side_dock.show()
        tabs.setCurrentWidget(page)
        self._parts.window.focus_page()

    def _models(self) -> Iterator[Entry]:
        catalogue = self._parts.surroundings.catalogue
        for card in catalogue.models.values() if catalogue is not None else ():
            words = f"{card.key} {card.worker} {card.module}"
            call = partial(self._choose, card)
            yield Entry(f"Model: {card.title}", "Model", call, card.unavailable_reason or "", words=words)
        yield Entry("Number of workers…", "Model", self._parts.window.run_bar.model.workers.setFocus)

    def _choose(self, card: ModelCard | None = None, workers: int | None = None) -> None:
        run_bar = self._parts.window.run_bar
        changed: dict[str, object] = {} if card is None else {"kind": card.key}
        changed |= {} if workers is None else {"workers": workers}
        run_bar.set_model_part({**run_bar.model_part(), **changed})
        self._parts.document.on_edited()

    def _examples(self) -> Iterator[Entry]:
        for example in list_examples():
            call = partial(self._files.open_example, example)
            yield Entry(f"Example: {example.title}", "File", call, example.problem or "", words="open experiment")

    def _panels(self) -> Iterator[Entry]:
        for action in self._menus.panels.actions():
            yield Entry(f"Show or hide the panel {action.text()}", "View", action.trigger)


def _pages(tabs: FlatTabs) -> list[QWidget]:
    pages = (tabs.widget(index) for index in range(tabs.count()))
    return [page for page in pages if page is not None]


def _entry(command: Command, action: QAction, call: Callable[[], object]) -> Entry:
    why_not = "" if action.isEnabled() else command.enabled_when.value
    words = f"{command.label} {command.tip}"
    return Entry(command.plain_title, command.place, call, why_not, native_keys(command), action.icon(), words)
