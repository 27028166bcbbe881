"""The tree of processes and threads: what stands in it, how it is sorted and copied, and what is not known."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from gui.processes.process_rows import COLUMNS
from gui.processes.process_tree_view import ProcessTreeView
from gui.widgets.theme import LIGHT
from tests.gui_tests.view_runs import as_tick, census, end, run, tick

TITLES = [title for title, _, _ in COLUMNS]


@pytest.fixture
def view(qtbot: QtBot) -> ProcessTreeView:
    view = ProcessTreeView()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(900, 400)
    view.show()
    return view


def lines(view: ProcessTreeView) -> list[list[str]]:
    return [line.split("\t") for line in view.text("\t").splitlines()]


def test_threads_stand_under_their_process_with_what_the_system_says(view: ProcessTreeView) -> None:
    view.show_run(run())
    host = dict(zip(TITLES, lines(view)[1], strict=True))
    assert (host["Process or thread"], host["ID"], host["Threads"]) == ("Host: python3.13", "100", "5")
    assert (host["Memory"], host["Private memory"], host["Start-up"]) == ("38 MB", "21 MB", "40 ms")
    assert (host["Voluntary/s"], host["Involuntary/s"], host["Voluntary switches"], host["Involuntary switches"]) == (
        "90",
        "4",
        "900",
        "40",
    )
    assert [line[0] for line in lines(view)[2:]] == ["main thread", *(f"ThreadPoolExecutor-0_{i}" for i in range(4))]
    assert view.tree.isExpanded(view.model.index(0, 0))


def test_it_sorts_by_what_the_figures_are_and_stays_open_and_selected(view: ProcessTreeView) -> None:
    data = run()
    counted = census()
    for place, thread in enumerate(counted["threads"]):
        thread["voluntary_switches"] = (9, 80, 700, 1_250_000, None)[place]
    data.take_tick(as_tick({**tick(21), "census": [counted]}))
    view.show_run(data)
    view.tree.sortByColumn(TITLES.index("Voluntary switches"), Qt.SortOrder.DescendingOrder)
    assert [line[-2] for line in lines(view)[2:]] == ["1.25 million", "700", "80", "9", "–"]
    chosen = view.model.index(0, 0, view.model.index(0, 0))
    rows = QItemSelectionModel.SelectionFlag.Rows | QItemSelectionModel.SelectionFlag.Select
    view.tree.selectionModel().select(chosen, rows)
    before = lines(view)[1:]
    data.take_tick(as_tick({**tick(22), "census": None}))
    view.refresh()
    assert len(before) == 1
    assert lines(view)[1:] == before, "what is selected is what is copied"
    view.copy_csv.trigger()
    assert QGuiApplication.clipboard().text().splitlines()[0] == ",".join(TITLES)


def test_processes_go_live_and_workers_stay_when_the_run_has_ended(view: ProcessTreeView) -> None:
    data = run()
    host = tick(20)["processes"][0]
    child = {**host, "pid": 300, "parent": 100, "role": "child", "first_task_s": 0.2}
    helper = {**host, "pid": 400, "parent": 300, "role": "child", "first_task_s": None}
    data.take_tick(as_tick({**tick(21), "processes": [helper, child, host]}))
    view.show_run(data)
    assert view.model.rowCount(QModelIndex()) == 1
    assert [line[1] for line in lines(view)[1:] if line[0].startswith("Child")] == ["300", "400"]
    data.take_tick(as_tick({**tick(22), "processes": [host]}))
    view.refresh()
    assert [line[1] for line in lines(view)[1:] if line[0].startswith("Child")] == []
    view.show_run(end(data))
    assert [line[1] for line in lines(view)[1:] if line[0].startswith("Child")] == ["300"]
    assert "all its threads" in view.note.text()


def test_what_is_not_known_on_this_system_is_said_and_never_0(view: ProcessTreeView) -> None:
    data = run(ticks=1)
    unknown = {key: None for key in census() if key not in ("pid", "threads")}
    data.take_tick(as_tick({**tick(2), "census": [{**unknown, "pid": 100, "threads": []}]}))
    view.show_run(data)
    host = dict(zip(TITLES, lines(view)[1], strict=True))
    assert {
        host[title]
        for title in ("Private memory", "Voluntary/s", "Involuntary/s", "Voluntary switches", "Involuntary switches")
    } == {"–"}
    assert view.note.text() == "Not known on this system: memory of its own, context switches."


@pytest.mark.parametrize(
    ("worker", "shown"),
    [
        ("Thread-3 (work)", "Thread-3 (work)"),
        ("ForkProcess-2 Thread-3 (work)", "Thread-3 (work)"),
        ("Process-2 ThreadPoolExecutor-0_1", "ThreadPoolExecutor-0_1"),
        ("Process-2 coroutine 17", "thread"),
        ("coroutine 0", "thread"),
        ("", "thread"),
    ],
)
def test_a_thread_has_its_own_name(view: ProcessTreeView, worker: str, shown: str) -> None:
    data = run(ticks=0)
    message = tick(1, workers=1)
    data.take_tick(as_tick({**message, "lanes": [{**message["lanes"][0], "worker": worker}]}))
    view.show_run(data)
    assert [line[0] for line in lines(view)[2:]] == ["main thread", shown]
