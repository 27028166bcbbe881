"""The table of commands: whole, without clashes, and reachable through menus, keys and the palette."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu
from pytestqt.qtbot import QtBot

from engine.resources_path import resources_path
from gui.commands.command import Command, Scope, When
from gui.commands.palette import score
from gui.commands.table import COMMANDS, MENUS, commands_of
from tests.window import open_window, wait_for_engine

# Scopes whose keys hold at the same time: where a page has the keyboard, the window's hold too.
TOGETHER = (
    (Scope.WINDOW, Scope.TIMELINE, Scope.LANES),
    (Scope.WINDOW, Scope.HISTORY),
    (Scope.WINDOW, Scope.PAIR, Scope.LANES),
    (Scope.WINDOW, Scope.PROCESSES),
)


def test_ids_and_titles_are_unique() -> None:
    assert max(Counter(each.id for each in COMMANDS).values()) == 1
    assert max(Counter(each.plain_title for each in COMMANDS).values()) == 1


@pytest.mark.parametrize("scopes", TOGETHER)
def test_no_two_commands_of_one_place_have_the_same_key(scopes: tuple[Scope, ...]) -> None:
    keys = Counter(QKeySequence(key).toString() for each in commands_of(*scopes) for key in each.keys)
    keys.subtract(["Esc"])  # the path's, while there is one: else the window's
    assert max(keys.values()) == 1, keys


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.id)
def test_each_command_is_complete(command: Command) -> None:
    in_window = command.scope is Scope.WINDOW
    assert (command.menu in MENUS) == in_window
    assert command.title.replace("&&", "").count("&") == int(in_window), "a mnemonic"
    assert not any(QKeySequence(key).isEmpty() for key in command.keys)
    assert not command.icon or resources_path("icons", f"{command.icon}.svg").is_file()
    assert bool(command.label) == bool(command.tip), "a button says what it does"
    assert command.menu or command.label or command.keys, "there is a way to it beside the palette"
    assert callable(command.call)


def test_mnemonics_are_unique_within_each_menu() -> None:
    for menu in MENUS:
        letters = [each.title[each.title.index("&") + 1].lower() for each in COMMANDS if each.menu == menu]
        # What the window adds to the File and View menus.
        letters += {"&File": ["x", "t"], "&View": ["a"]}.get(menu, [])
        assert max(Counter(letters).values()) == 1, (menu, letters)
    assert max(Counter(each[each.index("&") + 1] for each in MENUS).values()) == 1


def test_every_condition_says_why_not() -> None:
    used = {each.enabled_when for each in COMMANDS}
    assert used == set(When)
    assert all(bool(when.value) == (when is not When.ALWAYS) for when in When)


def test_every_command_is_in_a_menu_or_on_its_page_and_in_the_palette(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path) as workbench:
        menus = workbench.window.menuBar().findChildren(QMenu)
        listed = {action.objectName() for menu in menus for action in menu.actions()}
        assert {each.id for each in commands_of(Scope.WINDOW)} <= listed
        assert {each.id for each in COMMANDS} <= {each.objectName() for each in workbench.window.findChildren(QAction)}
        entries = workbench.palette_entries.all()
        assert {each.plain_title for each in COMMANDS if each.id != "palette"} <= {each.title for each in entries}
        for entry in entries:
            command = next((each for each in COMMANDS if each.plain_title == entry.title), None)
            assert command is None or entry.why_not in ("", command.enabled_when.value)


def found(workbench: object, query: str) -> list[str]:
    """Return the titles that the palette lists for a query, the best first."""
    palette = workbench.view._palette  # type: ignore[attr-defined]
    workbench.view.palette()  # type: ignore[attr-defined]
    palette.query.setText(query)
    titles = [palette.list.item(row).text() for row in range(palette.list.count())]
    palette.hide()
    return titles


def test_the_palette_finds_pages_models_examples_and_numbers_of_workers(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path, engine=True) as workbench:
        wait_for_engine(workbench, qtbot)
        assert found(workbench, "latency")[0] == "Page: Latency"
        assert "Model: Thread pool" in found(workbench, "thread pool")
        assert "Example: CPU-bound: computing in Python" in found(workbench, "computing python")
        assert "Number of workers…" in found(workbench, "workers")
        assert "Use 12 workers" in found(workbench, "12 workers")
        assert found(workbench, "slow task")[0] == "Next slow task"
        assert "Show two runs side by side" in found(workbench, "side by side")


def test_what_is_chosen_in_the_palette_is_done(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path, engine=True) as workbench:
        wait_for_engine(workbench, qtbot)
        entries = {each.title: each for each in workbench.palette_entries.all()}
        entries["Model: Thread pool"].call()
        workbench.palette_entries.numbered(7)[0].call()
        chosen = {"kind": "thread-pool", "workers": 7, "submit": "bounded"}  # with its options as they are by default
        assert workbench.document.experiment()["model"] == chosen
        assert workbench.document.dirty
        entries["Page: Latency"].call()
        assert workbench.window.pages.tabText(workbench.window.pages.currentIndex()) == "Latency"
        entries["Select the next task"].call()
        assert workbench.window.pages.tabText(workbench.window.pages.currentIndex()) == "Timeline"


def test_the_list_of_keys_has_every_command_that_has_one(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path) as workbench:
        workbench.help.shortcuts()
        texts = {label.text() for label in workbench.window.findChildren(QLabel)}
        assert {each.plain_title for each in COMMANDS if each.keys} <= texts


def test_a_query_fits_words_before_letters() -> None:
    assert score("run", "Run Run") == 0
    assert score("rn", "Run") is not None
    assert score("xyz", "Run") is None
