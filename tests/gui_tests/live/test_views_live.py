"""The Live page's panels: what a person reads on them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.wording.worker_names import worker_title
from gui.live.cores_view import Cores
from gui.live.ledger_view import LedgerPanel
from gui.live.live_view import Live
from gui.live.throughput_view import Throughput
from gui.processes.processes_view import ProcessesPanel
from gui.widgets.theme import LIGHT
from tests.gui_tests.view_runs import as_tick, end, run, tick


def shown(view: Live | Throughput | Cores | LedgerPanel | ProcessesPanel, qtbot: QtBot) -> None:
    """Put `view` on the screen."""
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(700, 400)
    view.show()


def test_throughput_gains_points_and_a_figure(qtbot: QtBot) -> None:
    view = Throughput()
    shown(view, qtbot)
    data = run(ticks=3)
    view.show_run(data)
    before = len(view._mean.getData()[0])
    data.take_tick(as_tick(tick(4)))
    view.refresh()
    assert len(view._mean.getData()[0]) == before + 1
    assert view.header.unit == "tasks/s"
    assert 700 < float(view.header.figure) < 900
    view.show_run(end(data))
    assert view.header.figure == "812"


def test_throughput_shows_marks_with_their_text(qtbot: QtBot) -> None:
    view = Throughput()
    shown(view, qtbot)
    view.show_run(run(ticks=8))
    assert [mark.label.format for mark in view.plot._marks] == ["switch interval 0.5 ms"]
    assert view.plot._marks[0].value() == pytest.approx(0.6)
    view.show_run(run(ticks=3))
    assert view.plot._marks == []


def test_the_pointer_reads_the_value_at_a_time(qtbot: QtBot) -> None:
    view = Throughput()
    shown(view, qtbot)
    view.show_run(run(ticks=20))
    assert view.plot.readout(1.0, 0.0).startswith("1.0 s: ")
    assert view.plot.readout(-1.0, 0.0) == ""
    assert view.plot.readout(60.0, 0.0) == ""


def test_the_axes_always_show_the_whole_run(qtbot: QtBot) -> None:
    view = Throughput()
    shown(view, qtbot)
    data = run(ticks=1)
    view.show_run(data)
    tops = set()
    for number in range(2, 120):
        data.take_tick(as_tick(tick(number)))
        view.refresh()
        assert view.plot.x_top >= data.samples.t_s[-1]
        assert view.plot.y_top >= np.nanmax(view._rate)
        tops.add(view.plot.x_top)
    assert len(tops) < 12, "the time axis steps, it does not creep"


@pytest.mark.parametrize("cores", [1, 2, 64])
def test_cores_are_counted_and_each_has_a_band(qtbot: QtBot, cores: int) -> None:
    view = Cores()
    shown(view, qtbot)
    view.show_run(run(cores=cores))
    assert view.header.figure == "1.0"
    assert view.header.unit == ("of 1 core" if cores == 1 else f"of {cores} cores")
    rows = view._picture.image.shape[0]
    assert rows % cores == 0
    assert rows // cores >= 6, "a band is high enough to tell how busy its core was"
    assert view.heat.readout(1.0, cores - 0.5).startswith(f"1.0 s: core {cores - 1} busy ")


def test_the_ledger_says_each_state_in_words_seconds_and_percent(qtbot: QtBot) -> None:
    view = LedgerPanel()
    shown(view, qtbot)
    view.show_run(run(ticks=20))
    words = [text for _, text in view.bars.legend()]
    assert words == [
        "Running 25 %, 2.00 s",
        "Waiting for a core 5 %, 400 ms",
        "Waiting for the GIL (estimated) 66 %, 5.28 s",
        "Idle 4 %, 320 ms",
    ]
    assert [row.name for row in view.bars.rows] == ["Thread 1", "Thread 2", "Thread 3", "Thread 4"]
    assert view.bars.accessibleDescription() == "; ".join(words)


def test_no_line_of_the_legend_is_cut_in_half(qtbot: QtBot) -> None:
    """Where there is no room for all lines, the last that is whole ends in an ellipsis."""
    view = LedgerPanel()
    shown(view, qtbot)
    view.show_run(run(ticks=20))
    bars = view.bars
    bars.set_rows(bars.total, (), merged=False)
    line = bars.fontMetrics().height()
    for height in range(4 * line, 8 * line, 3):
        bars.setFixedSize(220, height)  # each state has a line of its own
        image = bars.grab().toImage()
        last = {image.pixel(x, image.height() - 1) for x in range(60, image.width())}
        assert len(last) == 1, f"at {height} px something touches the lower edge"


def test_where_the_platform_does_not_tell_core_from_gil_the_ledger_says_so(qtbot: QtBot) -> None:
    view = LedgerPanel()
    shown(view, qtbot)
    data = run(ticks=0)
    message = tick(10)
    message["ledger_s"]["cpu_wait"] = None
    data.take_tick(as_tick(message))
    view.show_run(data)
    assert "Waiting for the GIL or a core (estimated)" in dict(view.bars.legend())["gil_wait"]
    assert "cpu_wait" not in dict(view.bars.legend())


@pytest.mark.parametrize("workers", [1, 8, 64])
def test_every_worker_has_a_bar_that_tells_what_it_is(qtbot: QtBot, workers: int) -> None:
    view = LedgerPanel()
    shown(view, qtbot)
    view.show_run(run(workers=workers))
    view.grab()
    assert len(view.bars.rows) == workers
    tips = [view.bars._tip(row, state) for bars in view.bars._painted for _, row, state in bars.parts()]
    assert sum("Running" in tip for tip in tips) == workers + 1
    assert any(tip.startswith(f"ThreadPoolExecutor-0_{workers - 1} (20 tasks): ") for tip in tips)
    assert view.bars.tip_at(QPoint(5, 10)).startswith("All workers: Running")


def test_workers_are_numbered_from_1_in_the_order_of_their_lanes(qtbot: QtBot) -> None:
    view = LedgerPanel()
    shown(view, qtbot)
    view.show_run(run(workers=3))
    assert [row.name for row in view.bars.rows] == ["Thread 1", "Thread 2", "Thread 3"]
    assert worker_title(11, "coroutine") == "Coroutine 12"


def test_processes_and_threads_are_the_systems_own_figures(qtbot: QtBot) -> None:
    view = ProcessesPanel()
    shown(view, qtbot)
    view.show_run(run(workers=8))
    assert (view.header.figure, view.header.unit) == ("1 process, 9 threads", "38 MB")
    row = [view.table.data(view.table.index(0, column)) for column in range(view.table.columnCount())]
    assert row == ["Host", "100", "9", "100 %", "38 MB"]


def test_children_stand_under_their_parent_and_rows_change_in_place(qtbot: QtBot) -> None:
    view = ProcessesPanel()
    shown(view, qtbot)
    data = run(ticks=1)
    message = tick(2)
    host = message["processes"][0]
    message["processes"] = [{**host, "pid": 200, "parent": 100, "role": "child"}, host]
    data.take_tick(as_tick(message))
    view.show_run(data)
    names = [view.table.data(view.table.index(row, 0)) for row in range(view.table.rowCount())]
    assert [name.strip() for name in names] == ["Host", "Child"]
    assert names[1].startswith(" ")
    with qtbot.assertNotEmitted(view.table.modelReset):
        half = [{**each, "cpu": 0.5} for each in message["processes"]]
        data.take_tick(as_tick({**message, "t_s": 0.3, "processes": half}))
        view.refresh()
    assert view.table.data(view.table.index(0, 3)) == "50 %"
    data.take_tick(as_tick({**message, "t_s": 0.4, "processes": [{**host, "role": "service"}]}))
    view.refresh()
    assert view.table.rowCount() == 2, "of a run whose host has ended, what was there last"


def test_a_run_that_ended_unseen_has_its_processes_as_they_were_last(qtbot: QtBot) -> None:
    view = ProcessesPanel()
    shown(view, qtbot)
    data = run()
    data.take_tick(as_tick({**tick(60), "processes": []}))
    view.show_run(data)
    assert view.table.rowCount() == 1


def test_a_run_that_has_ended_has_its_processes_as_they_were_at_work(qtbot: QtBot) -> None:
    """The header says the most that there were: rows of a process that is going would not fit it."""
    view = ProcessesPanel()
    shown(view, qtbot)
    data = run(ticks=3)
    last = tick(4)
    child = {**last["processes"][0], "pid": 200, "parent": 100, "role": "child", "threads": 1}
    data.take_tick(as_tick({**last, "processes": [last["processes"][0], child]}))
    going = {**last["processes"][0], "threads": 1, "cpu": 0.2, "rss_bytes": 0}
    data.take_tick(as_tick({**tick(5), "processes": [going]}))
    view.show_run(end(data))
    rows = [[view.table.data(view.table.index(row, column)) for column in range(1, 5)] for row in range(2)]
    assert rows == [["100", "5", "100 %", "38 MB"], ["200", "1", "100 %", "38 MB"]]
    assert [each.figures.threads for each in data.processes.all_workers()] == [5, 1]


def test_the_page_takes_one_column_where_it_is_narrow_and_two_where_it_is_wide(qtbot: QtBot) -> None:
    view = Live()
    shown(view, qtbot)
    view.show_run(run())
    panels = list(view.panels.values())
    for width, columns in ((1000, 2), (380, 1), (1300, 2)):
        view.resize(width, 700)
        qtbot.waitUntil(lambda columns=columns: len({panel.x() for panel in panels}) == columns)
        assert all(panel.height() >= 150 for panel in panels)


def test_the_page_fits_while_one_panel_is_empty_and_others_are_not(qtbot: QtBot) -> None:
    view = Live()
    shown(view, qtbot)
    data = run(ticks=1)
    data.take_tick(as_tick(tick(2, shares={"none": 1.0})))  # a worker's time has not begun
    view.show_run(data)
    assert view.panels["ledger"].is_empty
    assert not view.panels["cores"].is_empty
    QApplication.processEvents()  # the new layout
    assert view._scroll.verticalScrollBar().maximum() == 0
    assert sum(view.panels[key].height() for key in ("throughput", "cores")) < view.height()


def test_a_worker_that_has_not_begun_is_starting_and_not_idle(qtbot: QtBot) -> None:
    view = LedgerPanel()
    shown(view, qtbot)
    data = run(ticks=0)
    message = tick(10, shares={"cpu": 0.25, "idle": 0.75})
    message["starting_s"] = 2.0
    message["lanes"][1]["starting_s"] = 0.75
    data.take_tick(as_tick(message))
    view.show_run(data)
    assert dict(view.bars.legend()) == {
        "cpu": "Running 25 %, 1.00 s",
        "idle": "Idle 25 %, 1.00 s",
        "starting": "Starting 50 %, 2.00 s",
    }
    assert [row.share("starting") for row in view.bars.rows] == [0.0, 0.75, 0.0, 0.0]
    view.grab()
    assert {state for bars in view.bars._painted for _, _, state in bars.parts()} == {"cpu", "idle", "starting"}
