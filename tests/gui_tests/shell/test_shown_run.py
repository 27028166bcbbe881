"""Whatever is shown belongs to what is loaded, or is marked with its name; and what a window comes back with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.workload import experiment_file
from engine.workload.experiment import check
from engine.workload.group import parts_key
from gui.main_window import WIDTHS
from gui.samples import Example, list_examples
from gui.session.run_data import GrowingRun
from gui.shell.shown_run import belongs_to
from gui.workbench import Workbench
from tests.comparing import catalogue
from tests.window import open_window, wait_for_end, wait_for_engine


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window with an engine, after a short run of its first example."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        run_shortly(opened, qtbot)
        yield opened


def run_shortly(workbench: Workbench, qtbot: QtBot) -> None:
    """Run what is loaded, a few tasks of it."""
    workbench.run_bar.amount.set_part({"tasks": 4})
    workbench.run_bar.changed.emit()
    workbench.actions["run"].trigger()
    wait_for_end(workbench, qtbot)


def test_figures_of_another_experiment_are_marked_with_its_name(workbench: Workbench) -> None:
    status, data = workbench.run_bar.status, workbench.session.data
    assert data is not None
    assert status.badge.text == "Finished"
    assert not status.shown.isVisible()
    other = list_examples()[-1]
    workbench.files.open_example(other)
    assert other.title != data.title
    assert status.shown.isVisible()
    assert data.title in status.shown.words.text()
    assert "4 workers" in status.shown.words.text()
    assert status.badge.text == "Ready", "what is loaded has not run"
    assert not status.tasks.text()
    status.shown.load.click()
    assert workbench.document.title == data.title
    assert not status.shown.isVisible()
    assert status.badge.text == "Finished"


@pytest.mark.parametrize("change", ["workers", "step", "amount"])
def test_any_change_but_a_name_marks_the_figures_and_taking_it_back_unmarks_them(
    workbench: Workbench, qtbot: QtBot, change: str
) -> None:
    shown, title = workbench.run_bar.status.shown, workbench.composer.parts.title
    data = workbench.session.data
    assert data is not None
    title.selectAll()
    qtbot.keyClicks(title, "Another name")
    assert workbench.document.experiment()["title"] == "Another name" != data.experiment["title"]
    assert not shown.isVisible(), "a name says nothing about the figures"
    before = workbench.document.experiment()
    workload, model = before["workload"], before["model"]
    changed = {
        "workers": {**before, "model": {**model, "workers": 7}},
        "step": {**before, "workload": {**workload, "steps": [{"kind": "sleep"}]}},
        "amount": {**before, "workload": {**workload, "tasks": 5}},
    }[change]
    workbench.document.show(changed, None, example=True)
    assert shown.isVisible()
    workbench.document.show(before, None, example=True)
    assert not shown.isVisible()


@pytest.mark.parametrize("known", [True, False], ids=["with the catalogue", "before it is known"])
@pytest.mark.parametrize("example", list_examples(), ids=lambda each: each.path.stem)
def test_a_record_with_its_defaults_is_a_run_of_the_file_that_leaves_them_out(example: Example, known: bool) -> None:
    loaded, everything = experiment_file.read(example.path), catalogue()
    run = GrowingRun("run", check(loaded, everything).to_dict())
    run.lose("ended")
    found = everything if known else None
    assert belongs_to(run, loaded, found)
    workload = loaded["workload"]
    key = parts_key(workload) or "steps"
    more = {**loaded, "workload": {**workload, key: [*workload[key], workload[key][0]]}}
    assert not belongs_to(run, more, found), "one more step, group or stage"
    assert not belongs_to(run, {**loaded, "model": {**loaded["model"], "kind": "process-asyncio"}}, found)
    first = {**workload[key][0], **({"kind": "allocate"} if key == "steps" else {"workers": 31})}
    changed = {**loaded, "workload": {**workload, key: [first, *workload[key][1:]]}}
    assert not belongs_to(run, changed, found), "another step, or more workers in a group or stage"


def test_cleared_figures_are_gone_from_every_page(workbench: Workbench) -> None:
    workbench.files.open_example(list_examples()[0])
    workbench.run_bar.status.shown.clear.click()
    assert workbench.session.data is None
    assert not workbench.run_bar.status.shown.isVisible()
    assert all(view.data is None and view.is_empty for view in workbench.repainter.views if view.isVisible())


@pytest.mark.parametrize("name", ["cpu-bound", "fetch-parse-store"])
def test_a_window_comes_back_with_its_experiment_its_page_and_its_last_run(
    qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    example = next(each for each in list_examples() if each.path.stem == name)
    with open_window(tmp_path, engine=True) as first:
        wait_for_engine(first, qtbot)
        first.files.open_example(example)
        run_shortly(first, qtbot)
        left = first.document.experiment()
        data = first.session.data
        assert data is not None
        first.window.pages.setCurrentIndex(1)
        first.window.side.setCurrentIndex(1)
    with open_window(tmp_path) as second:
        assert second.document.experiment() == left
        assert second.document.is_example
        assert second.window.pages.currentIndex() == 1
        assert second.window.side.currentIndex() == 1
        qtbot.waitUntil(lambda: second.session.data is not None)
        assert second.session.data is not None
        assert second.session.data.run_id == data.run_id
        assert not second.run_bar.status.shown.isVisible()
        assert second.run_bar.status.badge.text == "Finished"


def test_code_that_was_not_allowed_is_not_the_persons_own_after_a_restart(qtbot: QtBot, tmp_path: Path) -> None:
    step = {"kind": "python", "source": "def task(item):\n    return item\n"}
    with open_window(tmp_path) as first:
        content = first.document.experiment()
        first.trust.own = False
        first.document.show({**content, "workload": {"tasks": 3, "steps": [step]}}, None, example=True)
    with open_window(tmp_path) as second:
        assert second.document.experiment()["workload"]["steps"][0]["source"] == step["source"]
        assert not second.trust.own


@pytest.mark.parametrize(
    "left", ["", "[]", "{", '{"path": "/nowhere.toml"}', '{"experiment": {"workload": 3}, "page": 7}']
)
def test_what_cannot_be_read_of_the_last_time_is_left_out(qtbot: QtBot, tmp_path: Path, left: str) -> None:
    from gui.settings import Settings

    settings = Settings(tmp_path / "settings.ini")
    settings.last_session = left
    settings.sync()
    with open_window(tmp_path) as opened:
        assert opened.document.title.startswith("CPU-bound")


def test_the_window_fits_a_small_screen_with_all_that_a_failed_run_brings(workbench: Workbench, qtbot: QtBot) -> None:
    window = workbench.window
    window.resize(1280, 680)
    workbench.files.open_example(list_examples()[0])
    window.messages.show_message("error", "Task 3 failed in step 1: ValueError: no good. 12 more failed.")
    window.show_output(by_itself=True)
    qtbot.waitUntil(window.output_dock.isVisible)
    assert window.minimumSizeHint().height() <= 640, "720 less a title bar and a desktop's panel"
    run_shortly(workbench, qtbot)
    assert not window.output_dock.isVisible(), "it came by itself, with a run that is over"


def test_docks_get_their_widths_back_when_the_window_does(workbench: Workbench, qtbot: QtBot) -> None:
    window = workbench.window
    composer, side = (rule.of(1920) for rule in WIDTHS)
    for width in (1920, 1024, 1920):
        window.resize(width, 700)
        wide = width == 1920
        qtbot.waitUntil(lambda wide=wide: (window.composer_dock.width() >= composer) == wide)
        qtbot.waitUntil(lambda wide=wide: (window.side_dock.width() >= side) == wide)
