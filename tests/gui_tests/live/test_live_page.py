"""The Live page as a whole: one instant over all cards, cards that grow and move, lines with names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.record.placements import PLACEMENT
from gui.live.cores_view import Cores
from gui.live.ledger_view import LedgerPanel
from gui.live.live_view import Live
from gui.live.throughput_view import Throughput
from gui.plots.time_plot import TimePlot
from gui.processes.processes_view import ProcessesPanel
from gui.widgets.panel import CARD
from gui.widgets.requests import KeepCards
from gui.widgets.theme import LIGHT
from tests.gui_tests.view_runs import run
from tests.window import open_window


@pytest.fixture
def live(qtbot: QtBot) -> Live:
    """Return the page with a run, large enough for all its parts."""
    view = Live()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(1300, 900)
    view.show()
    view.show_run(run(ticks=40))
    qtbot.waitUntil(lambda: view.grid.cards["processes"].height() > 300)
    view.refresh()
    return view


def plots(live: Live) -> list[TimePlot]:
    """Return every plot over time of the page."""
    return [plot for card in live.grid.cards.values() for plot in card.findChildren(TimePlot)]


def test_one_instant_is_shown_on_every_card_and_goes_with_the_pointer(live: Live, qtbot: QtBot) -> None:
    throughput = live.panels["throughput"]
    assert isinstance(throughput, Throughput)
    shown = [plot for plot in plots(live) if plot.isVisible()]
    assert len(shown) >= 4
    viewport = throughput.plot.viewport()
    QTest.mouseMove(viewport, QPoint(viewport.width() // 2, viewport.height() // 2))
    qtbot.waitUntil(throughput.plot._cursor.isVisible)
    at_s = throughput.plot._cursor.value()
    cores, processes, ledger = (live.panels[key] for key in ("cores", "processes", "ledger"))
    assert isinstance(cores, Cores)
    assert isinstance(processes, ProcessesPanel)
    assert isinstance(ledger, LedgerPanel)
    for plot, words in ((cores.plot, "cores by this run"), (processes.memory, "of memory")):
        assert plot._cursor.isVisible()
        assert plot._cursor.value() == at_s
        assert words in plot._label.text()
    assert ledger.bars.instant is not None
    assert ledger.header.unit == f"Around {at_s:.1f} s"
    whole = ledger.bars.total.total_s
    assert 0 < ledger.bars.instant.total_s < whole, "the bar is of that instant, not of the run"
    throughput.plot.pointed.emit(None)
    assert ledger.bars.instant is None
    assert not cores.plot._cursor.isVisible()
    assert "of worker time" in ledger.header.unit


def test_a_card_takes_the_page_and_gives_it_back(live: Live, qtbot: QtBot) -> None:
    grid = live.grid
    before = grid.cards["cores"].size()
    QTest.mouseDClick(grid.cards["cores"], Qt.MouseButton.LeftButton, pos=QPoint(40, 12))
    assert [key for key, card in grid.cards.items() if card.isVisible()] == ["cores"]
    qtbot.waitUntil(lambda: grid.cards["cores"].width() > 1.8 * before.width())
    plot = grid.cards["cores"].findChild(TimePlot)
    QTest.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.viewport().rect().center())
    assert all(card.isVisible() for card in grid.cards.values()), "a double click on a plot counts too"
    qtbot.waitUntil(lambda: grid.cards["cores"].size() == before)


def test_the_keyboard_does_all_that_the_mouse_does(live: Live, qtbot: QtBot) -> None:
    live.activateWindow()
    live.setFocus()
    qtbot.waitUntil(live.grid.hasFocus)
    QTest.keyClick(live.grid, Qt.Key.Key_3)
    assert live.grid.enlarged == live.grid.order[2]
    QTest.keyClick(live.grid, Qt.Key.Key_0)
    assert live.grid.enlarged is None
    order = list(live.grid.order)
    with qtbot.waitSignal(live.requested) as asked:
        QTest.keyClick(live.grid, Qt.Key.Key_M)
    assert live.grid.order == [order[-1], *order[:-1]]
    assert asked.args == [KeepCards(tuple(live.grid.order))]


def test_a_card_that_is_dropped_on_another_changes_places_with_it(live: Live) -> None:
    grid = live.grid
    first, last = grid.order[0], grid.order[-1]
    carried = QMimeData()
    carried.setData(CARD, grid.cards[first].header.title.encode())
    where = QPointF(grid.cards[last].geometry().center())
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    grid.dropEvent(QDropEvent(where, Qt.DropAction.MoveAction, carried, buttons, keys))
    assert (grid.order[0], grid.order[-1]) == (last, first)


def test_the_order_is_as_it_was_at_the_next_start(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path) as first:
        page = first.window.pages.widget(0)
        assert isinstance(page, Live)
        page.turn_cards()
        order = list(page.grid.order)
    with open_window(tmp_path) as second:
        page = second.window.pages.widget(0)
        assert isinstance(page, Live)
        assert page.grid.order == order


@pytest.mark.parametrize("key", ["throughput", "cores"])
def test_every_line_has_a_key_also_that_of_the_run_before(live: Live, key: str) -> None:
    panel = live.panels[key]
    assert isinstance(panel, (Throughput, Cores))
    reference = run(ticks=30)
    reference.run_id, reference.title = "r0", "Another one"
    assert len(panel.header.keys) == 2
    assert panel.header.runs == ()
    live.show_references((reference,))
    assert [text for _, text in panel.header.runs] == [
        "This run: Made up, A model, 4 workers, cpython 3.13.1",
        "Reference: Another one, A model, 4 workers, cpython 3.13.1",
    ]
    live.show_run(reference)
    assert panel.header.runs == (), "a run is not behind itself"
    live.show_run(run(ticks=3))
    assert len({color for color, _ in panel.header.runs}) == 2


def test_four_workers_use_their_cards_height(live: Live) -> None:
    ledger = live.panels["ledger"]
    assert isinstance(ledger, LedgerPanel)
    live.grab()
    tops = [bars for bars in ledger.bars._painted if len(bars.rows) == 4]
    (workers,) = tops
    used = workers.tops[-1] + workers.heights[-1] - workers.tops[0]
    assert used > 0.4 * ledger.bars.height()


def test_a_core_tells_the_runs_share_from_others(qtbot: QtBot, tmp_path: Path) -> None:
    """The run used one core's worth, and was seen on core 0 only; core 1 was busy with something else."""
    np.array([(look * 10_000_000, 0, 0, 1) for look in range(200)], PLACEMENT).tofile(tmp_path / "placements.bin")
    about = {"threads": [{"file": "a.lane", "pid": 1, "thread": 7, "moves": 0}], "until_ns": 2 * 10**9, "looks": 200}
    (tmp_path / "placements.json").write_text(json.dumps(about), encoding="utf-8")
    view = Cores()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(500, 400)
    view.show()
    data = run(ticks=20)
    data.folder = tmp_path
    view.show_run(data)
    assert "by this run" in view.heat.readout(1.0, 0.5)
    own = view._own
    assert own is not None
    assert np.nanmax(own[0]) > 0.3
    assert np.nanmax(own[1]) == 0
    assert (own <= np.nan_to_num(view._cells) + 1e-9).all(), "never more than the core was busy"
    data.folder = None
    view.show_run(data)
    assert view._own is None, "where its threads were not looked at, nothing is said of its share"
    assert "by this run" not in view.heat.readout(1.0, 0.5)


def test_rows_of_the_gil_do_not_stand_over_the_bars_of_a_low_card(qtbot: QtBot) -> None:
    page, panel = QWidget(), LedgerPanel()
    qtbot.addWidget(page)
    panel.setParent(page)
    panel.show_run(run(ticks=3))
    page.show()
    panel.gil._pids = [1, 2]
    panel.gil.setFixedHeight(panel.gil.sizeHint().height())
    for height, shown in ((420, True), (150, False), (420, True)):
        panel.setGeometry(0, 0, 320, height)  # as the page does
        QApplication.processEvents()
        assert panel.gil.isVisible() is shown
        assert not (shown and panel.gil.geometry().intersects(panel.bars.geometry()))
