"""A small real comparison in the window: started, stopped, continued, kept, and found again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.history.store import Store
from gui.compare.page import ComparePage
from gui.workbench import Workbench
from tests.window import messages, open_window, wait_for_engine

LIMIT_MS = 60_000
QUICK = {
    "format": 1,
    "title": "Waiting",
    "workload": {"tasks": 12, "seed": 1, "steps": [{"kind": "sleep", "duration_ms": 5.0}]},
    "model": {"kind": "threads", "workers": 2},
}


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """Give an open window whose engine is ready, with a history of its own."""
    monkeypatch.setenv("GILSCOPE_DATA", str(tmp_path / "data"))
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        opened.document.show(QUICK, None)
        yield opened


@pytest.fixture
def page(workbench: Workbench) -> ComparePage:
    """Give the window's Compare page, in front, with two cells picked."""
    return picked(workbench)


def picked(workbench: Workbench) -> ComparePage:
    found = workbench.window.findChild(ComparePage)
    assert isinstance(found, ComparePage)
    workbench.window.pages.setCurrentWidget(found)
    found.form.models.check("sequential", "threads")
    found.form.workers.setText("4")
    found.form.repeats.setValue(2)
    return found


def runs_done(page: ComparePage) -> int:
    return 0 if page.comparison is None else page.comparison.runs_done()


@pytest.mark.timeout(240)
def test_a_comparison_grows_is_stopped_goes_on_and_is_found_again(
    workbench: Workbench, page: ComparePage, qtbot: QtBot, tmp_path: Path
) -> None:
    page.start_button.click()
    assert page.stop_button.isVisible()
    qtbot.waitUntil(lambda: runs_done(page) >= 1, timeout=LIMIT_MS)
    page.stop_button.click()
    qtbot.waitUntil(lambda: not workbench.session.running and not page.running, timeout=LIMIT_MS)
    done = runs_done(page)
    assert 1 <= done < 4
    assert page.continue_button.isVisible()
    page.continue_button.click()
    qtbot.waitUntil(lambda: not page.running, timeout=LIMIT_MS)
    comparison = page.comparison
    assert comparison is not None
    assert comparison.complete
    assert runs_done(page) == 4
    assert page.result.table.rowCount() == 2
    assert page.result.chart.lines
    with Store(tmp_path / "data") as store:
        kept = {run.run_id for run in store.runs()}
    assert {run.run_id for runs in comparison.repetitions.values() for run in runs} <= kept
    ((name, title),) = page.list_earlier()
    assert title == "Waiting: 2 combinations, 4 runs"
    workbench.pages.compare.show_earlier(name)
    assert page.comparison is not comparison
    assert runs_done(page) == 4
    qtbot.waitUntil(lambda: page.task_s is not None, timeout=LIMIT_MS)


@pytest.mark.timeout(240)
def test_a_cell_that_cannot_run_has_its_reason_and_the_others_go_on(
    workbench: Workbench, page: ComparePage, qtbot: QtBot
) -> None:
    page.form.workers.setText("1")
    page.form.repeats.setValue(1)
    page.form.interpreters.offer({"": ("own", "", True), "3.99": ("3.99", "", True)})
    page.form.interpreters.check("", "3.99")
    page.form.models.check("threads")
    page.start_button.click()
    qtbot.waitUntil(lambda: runs_done(page) == 2 and not page.running, timeout=LIMIT_MS)
    comparison = page.comparison
    assert comparison is not None
    good, bad = (comparison.repetitions[cell][0] for cell in comparison.cells)
    assert good.ok
    assert "there is no 3.99 on this machine" in str(bad.reason)


def test_code_that_is_not_allowed_starts_nothing(workbench: Workbench, page: ComparePage) -> None:
    source = "def task(item):\n    pass\n"
    steps = [{"kind": "python", "source": source}]
    workbench.document.show({**QUICK, "workload": {**QUICK["workload"], "steps": steps}}, None)  # type: ignore[dict-item]
    workbench.trust.own = False
    page.start_button.click()
    assert not page.running
    assert page.comparison is None
    assert any("Python code" in each for each in messages(workbench))


@pytest.mark.timeout(240)
def test_a_window_that_is_closed_meanwhile_loses_only_the_run_under_way(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GILSCOPE_DATA", str(tmp_path / "data"))
    slow = {**QUICK, "workload": {"tasks": 40, "seed": 1, "steps": [{"kind": "sleep", "duration_ms": 20.0}]}}
    with open_window(tmp_path, engine=True) as first:
        wait_for_engine(first, qtbot)
        first.document.show(slow, None)
        page = picked(first)
        page.start_button.click()
        qtbot.waitUntil(lambda: runs_done(page) >= 1, timeout=LIMIT_MS)
        qtbot.waitUntil(lambda: first.session.stage == "measuring", timeout=LIMIT_MS)
        done = runs_done(page)
    with open_window(tmp_path, engine=True) as second:
        wait_for_engine(second, qtbot)
        page = picked(second)
        ((name, title),) = page.list_earlier()
        assert title.startswith(f"Waiting: 2 combinations, {done} run")
        assert title.endswith(", not complete")
        commands = second.pages.compare
        assert commands is not None
        commands.show_earlier(name)
        page.continue_button.click()
        qtbot.waitUntil(lambda: not page.running, timeout=LIMIT_MS)
        assert page.comparison is not None
        assert runs_done(page) == 4
        # None failed by the closing.
        assert all(run.ok for runs in page.comparison.repetitions.values() for run in runs), (
            "none failed by the closing"
        )
