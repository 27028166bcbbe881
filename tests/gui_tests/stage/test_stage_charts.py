"""The stage's charts from the back row: bars keep their height, names their places, hatches their contrast."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine import models
from engine.lessons.picture import LaneRow, RunPicture
from engine.wording.state_colors import SHOWN_COLORS
from gui.stage.charts.bar_charts import CoresChart
from gui.stage.charts.ledger_chart import LedgerChart
from gui.stage.charts.line_charts import ThroughputChart, how_many
from gui.stage.look import HATCHES, StageLook, fill_of, hatch_of
from gui.stage.scenes.motion_code import MotionCode, rows_of
from gui.stage.stage_text import StageText
from gui.widgets.contrast import contrast
from gui.widgets.theme import DARK, LIGHT

RESULT = {
    "ledger_s": {"cpu": 1.0, "gil_wait": 3.0, "idle": 1.0},
    "starting_s": 0.5,
    "elapsed_s": 1.0,
    "cores": {"utilization": [0.9, 0.9]},
}


def picture(label: str) -> RunPicture:
    return RunPicture(label, RESULT)


def painted(qtbot: QtBot, chart: QWidget, width: int, height: int) -> QImage:
    qtbot.addWidget(chart)
    chart.resize(width, height)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#FFFFFF"))
    chart.render(image)
    return image


def runs_of(image: QImage, color: QColor) -> Iterator[tuple[int, int, int]]:
    """Yield where each horizontal piece of a colour begins and ends, and its row."""
    for y in range(image.height()):
        row = [x for x in range(image.width()) if image.pixelColor(x, y) == color]
        if row:
            yield row[0], row[-1], y


def test_the_bars_of_all_cores_begin_below_each_other(qtbot: QtBot) -> None:
    chart = CoresChart()
    chart.set_look(StageLook(360))
    chart.show_runs([picture("one")])
    image = painted(qtbot, chart, 400, 200)
    begins = {left for left, right, _ in runs_of(image, chart.look.series(2)) if right - left > 100}
    assert len(begins) == 1, "the second core's name stands where the first one's does"


def test_a_run_without_samples_of_cores_says_so(qtbot: QtBot) -> None:
    chart = CoresChart()
    chart.set_look(StageLook(360))
    chart.show_runs([RunPicture("short", {**RESULT, "cores": {}})])
    empty = painted(qtbot, CoresChart(), 400, 200)
    assert painted(qtbot, chart, 400, 200) != empty
    assert chart.cuts == []


@pytest.mark.parametrize("room_px", [170, 240])
def test_bars_of_two_runs_keep_their_height_where_there_is_little(qtbot: QtBot, room_px: int) -> None:
    chart = LedgerChart()
    chart.set_look(StageLook(720))
    chart.show_runs([picture("1 thread"), picture("4 threads")])
    image = painted(qtbot, chart, 500, room_px)
    rows = [y for left, right, y in runs_of(image, fill_of("cpu")) if right - left > 30]
    assert len(rows) >= 0.2 * room_px
    assert chart.cuts == []


HATCHED = [state for state, hatch in HATCHES.items() if any(hatch)]


def hatched(state: str, height: int) -> QImage:
    """Return a ninth of a stage's height, filled with a state's colour and hatch."""
    side = height // 9
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(fill_of(state))
    painter = QPainter(image)
    painter.fillRect(image.rect(), hatch_of(state, height))
    painter.end()
    return image


@pytest.mark.parametrize("state", HATCHED)
def test_a_hatch_looks_alike_on_every_screen_and_can_be_seen_on_its_colour(state: str) -> None:
    small, large, fill = hatched(state, 720), hatched(state, 2160), fill_of(state)
    shrunk = large.scaled(small.size(), mode=Qt.TransformationMode.SmoothTransformation)
    for image in (small, shrunk):
        pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        seen = sum(contrast(each, fill) > 1.5 for each in pixels) / len(pixels)
        assert 0.05 < seen < 0.6
    assert [state for state in SHOWN_COLORS if state not in HATCHED] == ["cpu", "idle"]


def test_what_a_kept_run_was_starting_is_kept_too() -> None:
    kept = RunPicture.from_json(picture("one").to_json())
    assert kept.result["starting_s"] == 0.5


def test_a_title_of_one_line_leaves_the_rest_to_the_scene(qtbot: QtBot) -> None:
    title = StageText(1 / 14, bold=True)
    qtbot.addWidget(title)
    for look in (StageLook(720, LIGHT), StageLook(2160, DARK)):
        title.set_look(look)
        width, most = round(look.height * 1.7), round(look.height * 0.15)
        title.set_words("Try next")
        one = title.height_in(width, most)
        title.set_words("Sixteen workers against two, each of them with one lock and nothing else to do")
        two = title.height_in(width, most)
        assert one * 1.5 < two <= most


def test_short_code_is_not_broken_at_the_end_of_a_line(qtbot: QtBot) -> None:
    text = StageText()
    qtbot.addWidget(text)
    text.set_words("of type `dict[key] = value`, and `a longer piece of code may be broken = anywhere`")
    said = text._document(20, 300).toRawText()
    assert "dict[key]\u00a0=\u00a0value" in said
    assert "longer piece" in said


@pytest.mark.parametrize("key", models.discover())
def test_no_line_of_a_models_code_is_cut_in_slow_motion(qtbot: QtBot, key: str) -> None:
    source = models.discover()[key].full_card().source
    code = MotionCode()
    code.set_look(StageLook(720))
    code.show_source(source, None)
    painted(qtbot, code, 1280 - 2 * code.look.margin, 720)
    assert code.cuts == []
    rows = [row for line in code.lines for row in rows_of(line, 100)]
    kept = [line for line in code.lines if len(line) <= 100 or "  # " not in line]
    assert all(line.replace(" ", "") in "".join(rows).replace(" ", "") for line in kept), "no code is lost"


def test_the_names_of_two_lines_stand_above_the_plot_each_below_the_other(qtbot: QtBot) -> None:
    chart = ThroughputChart()
    chart.set_look(StageLook(720))
    flat = tuple((t_s / 10, 50.0) for t_s in range(20))
    chart.show_runs([RunPicture("Threads, 4 workers", {}, series=flat), RunPicture("Pool, 8", {}, series=flat)])
    image = painted(qtbot, chart, 600, 400)
    rows = [sorted({y for _, _, y in runs_of(image, chart.look.series(place))}) for place in range(2)]
    names = [[y for y in found if y < 120] for found in rows]
    assert all(names), "each line has its name"
    assert max(names[0]) < min(names[1])
    assert chart.cuts == []


@pytest.mark.parametrize(
    ("workers", "said"), [(20, "the first 2 of 20 workers"), (2, "2 workers"), (None, "2 workers")]
)
def test_it_is_said_how_many_of_the_workers_have_a_row(workers: int | None, said: str) -> None:
    lanes = tuple(LaneRow(f"Thread-{place}", ((0.0, 0.1),)) for place in range(2))
    assert how_many(RunPicture("", {"workers": workers}, lanes=lanes)) == said
