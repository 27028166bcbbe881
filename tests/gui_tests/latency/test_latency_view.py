"""The Latency page: what a person reads on it, while a run goes on and when it has ended."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine.trace.latency_buckets import LatencyCounts
from engine.wording import figure_text as figures
from gui.latency.latency_view import Latency
from gui.widgets.theme import LIGHT
from tests.gui_tests.view_runs import end, run


def test_latency_shows_percentiles_live_and_over_all_tasks_at_the_end(qtbot: QtBot) -> None:
    view = Latency()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(700, 400)
    view.show()
    data = run()
    view.show_run(data)
    assert [figure for _, _, figure in view.row.figures] == ["4 ms", "8 ms", "10 ms", "20 ms", "40 ms", "50 ms"]
    assert view.plot.readout(1.0, 0.0).splitlines() == [
        "1.0 s",
        "slowest 50 ms",
        "p99 20 ms",
        "p90 8 ms",
        "median 4 ms",
    ]
    buckets = data.latest.latency_counts if data.latest is not None else None
    assert buckets is not None
    counts, edges_s = buckets.counts, LatencyCounts.of(buckets).edges_s()
    said = [view.bars.readout(float(x)) for x in range(view.bars.width())]
    for place, count in enumerate(counts):
        spread = f"{figures.seconds(edges_s[place])} to {figures.seconds(edges_s[place + 1])}"
        assert f"{spread}: {count:,} tasks, {figures.percent(count / sum(counts))} of all" in said
    view.show_run(end(data))
    assert view.row.figures[-1][2] == "60 ms"
    assert view.header.unit == "over all 1,600 tasks"
    view.show_run(end(data, latency_error=1 / 256))
    assert view.header.unit == "over all 1,600 tasks, to 0.4 %"
