"""Every view there is: it builds, says what will be here, shows a run, and survives what a run may lack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QGraphicsView, QTableView
from pytestqt.qtbot import QtBot

from gui.session.run_data import GrowingRun
from gui.widgets.theme import DARK, LIGHT
from gui.widgets.view import PLACES, View, discover
from tests.gui_tests.view_runs import as_tick, end, run, tick, without_figures
from tests.run_folders import add_lane, add_samples, make_run, whole_task

VIEWS = discover()
OF_WATCHES = {"functions"}  # empty for the run of a workload: tests/gui_tests/watch shows a watch
SHAPES = {
    "threads": {},
    "one worker": {"workers": 1},
    "64 workers, 64 cores": {"workers": 64, "cores": 64},
    "3 cores": {"cores": 3},
}


@pytest.fixture(params=[key for key in VIEWS if key not in OF_WATCHES])
def view(request: pytest.FixtureRequest, qtbot: QtBot) -> View:
    """A view of each kind, on the screen."""
    made = VIEWS[request.param].factory()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.resize(800, 500)
    made.show()
    return made


Draw = Callable[[View, GrowingRun | None], None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with phases in it."""
    made = make_run(tmp_path_factory.mktemp("runs") / "run")
    for lane in range(4):
        phases = [phase for task in range(lane, 40, 4) for phase in whole_task(task, task * 4_000_000)]
        add_lane(made, f"lane-{lane}", phases, created_ns=lane, thread_name=f"Thread-{lane} (work)")
    add_samples(made, [tick(number) for number in range(1, 4)])
    return made


@pytest.fixture
def draw(folder: Path) -> Draw:
    """A function that shows a run, which has phases in its folder once it has a sample, and paints it."""

    def show(view: View, data: GrowingRun | None) -> None:
        if data is not None and data.latest is not None:
            data.folder = folder
        view.show_run(data)
        view.refresh()
        view.repaint()
        view.grab()

    return show


def test_descriptors_keep_to_the_contract() -> None:
    assert [VIEWS[key].key for key in VIEWS] == list(VIEWS)
    assert {"live", "tab", "right", "panel"} >= {each.place for each in VIEWS.values()}
    assert [each.key for each in VIEWS.values() if each.place == "live"] == ["live"]
    places = [PLACES.index(each.place) for each in VIEWS.values()]
    assert places == sorted(places)
    assert all(each.title for each in VIEWS.values())


def test_without_a_run_it_says_in_words_what_will_be_here(view: View, draw: Draw) -> None:
    draw(view, None)
    assert view.is_empty
    assert view.plots() == []
    parts = list(getattr(view, "panels", {"": view}).values())
    for part in parts:
        if part.empty_command[0] == "watch-program":
            assert "File > Watch a program…" in part.empty_text
        else:
            assert "Press Run (F5)" in part.empty_text or "press Run (F5)" in part.empty_text


def test_a_run_that_has_just_been_asked_for_is_not_invited_to_be_run(view: View, draw: Draw) -> None:
    draw(view, run(ticks=0))
    for part in getattr(view, "panels", {"": view}).values():
        assert not part.is_empty or "Run (F5)" not in part._empty.text()


@pytest.mark.parametrize("shape", list(SHAPES))
def test_it_shows_a_run_while_it_goes_on_and_after(view: View, draw: Draw, shape: str) -> None:
    data = run(ticks=3, **SHAPES[shape])
    draw(view, data)
    assert not view.is_empty
    for number in range(4, 9):
        data.take_tick(as_tick(tick(number, **SHAPES[shape])))
        view.refresh()
    draw(view, end(data))
    assert not view.is_empty
    draw(view, run(ticks=1))
    draw(view, None)


def test_it_survives_figures_that_were_not_measured(view: View, draw: Draw) -> None:
    data = run(ticks=0)
    for number in range(1, 6):
        data.take_tick(as_tick(without_figures(tick(number))))
        draw(view, data)
    draw(view, end(data, ledger_s={}, latency_s=None, throughput_per_s=None, processes=None, cores=None))
    data = run(ticks=2)
    data.take_tick(as_tick(without_figures(tick(3))))
    draw(view, data)


def test_it_survives_a_run_that_ends_before_anything_was_measured(view: View, draw: Draw) -> None:
    draw(
        view, end(run(ticks=0), status="failed", reason="the host could not be started", tasks={"done": 0, "failed": 0})
    )
    lost = run(ticks=0)
    lost.lose("the engine's process is gone")
    draw(view, lost)


@pytest.mark.parametrize("theme", [DARK, LIGHT.scaled(1.8), DARK.scaled(2.5)], ids=["dark", "presenter", "large"])
def test_it_survives_a_change_of_theme_while_it_shows_a_run(view: View, draw: Draw, theme: object) -> None:
    draw(view, run())
    view.set_theme(theme)  # type: ignore[arg-type]
    view.grab()
    assert view.theme is theme
    assert not view.is_empty


def test_it_can_be_small_and_large(view: View, draw: Draw) -> None:
    draw(view, run())
    for width, height in ((120, 90), (420, 300), (1920, 1080)):
        view.resize(width, height)
        view.grab()


def test_what_can_be_reached_has_an_accessible_name(view: View, draw: Draw) -> None:
    draw(view, run())
    assert view.accessibleName()
    for kind in (QGraphicsView, QTableView):
        assert all(part.accessibleName() for part in view.findChildren(kind))


def test_a_refresh_without_news_draws_nothing(view: View, draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(view, run())
    calls: list[GrowingRun] = []
    for part in getattr(view, "panels", {"": view}).values():
        monkeypatch.setattr(part, "on_refresh", calls.append)
    view.refresh()
    assert calls == []
