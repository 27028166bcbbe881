"""The code's structure as documented: the picture can be drawn, the rooms exist, no folder is too full."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.drawings.architecture import command_tables, drawing, figures, loose_dicts, step_kind_rules
from tests.drawings.import_graph import ROOT, circles, module_files, module_graph, room_graph, room_of

MOST_FILES = 25
MOST_LOOSE_DICTS = 60  # where JSON and TOML come in, and what third parties may pass
MOST_CONDUCTOR_FILES = 15  # the background process itself: what it is made of stands in other rooms
PAGES = ("docs/architecture.md", "CONTRIBUTING.md")


def test_the_drawing_has_every_room() -> None:
    svg = drawing()
    for room in {room_of(module) for module in module_files() if "." in module}:
        assert f">{room.replace('.', '/')}</text>" in svg


def test_no_folder_holds_more_files_than_one_finds_one_s_way_in() -> None:
    folders = Counter(path.parent.relative_to(ROOT).as_posix() for path in module_files().values())
    assert {folder: count for folder, count in folders.items() if count > MOST_FILES} == {}
    assert folders["engine/conductor"] <= MOST_CONDUCTOR_FILES


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(module_graph(with_types=True)) == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    assert circles(room_graph(module_graph(with_types=True))) == []


def test_data_has_types_but_at_its_edges() -> None:
    assert loose_dicts() <= MOST_LOOSE_DICTS


def test_commands_and_kinds_of_steps_are_decided_in_one_place_each() -> None:
    assert command_tables() == ["gui.commands.table"]
    assert step_kind_rules() == ["engine.trace.step_kinds"]


def test_the_figures_are_told() -> None:
    assert any(line.startswith("circles of modules") for line in figures())


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:engine|gui|tests|docs|resources|\.ci)/[\w./-]+)`", text))
    assert named
    named = {each for each in named if not re.search(r"NAME|PAGE|ROOM", each)}
    missing = [each for each in named if not (ROOT / each).exists()]
    assert missing == []


def test_every_room_is_in_the_page_s_table() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {room_of(module) for module in module_files() if module.count(".") > 1}
    assert [room for room in sorted(rooms) if f"`{room.replace('.', '/')}" not in page] == []
