"""Getting started: three things to try, once; and every empty page has the button that fills it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from gui.commands.table import COMMANDS
from gui.history.page import HistoryPage
from gui.live.live_view import Live
from gui.widgets.requests import DoCommand
from gui.workbench import Workbench
from tests.window import messages, open_window, wait_for_engine


def live_of(workbench: Workbench) -> Live:
    """Return the Live page."""
    page = workbench.window.pages.widget(0)
    assert isinstance(page, Live)
    return page


def test_a_first_start_shows_three_things_and_the_next_does_not(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path) as first:
        live = live_of(first)
        assert live.welcome.isVisible()
        assert list(live.welcome.buttons) == ["try-gil", "try-own-code", "watch-program"]
        live.welcome.close_button.click()
        assert not live.welcome.isVisible()
        assert live.panels["throughput"].isVisible()
    with open_window(tmp_path) as second:
        assert not live_of(second).welcome.isVisible()
        second.actions["getting-started"].trigger()
        assert live_of(second).welcome.isVisible(), "Help shows them again"


def test_a_file_that_is_opened_is_not_covered(qtbot: QtBot, tmp_path: Path) -> None:
    from engine.resources_path import resources_path

    with open_window(tmp_path, resources_path("experiments", "io-bound.toml")) as opened:
        assert not live_of(opened).welcome.isVisible()


def test_each_of_the_three_does_what_it_says(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path, engine=True) as workbench:
        wait_for_engine(workbench, qtbot)
        buttons = live_of(workbench).welcome.buttons
        buttons["try-own-code"].click()
        [step] = workbench.document.experiment()["workload"]["steps"]
        assert step["kind"] == "python"
        assert any("`task`" in text for text in messages(workbench))
        assert not workbench.question.asks, "code of the person's own is not asked about"
        assert not live_of(workbench).welcome.isVisible()
        buttons["watch-program"].click()
        dialog = workbench.watches.dialog
        assert isinstance(dialog, QDialog)
        dialog.close()
        workbench.actions["getting-started"].trigger()
        buttons["try-gil"].click()
        qtbot.waitUntil(lambda: workbench.session.data is not None)
        assert workbench.session.data is not None
        assert workbench.session.data.experiment["model"]["kind"] == "threads"
        assert not live_of(workbench).welcome.isVisible(), "the run is what is to be seen"
        workbench.actions["stop"].trigger()
        qtbot.waitUntil(lambda: not workbench.session.running, timeout=20_000)


def test_a_history_without_runs_has_the_button_too(qtbot: QtBot) -> None:
    page = HistoryPage()
    qtbot.addWidget(page)
    page.list.show_runs([])
    assert page.list.fill_button.isVisibleTo(page)
    with qtbot.waitSignal(page.requested) as asked:
        page.list.fill_button.click()
    assert asked.args == [DoCommand("run")]


def test_every_empty_page_has_the_button_that_fills_it(qtbot: QtBot, tmp_path: Path) -> None:
    commands = {command.id for command in COMMANDS}
    with open_window(tmp_path) as workbench:
        live_of(workbench).show_welcome(False)
        for tabs in (workbench.window.pages, workbench.window.side):
            for place in range(tabs.count()):
                tabs.setCurrentIndex(place)
                page, title = tabs.widget(place), tabs.tabText(place)
                if not getattr(page, "is_empty", False):
                    continue
                shown = [each for each in page.findChildren(object, "fill") if each.isVisible()]
                assert len(shown) == 1, title
        commands_of = {view.empty_command[0] for view in workbench.repainter.views} - {""}
        assert commands_of <= commands
        live_of(workbench).panels["throughput"].fill_button.click()
        assert any("engine is still starting" in text for text in messages(workbench)), "it says why nothing runs"
