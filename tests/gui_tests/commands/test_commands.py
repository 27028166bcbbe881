"""The table of commands: whole, without clashes, and reachable through menus, shortcuts and the palette."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from engine.resources_path import resources_path
from gui.commands.table import COMMANDS, MENUS, Command, When, WindowState
from tests.window import open_window


def test_ids_titles_and_shortcuts_are_unique() -> None:
    assert max(Counter(each.id for each in COMMANDS).values()) == 1
    assert max(Counter(each.plain_title for each in COMMANDS).values()) == 1
    shortcuts = Counter(QKeySequence(each.shortcut).toString() for each in COMMANDS if each.shortcut)
    assert max(shortcuts.values()) == 1


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.id)
def test_each_command_is_complete(command: Command) -> None:
    assert command.menu in MENUS
    assert command.title.replace("&&", "").count("&") == 1, "a mnemonic"
    assert not command.shortcut or not QKeySequence(command.shortcut).isEmpty()
    assert not command.icon or resources_path("icons", f"{command.icon}.svg").is_file()
    target, _, method = command.callback.partition(".")
    assert target in {"files", "edits", "runs", "looks", "pages", "help"}
    assert method.isidentifier()


def test_mnemonics_are_unique_within_each_menu() -> None:
    for menu in MENUS:
        letters = [each.title[each.title.index("&") + 1].lower() for each in COMMANDS if each.menu == menu]
        # What the window adds to the File and View menus.
        letters += {"&File": ["x", "t"], "&View": ["a"]}.get(menu, [])
        assert max(Counter(letters).values()) == 1, (menu, letters)
    assert max(Counter(each[each.index("&") + 1] for each in MENUS).values()) == 1


def test_every_condition_is_a_field_of_the_state() -> None:
    conditions = {each.name.lower() for each in When if each is not When.ALWAYS}
    assert conditions == {each.name for each in fields(WindowState)}
    for when in When:
        assert WindowState().holds(when) == (when is When.ALWAYS)
        assert WindowState(**dict.fromkeys(conditions, True)).holds(when)


def test_every_command_calls_a_method_that_is_there(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path) as workbench:
        for command in COMMANDS:
            target, _, method = command.callback.partition(".")
            assert callable(getattr(getattr(workbench, target), method)), command.id


def test_every_command_is_in_a_menu_and_in_the_palette(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path) as workbench:
        menus = workbench.window.menuBar().findChildren(QMenu)
        listed = {action.objectName() for menu in menus for action in menu.actions()}
        assert {each.id for each in COMMANDS} <= listed
        titles = {each.title for each in workbench.menus.entries()}
        assert {each.plain_title for each in COMMANDS if each.id != "palette"} <= titles
        assert any(title.startswith("Open example") for title in titles)
