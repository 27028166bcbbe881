"""What a refresh costs the window: one frame, no new layout, and words that change no more often than they are read."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.live.cores_view import Cores
from gui.live.ledger_view import LedgerPanel
from gui.live.live_view import Live
from gui.live.stacked_bars import BarRow, StackedBars
from gui.plots.time_plot import TimePlot
from gui.run_bar.run_status import RunStatus
from gui.widgets.theme import DARK, LIGHT, Theme
from tests.gui_tests.view_runs import as_tick, run, tick


class Seen(QObject):
    """Counts the events of each kind that some widgets get."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.count: Counter[tuple[QObject, QEvent.Type]] = Counter()
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count, and let pass."""
        self.count[watched, event.type()] += 1
        return False


@pytest.fixture
def live(qtbot: QtBot) -> Live:
    """The Live page of a run, on the screen and at rest."""
    view = Live()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(1000, 700)
    view.show()
    view.show_run(run(ticks=20, workers=8))
    qtbot.waitExposed(view)
    settle()
    return view


def settle() -> None:
    """Let everything happen that is due."""
    for _ in range(5):
        QApplication.processEvents()


def refresh(view: Live, number: int) -> None:
    """Take in a tick as the window does."""
    assert view.data is not None
    view.data.take_tick(as_tick(tick(number, workers=8)))  # type: ignore[attr-defined]
    view.refresh()
    settle()


def test_all_panels_are_painted_once_and_in_one_frame(live: Live) -> None:
    plots = live.findChildren(TimePlot)
    assert len(plots) == 4
    refresh(live, 24)
    seen = Seen(live, *(plot.viewport() for plot in plots))
    refresh(live, 28)
    assert seen.count[live, QEvent.Type.UpdateRequest] == 1
    assert [seen.count[plot.viewport(), QEvent.Type.Paint] for plot in plots] == [1, 1, 1, 1]


@pytest.mark.parametrize("theme", [LIGHT, DARK, LIGHT.scaled(1.8)], ids=["light", "dark", "large"])
def test_what_is_on_the_screen_is_what_a_whole_new_picture_would_be(live: Live, theme: Theme) -> None:
    live.set_theme(theme)
    live.resize(1100, 760)
    settle()
    for number in range(24, 120, 4):  # the time axis steps on
        refresh(live, number)
    shown = live.screen().grabWindow(live.winId()).toImage()
    assert shown.size() == live.size()
    anew = live.grab().toImage().convertToFormat(shown.format())
    assert shown == anew


def test_a_line_grows_with_every_tick_and_words_change_when_they_can_be_read(live: Live) -> None:
    ledger, cores, throughput = (live.panels[key] for key in ("ledger", "cores", "throughput"))
    assert isinstance(ledger, LedgerPanel)
    assert isinstance(cores, Cores)
    totals, used, rates, points = set(), set(), set(), set()
    for number in range(21, 51):
        refresh(live, number)
        totals.add(ledger.bars.total.total_s)
        used.add(len(cores._used))
        rates.add(throughput.header.figure)
        points.add(len(throughput._mean.getData()[0]))
    assert len(points) == 30
    assert 14 <= len(used) <= 16
    assert 9 <= len(totals) <= 11
    assert len(rates) <= 11


def test_the_figures_beside_the_progress_do_not_lay_the_window_out(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    status = RunStatus()
    status.set_theme(LIGHT)
    QVBoxLayout(window).addWidget(status)
    window.resize(900, 60)
    window.show()
    data = run(ticks=20)
    status.refresh(data)
    settle()
    seen = Seen(window)
    for number in range(21, 41):
        data.take_tick(as_tick(tick(number)))
        before = status.tasks.text()
        status.refresh(data)
        assert status.tasks.text() != before
        settle()
    assert seen.count[window, QEvent.Type.LayoutRequest] <= 3, "only for more room than any text took before"
    data.take_tick(as_tick({**tick(41), "tasks": {"done": 123_456_789, "failed": 12_345}}))
    status.refresh(data)
    settle()
    assert status.tasks.width() >= status.tasks.sizeHint().width(), "more room where it is needed"


def test_bars_are_to_one_scale_and_their_parts_leave_no_gap() -> None:
    rows = [
        BarRow("a", {"cpu": 1.0, "cpu_wait": None, "gil_wait": 0.5, "idle": 0.5}),
        BarRow("b", {"cpu": 0.5, "io_wait": 0.0001, "idle": 0.5}, "worker b", 3),
    ]
    bars = StackedBars(rows, 10, 110, [0, 20], [15, 15])
    found = [(row.name, state, place.left(), place.width(), place.top()) for place, row, state in bars.parts()]
    assert sorted(found) == [
        ("a", "cpu", 10, 50, 0),
        ("a", "gil_wait", 60, 25, 0),
        ("a", "idle", 85, 25, 0),
        ("b", "cpu", 10, 25, 20),
        ("b", "idle", 35, 25, 20),
    ]
    assert bars.at(QPoint(70, 5)) == (rows[0], "gil_wait")
    assert bars.at(QPoint(70, 25)) is None
    assert [row.title for row in rows] == ["a", "worker b (3 tasks)"]


def test_workers_called_the_same_in_another_model_have_its_names(qtbot: QtBot) -> None:
    view = LedgerPanel()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.show_run(run(workers=2))
    first = [row.name for row in view.bars.rows]
    other = run(workers=2)
    other.model_card = None
    view.show_run(other)
    assert [row.name for row in view.bars.rows] == [name.replace("Thread", "Worker") for name in first]
    QCoreApplication.processEvents()


def test_the_bands_of_a_run_that_has_ended_take_another_themes_colours(qtbot: QtBot) -> None:
    view = Cores()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    data = run(ticks=20)
    for number in range(21, 30):
        data.take_tick(as_tick({**tick(number), "cores": [0.0, 0.0]}))
    view.show_run(data)
    for theme in (LIGHT, DARK):
        view.set_theme(theme)
        assert QColor(*(int(each) for each in view._picture.image[0, -1])) == QColor(theme.panel)
