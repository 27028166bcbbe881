"""The tree of processes and threads: what stands in it, how it is sorted and copied, and what is not known."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from gui.processes.process_count import beside_words
from gui.processes.process_rows import COLUMNS
from gui.processes.process_tree_view import ProcessTreeView
from gui.session.run_data import GrowingRun
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
    assert [line[0] for line in lines(view)[2:]] == ["main thread", *(f"Thread {i + 1}" for i in range(4))]
    thread = view.model.index(1, 0, view.model.index(0, 0))
    assert thread.data(Qt.ItemDataRole.ToolTipRole) == "ThreadPoolExecutor-0_0", "what Python calls it"
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
    view.commands["processes-copy-csv"].trigger()
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
    assert view.note.text() == "Not known on this system: private memory, context switches."


@pytest.mark.parametrize(
    ("worker", "shown", "own"),
    [
        ("Thread-3 (work)", "Thread 1", "Thread-3 (work)"),
        ("ForkProcess-2 Thread-3 (work)", "Thread 1", "Thread-3 (work)"),
        ("Process-2 ThreadPoolExecutor-0_1", "Thread 1", "ThreadPoolExecutor-0_1"),
        ("Process-2 coroutine 17", "event loop", ""),
        ("coroutine 0", "event loop", ""),
        ("", "Thread 1", ""),
    ],
)
def test_a_worker_has_the_number_it_has_everywhere_and_a_tip_with_its_own_name(
    view: ProcessTreeView, worker: str, shown: str, own: str
) -> None:
    data = run(ticks=0)
    message = tick(1, workers=1)
    data.take_tick(as_tick({**message, "lanes": [{**message["lanes"][0], "worker": worker}]}))
    view.show_run(data)
    assert [line[0] for line in lines(view)[2:]] == ["main thread", shown]
    thread = view.model.index(1, 0, view.model.index(0, 0))
    assert thread.data(Qt.ItemDataRole.ToolTipRole) == own


def with_processes(*processes: dict[str, Any], lanes: list[tuple[int, str, int]]) -> GrowingRun:
    """Return a run of these processes; lanes are a number, a worker and a process."""
    data = run(ticks=0, worker_kind="process")
    host = tick(1)["processes"][0]
    first = tick(1)["lanes"][0]
    told = [{**first, "lane": lane, "worker": worker, "pid": pid, "tid": pid} for lane, worker, pid in lanes]
    message = {**tick(1), "processes": [{**host, **each} for each in processes], "lanes": told, "census": None}
    data.take_tick(as_tick(message))
    return data


def test_processes_are_named_by_what_they_do_and_workers_stand_in_their_order(view: ProcessTreeView) -> None:
    child = {"parent": 100, "role": "child"}
    data = with_processes(
        {"pid": 100},
        {**child, "pid": 201, "helper": "resource tracker"},
        {**child, "pid": 202, "helper": "fork server"},
        {**child, "pid": 204, "parent": 202},
        {**child, "pid": 203, "parent": 202},
        {**child, "pid": 205, "name": "sleep"},
        {"pid": 90, "parent": 80, "role": "service", "name": "http"},
        lanes=[(0, "ForkServerProcess-3", 204), (1, "ForkServerProcess-1", 203)],
    )
    view.show_run(data)
    names = [line[0] for line in lines(view)[1:]]
    assert names == [
        "Host: python3.13",
        "Resource tracker",
        "Fork server",
        "Process 1",
        "Process 2",
        "Child: sleep",
        "HTTP server, Gilscope’s own",
    ]
    words = beside_words(data.processes.now(), data.latest.lanes if data.latest is not None else ())
    assert words == "2 run tasks, beside the host, the resource tracker, the fork server and the child"


@pytest.mark.parametrize(
    ("workers", "words"), [(4, "4 run tasks, beside the main thread"), (1, "1 runs tasks, beside the main thread")]
)
def test_threads_that_run_no_tasks_are_told_apart(workers: int, words: str) -> None:
    data = run(workers=workers)
    assert data.latest is not None
    assert beside_words(data.processes.now(), data.latest.lanes) == words


@pytest.mark.parametrize(("cpu", "shown"), [(0.01, "main thread, waits"), (0.4, "main thread"), (None, "main thread")])
def test_a_main_thread_is_said_to_wait_only_where_it_takes_no_time(
    view: ProcessTreeView, cpu: float | None, shown: str
) -> None:
    data = run(ticks=0)
    counted = census()
    counted["threads"][0]["cpu"] = cpu
    data.take_tick(as_tick({**tick(1), "census": [counted]}))
    view.show_run(data)
    assert lines(view)[2][0] == shown
