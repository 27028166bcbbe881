"""Who held the event loop, on the timeline: named at the pointer, marked on the lanes, found by a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from engine.record.lane_file import LAST, OK, LaneWriter, Slot, tail
from engine.trace import loop_lag
from gui.timeline.timeline_view import Timeline
from gui.widgets.theme import LIGHT
from tests.gui_tests.view_runs import run, shown_timeline
from tests.lane_writing import card
from tests.run_folders import START_NS, make_run

MS = 1_000_000
STEPS = {each.key: each.to_json() for each in (card("sleep", "time", has_async=True), card("count-primes"))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three coroutines: 0 holds the loop from 10 to 30 ms, when 1 and 2 have been ready since 12 and 20."""
    folder = make_run(tmp_path / "run")
    (folder / "cards.json").write_text(json.dumps({"steps": STEPS, "model": {}}), encoding="utf-8")
    writer = LaneWriter(
        str(folder / "lanes" / "loop.lane"), thread=9, thread_name="MainThread", process_name="MainProcess",
        created_ns=1, capacity=1000,
    )  # fmt: skip
    writer.slots[Slot.WORKERS] = 3
    record = writer.recorder()
    for worker, step, start, stop, waited in (
        (0, 0, 0, 10, 10), (0, 1, 10, 30, -1), (1, 0, 0, 30, 12), (2, 0, 0, 31, 20), (1, 1, 30, 31, -1),
    ):  # fmt: skip
        waited_ns = waited * MS if waited >= 0 else -1
        flags = OK | (LAST if step else 0)
        record(worker, START_NS + start * MS, START_NS + stop * MS, waited_ns, tail(worker, step, flags))
    return folder


@pytest.fixture(params=["few", "many"])
def view(qtbot: QtBot, folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Timeline:
    """The timeline of that run: looked through at once as one of few phases is, or as one of many, step by step."""
    if request.param == "many":
        monkeypatch.setattr(loop_lag, "_OFTEN", 0)
    made = shown_timeline(qtbot, run(is_async=True, worker_kind="coroutine"), folder)
    lag = made.scene.lag
    assert lag is not None
    assert (lag.of(0) is None) == (request.param == "many")
    qtbot.waitUntil(lambda: lag.of(0) is not None)
    return made


def test_a_hold_of_one_loop_of_many_phases_is_found_also_before_it_is_marked(
    qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_lag, "_OFTEN", 0)
    view = shown_timeline(qtbot, run(is_async=True, worker_kind="coroutine"), folder)
    assert view.scene.lag is not None
    assert view.scene.lag.of(0) is None
    view.tools.buttons["hold"].click()
    assert view.words.text().startswith("Task 0 on coroutine 1")


def test_the_one_that_held_the_loop_and_those_that_waited_are_told_at_the_pointer(view: Timeline) -> None:
    lag = view.scene.lag
    assert lag is not None
    assert lag.words(0, 1) == ["it held the event loop for 20 ms: 2 others were ready and waited"]
    assert lag.words(1, 0) == ["meanwhile 1 task held the loop, longest coroutine 1, task 0: count-primes 20 ms"]
    assert lag.words(2, 0)[0].startswith("meanwhile 2 tasks held the loop, longest coroutine 1, task 0")
    assert lag.words(0, 0) == [], "it was let on as soon as it was ready"


def test_the_longest_hold_is_marked_on_its_lane(view: Timeline) -> None:
    row = view.scene.seen_row_of(0)
    assert row is not None
    middle = round(view.scene.x_of(20 * MS))
    image = view.canvas.grab().toImage()
    assert image.pixelColor(middle, round(row.top) + 2) == QColor(LIGHT.danger)


def test_a_key_goes_from_hold_to_hold_and_the_path_names_the_culprit(view: Timeline) -> None:
    assert view.tools.buttons["hold"].isVisible()
    view.tools.buttons["hold"].click()
    assert view.words.text().startswith("Task 0 on coroutine 1")
    view.show_path()
    path = view.waterfall.path
    assert path is not None
    assert "held the event loop for 20 ms" in path.parts[-2].words
    view.tools.buttons["hold"].click()
    assert view.words.text().startswith("Task 1 on coroutine 2")
