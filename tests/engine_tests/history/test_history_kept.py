"""What the history keeps: within its bounds, the runs of comparisons last; what is deleted by hand can come back."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.comparison.comparison import Comparison
from engine.comparison.saved import SavedComparisons
from engine.history.discarded import KEPT_DAYS, Discarded
from engine.history.referenced import referenced_runs
from engine.history.store import HistoryError, Store
from engine.record.run_folder import new_run_id
from tests.comparing import cells, measured
from tests.run_folders import make_run

IDS = tuple(f"20261122-20000{number}-aaaa" for number in range(6))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a history of six runs, the first and third of which a comparison refers to."""
    with Store(tmp_path) as opened:
        for number, run_id in enumerate(IDS):
            make_run(opened.folder_of(run_id), time=f"2026-11-22T20:00:0{number}+00:00")
            opened.add(run_id)
        (cell,) = cells()
        comparison = Comparison([cell], repeats=2)
        for run_id in (IDS[0], IDS[2]):
            comparison.add(cell, measured(5.0, run_id=run_id))
        SavedComparisons(tmp_path).begin("A test", comparison)
        yield opened


def _ids(store: Store) -> set[str]:
    return {run.run_id for run in store.runs()}


def test_runs_of_a_comparison_are_referred_to(store: Store) -> None:
    assert referenced_runs(store.folder) == {IDS[0], IDS[2]}


def test_a_comparison_that_cannot_be_read_refers_to_nothing(store: Store) -> None:
    for name, text in (("a", "{"), ("b", "[]"), ("c", '{"cells": [{"repetitions": [null, {}]}, {}]}')):
        (store.folder / "comparisons" / f"{name}.json").write_text(text, encoding="utf-8")
    assert referenced_runs(store.folder) == {IDS[0], IDS[2]}


def test_runs_of_a_comparison_do_not_count(store: Store) -> None:
    assert store.prune(max_runs=3) == [IDS[1]]
    assert store.prune(max_runs=2) == [IDS[3]]
    assert _ids(store) == {IDS[0], IDS[2], IDS[4], IDS[5]}


def test_beyond_the_bytes_runs_of_a_comparison_go_last_and_it_says_so(store: Store) -> None:
    size = store.runs()[0].size_bytes
    assert store.prune(max_bytes=3 * size) == [IDS[1], IDS[3], IDS[4]]
    assert _ids(store) == {IDS[0], IDS[2], IDS[5]}
    places = SavedComparisons(store.folder)
    assert places.runs_gone(places.load("last")) == 0
    assert store.prune(max_bytes=2 * size) == [IDS[0]]
    assert places.runs_gone(places.load("last")) == 1
    assert "1 of them is no longer in the history" in places.listed()[0][1]


def test_what_is_within_its_bounds_is_let_be(store: Store) -> None:
    assert store.prune() == []
    assert _ids(store) == set(IDS)


def test_a_run_that_was_discarded_comes_back_whole(store: Store) -> None:
    before = store.find(IDS[1])
    Discarded(store).discard(IDS[1])
    assert IDS[1] not in _ids(store)
    assert store.recover() == []
    Discarded(store).restore(IDS[1])
    assert store.find(IDS[1]) == before


def test_a_run_that_was_purged_is_gone_for_good(store: Store) -> None:
    discarded = Discarded(store)
    for run_id in IDS[:3]:
        discarded.discard(run_id)
    long_ago = time.time() - KEPT_DAYS * 24 * 3600 - 1
    os.utime(discarded.folder / IDS[2], (long_ago, long_ago))
    discarded.purge([IDS[0]])
    assert [each.name for each in discarded.folder.iterdir()] == [IDS[1]]
    with pytest.raises(HistoryError, match=f"{IDS[0]} cannot be put back"):
        discarded.restore(IDS[0])


def test_an_older_index_is_made_again(store: Store) -> None:
    store.close()
    connection = sqlite3.connect(store.index)
    connection.executescript("ALTER TABLE runs DROP COLUMN latency_p99_s; PRAGMA user_version = 1;")
    connection.close()
    with Store(store.folder) as again:
        again.recover()
        assert _ids(again) == set(IDS)
        assert again.runs()[0].latency_p99_s == 0.2


def test_an_interpreter_without_gil_is_told_by_its_name(store: Store) -> None:
    result = store.folder_of(IDS[0]) / "result.json"
    data = json.loads(result.read_text(encoding="utf-8"))
    data["interpreter"]["gil_enabled"] = False
    result.write_text(json.dumps(data), encoding="utf-8")
    assert store.add(IDS[0]).interpreter == "CPython 3.13.0 without GIL"


def test_run_ids_are_unique_and_sort_by_time() -> None:
    ids = [new_run_id() for _ in range(50)]
    assert len(set(ids)) == len(ids)
    assert [each[:15] for each in ids] == sorted(each[:15] for each in ids)
