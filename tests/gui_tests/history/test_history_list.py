"""The list of kept runs: sorted by values, filtered by words, its buttons as the selection allows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.history.referenced import ComparedRuns
from engine.history.store import PastRun
from gui.history.run_groups import is_group
from gui.history.run_list import NOTHING_FOUND, NOTHING_YET, RunList
from gui.history.run_model import COLUMNS
from gui.widgets.run_requests import DeleteRuns, EditRun, OpenRun, ShowPair
from gui.widgets.theme import LIGHT

RUN = PastRun(
    run_id="20261122-200000-aaaa",
    started_at="2026-11-22T20:00:00+00:00",
    title="Waiting",
    model="threads",
    workers=2,
    interpreter="CPython 3.13.0",
    status="finished",
    reason=None,
    tasks_done=3,
    tasks_failed=0,
    elapsed_s=1.0,
    throughput_per_s=9.0,
    latency_p50_s=0.01,
    latency_p99_s=0.02,
    size_bytes=1_000_000,
)


def make_runs(count: int) -> list[PastRun]:
    return [
        replace(
            RUN,
            run_id=f"run-{number:04}",
            started_at=f"2026-11-{1 + number % 28:02}T20:00:{number % 60:02}+00:00",
            title=f"Number {number}",
            throughput_per_s=None if number % 7 == 0 else float(number),
        )
        for number in range(count)
    ]


@pytest.fixture
def runs(qtbot: QtBot) -> RunList:
    """Give an empty list."""
    made = RunList()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


def shown(runs: RunList) -> list[str]:
    return [runs.runs.run_at(row).run_id for row in range(runs.runs.rowCount())]


def column(title: str) -> int:
    return [each.title for each in COLUMNS].index(title)


def test_an_empty_history_says_so_in_words(runs: RunList) -> None:
    runs.show_runs([])
    assert runs.empty.text() == NOTHING_YET
    assert runs.empty.isVisible()
    assert not runs.table.isVisible()
    assert "At most 200 runs and 2.1 GB are kept" in runs.disk.text()


@pytest.mark.parametrize("order", list(Qt.SortOrder))
def test_runs_are_sorted_by_value_and_what_was_not_measured_stands_last(runs: RunList, order: Qt.SortOrder) -> None:
    runs.show_runs(make_runs(30))
    runs.table.sortByColumn(column("Tasks/s"), order)
    values = [runs.runs.run_at(row).throughput_per_s for row in range(30)]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=order == Qt.SortOrder.DescendingOrder)
    assert values[: len(known)] == known


def test_a_filter_wants_every_word(runs: RunList) -> None:
    runs.show_runs([RUN, replace(RUN, run_id="b", title="Computing", interpreter="CPython 3.13.5 without GIL")])
    runs.filter.setText("3.13 without")
    assert shown(runs) == ["b"]
    runs.filter.setText("THREADS wait")
    assert shown(runs) == [RUN.run_id]
    runs.filter.setText("threads nothing")
    assert runs.empty.text() == NOTHING_FOUND
    assert runs.empty.isVisible()
    runs.filter.clear()
    assert len(shown(runs)) == 2


def test_the_selection_says_what_can_be_done(runs: RunList) -> None:
    runs.show_runs(make_runs(4))
    assert {name for name, button in runs.buttons.items() if button.isEnabled()} == {"restore"}
    runs.select("run-0001")
    assert {name for name, button in runs.buttons.items() if not button.isEnabled()} == {"pair"}
    runs.select("run-0002", "run-0001")
    assert {name for name, button in runs.buttons.items() if button.isEnabled()} == {
        *("pair", "overlay", "star", "delete", "restore")
    }
    assert [run.run_id for run in runs.selected()] == ["run-0001", "run-0002"]


def test_a_thousand_runs_come_and_go_and_the_selection_stays(runs: RunList) -> None:
    many = make_runs(1000)
    runs.show_runs(many)
    runs.select("run-0500")
    runs.show_runs(many[:300] + many[400:])
    runs.show_runs([replace(RUN, run_id="new", started_at="2027-01-01T00:00:00+00:00"), *many[400:]])
    assert runs.runs.rowCount() == 601
    assert shown(runs)[0] == "new"
    assert [run.run_id for run in runs.selected()] == ["run-0500"]
    assert "601 runs take 601 MB of disk" in runs.disk.text()


def test_a_model_that_comes_later_has_room_and_a_width_set_by_hand_stays(runs: RunList) -> None:
    model, ended = column("Model"), column("Ended")
    runs.show_runs(make_runs(1))
    runs.table.setColumnWidth(ended, 33)
    runs.show_runs([*make_runs(1), replace(RUN, model="asyncio-processes")])
    assert runs.table.columnWidth(model) >= runs.table.sizeHintForColumn(model)
    assert runs.table.columnWidth(ended) == 33
    runs.show_runs(make_runs(3))
    assert runs.table.columnWidth(ended) == 33, "again"


def test_a_long_title_is_whole_where_the_window_has_room(runs: RunList, qtbot: QtBot) -> None:
    title = column("Title")
    runs.show_runs([replace(RUN, title="Fetch and parse: waiting and computing mixed, from three servers in turn")])
    narrow = runs.table.columnWidth(title)
    assert narrow < runs.table.sizeHintForColumn(title)
    runs.resize(2400, 500)
    qtbot.waitUntil(lambda: runs.table.columnWidth(title) >= runs.table.sizeHintForColumn(title))
    assert runs.table.horizontalHeader().length() <= runs.table.viewport().width()
    runs.resize(900, 500)
    qtbot.waitUntil(lambda: runs.table.columnWidth(title) == narrow)


def test_rows_and_columns_follow_the_font(runs: RunList) -> None:
    runs.set_theme(LIGHT)
    runs.show_runs(make_runs(3))
    model = column("Model")
    for scale in (1.8, 1.0):
        larger = runs.font()
        larger.setPointSizeF(10 * scale)
        runs.set_theme(LIGHT.scaled(scale))
        runs.setFont(larger)  # the application's comes after the theme
        height = runs.table.fontMetrics().height()
        assert height < runs.table.verticalHeader().defaultSectionSize() < 2 * height
        assert 0 <= runs.table.columnWidth(model) - runs.table.sizeHintForColumn(model) < 3 * height


def test_keys_do_what_the_buttons_do(runs: RunList, qtbot: QtBot) -> None:
    asked: list[object] = []
    runs.requested.connect(asked.append)
    runs.show_runs(make_runs(3))
    runs.select("run-0002")
    runs.table.setFocus()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_B):
        qtbot.keyClick(runs.table, key)
    qtbot.keyClick(runs.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert asked == [OpenRun(("run-0002",)), DeleteRuns(("run-0002",)), EditRun(("run-0002",))]
    runs.select("run-0001", "run-0002")
    qtbot.keyClick(runs.table, Qt.Key.Key_B)
    assert asked[-1] == ShowPair(("run-0001", "run-0002"))


COMPARED = (ComparedRuns("20261120-1", "Primes", frozenset(f"run-{number:04}" for number in range(5))),)


def test_a_comparison_is_one_row_that_opens_by_mouse_and_by_keyboard(runs: RunList, qtbot: QtBot) -> None:
    runs.show_runs([*make_runs(8), replace(RUN, run_id="other", title="Other")], COMPARED)
    assert runs.runs.rowCount() == 3 + 1 + 1
    row = next(row for row in range(5) if is_group(runs.runs.run_at(row)))
    text = runs.runs.index(row, column("Title")).data()
    assert text == "▸ Comparison: Primes, 5 runs"
    runs.table.setCurrentIndex(runs.runs.index(row, 0))
    assert len(runs.selected()) == 5, "it stands for all of its runs"
    assert not runs.buttons["open"].isEnabled()
    assert runs.buttons["delete"].isEnabled()
    qtbot.keyClick(runs.table, Qt.Key.Key_Right)
    assert runs.runs.rowCount() == 10
    at = next(row for row in range(10) if is_group(runs.runs.run_at(row)))
    below = [runs.runs.run_at(at + 1 + place).run_id for place in range(5)]
    assert sorted(below) == sorted(COMPARED[0].run_ids)
    assert runs.runs.index(at, column("Title")).data().startswith("▾")
    runs.table.setCurrentIndex(runs.runs.index(at, 0))
    qtbot.keyClick(runs.table, Qt.Key.Key_Left)
    assert runs.runs.rowCount() == 5


def test_a_filter_finds_runs_within_a_closed_comparison(runs: RunList) -> None:
    runs.show_runs(make_runs(8), COMPARED)
    runs.filter.setText("run-0003")
    assert shown(runs) == ["run-0003"]
    runs.filter.clear()
    assert runs.runs.rowCount() == 3 + 1


def test_a_star_a_name_and_tags_are_seen_and_found(runs: RunList) -> None:
    said = replace(RUN, name="Before the change", starred=True, tags="laptop\nlecture 3", note="with the fan on")
    runs.show_runs([said, replace(RUN, run_id="b")])
    texts = {runs.runs.index(row, column("Title")).data() for row in range(2)}
    assert texts == {"★ Before the change  [laptop, lecture 3]", "Waiting"}
    for words in ("lecture 3", "fan on", "before change", "waiting"):
        runs.filter.setText(words)
        assert said.run_id in shown(runs)
    runs.filter.setText("fan")
    assert shown(runs) == [said.run_id]
