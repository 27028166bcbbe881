"""The documentation's watched programs: each has its picture, is read by Python, and is told of."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest

from gui.screenshots import SCENES, WATCHED

SHOWN: Final = {scene.name: WATCHED / scene.watches for scene in SCENES if scene.watches}


@pytest.mark.parametrize("name", SHOWN)
def test_a_watched_program_has_a_picture_and_is_told_of(name: str) -> None:
    page = (WATCHED.parent / "watch.md").read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(SHOWN[name].read_text(encoding="utf-8")))
    assert (WATCHED.parent / "pictures" / f"{name}.png").is_file()
    assert f"pictures/{name}.png" in page


def test_every_program_is_one_of_a_picture() -> None:
    assert set(Path(WATCHED).glob("*.py")) == set(SHOWN.values())
