"""A comparison's file that is damaged, or was written by hand: named by its place, and in nobody else's way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.comparison.comparison import Comparison
from engine.comparison.errors import SavedError
from engine.comparison.saved import SavedComparisons
from engine.history.referenced import referenced_runs
from tests.comparing import cells, measured


@pytest.fixture
def places(tmp_path: Path) -> SavedComparisons:
    return SavedComparisons(tmp_path)


@pytest.fixture
def file(places: SavedComparisons) -> Path:
    comparison = Comparison(cells(("threads", "processes"), (1, 2)), repeats=3)
    comparison.add(comparison.cells[0], measured(10.0))
    saved = places.begin("A title", comparison)
    places.load(saved.id)
    return places.folder / f"{saved.id}.json"


def _put(data: Any, place: str, value: Any) -> None:
    *path, last = [int(key) if key.isdigit() else key for key in place.replace("[", ".").replace("]", "").split(".")]
    for key in path:
        data = data[key]
    data[last] = value


@pytest.mark.parametrize(
    ("place", "value", "what"),
    [
        ("repeats", "x", "must be a whole number of at least 1, got 'x'"),
        ("repeats", -1, "must be a whole number of at least 1, got -1"),
        ("precision", float("nan"), "must be a number, got nan"),
        ("budget_s", 10**400, "must be a number, got 10"),
        ("cells", [], r"must be a list with at least one cell, got \[\]"),
        ("cells", {"a": 1}, "must be a list"),
        ("cells[1]", 2, "must be a table, got 2"),
        ("cells[1].experiment", None, "must be a table, got None"),
        ("cells[0].workers", "two", "must be a whole number, got 'two'"),
        ("cells[0].settings", [1], "must be a list of keys and values"),
        ("cells[0].repetitions", None, "must be a list, got None"),
        ("cells[0].repetitions[0]", 1, "must be a table, got 1"),
        ("cells[0].repetitions[0].took_s", None, "must be a number, got None"),
        ("cells[0].repetitions[0].throughput_per_s", "fast", "must be a number, got 'fast'"),
    ],
)
def test_what_is_wrong_is_named(places: SavedComparisons, file: Path, place: str, value: Any, what: str) -> None:
    data = json.loads(file.read_text())
    _put(data, place, value)
    file.write_text(json.dumps(data))
    named = place.replace("[", r"\[").replace("]", r"\]")
    with pytest.raises(SavedError, match=f"is not a readable comparison: {named}: {what}"):
        places.load("last")
    places.listed()
    referenced_runs(places.folder.parent)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 200_000, '{"cells": [1, {"repetitions": [2]}]}'])
def test_what_is_no_comparison_is_in_nobodys_way(places: SavedComparisons, file: Path, text: str) -> None:
    known = referenced_runs(places.folder.parent)
    assert known
    (places.folder / "99999999-000000-ffff.json").write_text(text)
    assert referenced_runs(places.folder.parent) == known
    assert [line for _, line in places.listed()][1].startswith("A title: 4 combinations, 1 run")
    with pytest.raises(SavedError, match="is not a readable comparison"):
        places.load("last")
