"""Every plot of every view becomes a picture that other programs can open, or a clear error."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.plots.plot_export import PNG_SCALE, save_plot
from gui.plots.slide_picture import FORMATS, format_of, own_size, save_picture
from gui.widgets.theme import DARK, LIGHT
from gui.widgets.view import discover
from tests.gui_tests.view_runs import end, run

VIEWS = discover()


@pytest.fixture(params=list(VIEWS))
def plots(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[list[tuple[str, QWidget]]]:
    """The plots of each view, with a run in them."""
    view = VIEWS[request.param].factory()
    qtbot.addWidget(view)
    view.set_theme(DARK)
    view.resize(900, 600)
    view.show()
    view.show_run(end(run()))
    shown = view.plots()
    assert shown or VIEWS[request.param].place == "right" or request.param == "timeline"
    yield shown
    view.show_run(None)


def test_the_live_page_offers_each_of_its_panels(qtbot: QtBot) -> None:
    view = VIEWS["live"].factory()
    qtbot.addWidget(view)
    assert view.plots() == []
    view.show_run(run())
    assert len(view.plots()) == sum(each.place == "panel" for each in VIEWS.values())


def test_png_is_twice_as_fine_as_the_screen(plots: list[tuple[str, QWidget]], tmp_path: Path) -> None:
    for title, plot in plots:
        path = tmp_path / f"{title}.png"
        save_plot(plot, path)
        image = QImage(str(path))
        assert image.size() == plot.size() * PNG_SCALE
        assert len({image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}) > 2


def test_svg_is_well_formed_and_holds_text_and_lines(plots: list[tuple[str, QWidget]], tmp_path: Path) -> None:
    for title, plot in plots:
        path = tmp_path / f"{title}.svg"
        save_plot(plot, path)
        root = ElementTree.parse(path).getroot()
        assert root.tag.endswith("svg")
        words = "".join(element.text or "" for element in root.iter() if element.tag.endswith("text"))
        assert re.search(r"\w", words)
        assert QSvgRenderer(str(path)).isValid()


def test_saving_leaves_the_plot_as_it_was(plots: list[tuple[str, QWidget]], tmp_path: Path) -> None:
    for title, plot in plots:
        before = plot.grab().toImage()
        save_plot(plot, tmp_path / f"{title}.svg")
        save_plot(plot, tmp_path / f"{title}.png")
        assert plot.grab().toImage() == before


@pytest.fixture
def card(qtbot: QtBot) -> QWidget:
    """One plot."""
    view = VIEWS["throughput"].factory()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(400, 300)
    view.show_run(run())
    assert view.plots() == [("Throughput", view)]
    return view


def test_another_ending_is_refused(card: QWidget, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"plot.bmp: a picture's name must end in .png or .svg"):
        save_plot(card, tmp_path / "plot.bmp")


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_a_folder_that_is_not_there_is_a_clear_error(card: QWidget, tmp_path: Path, ending: str) -> None:
    target = tmp_path / "missing" / f"plot{ending}"
    with pytest.raises(OSError, match=re.escape(f"The picture cannot be saved as {target}: No such file")):
        save_plot(card, target)


def test_a_picture_that_cannot_take_its_place_leaves_nothing_half_written(card: QWidget, tmp_path: Path) -> None:
    target = tmp_path / "plot.png"
    (target / "full").mkdir(parents=True)
    with pytest.raises(OSError, match="The picture cannot be saved as"):
        save_plot(card, target)
    assert os.listdir(tmp_path) == ["plot.png"]


def test_an_older_picture_is_replaced(card: QWidget, tmp_path: Path) -> None:
    target = tmp_path / "plot.SVG"
    target.write_text("old")
    save_plot(card, target)
    assert "<svg" in target.read_text(encoding="utf-8")
    assert os.listdir(tmp_path) == ["plot.SVG"]


@pytest.mark.parametrize("key", ["throughput", "ledger", "processes"])
def test_a_slide_is_light_captioned_and_as_large_as_was_chosen(qtbot: QtBot, tmp_path: Path, key: str) -> None:
    caption = "Count primes: Threads × 4, 2 cores, Linux, CPython 3.13.0"
    view = VIEWS[key].factory()
    qtbot.addWidget(view)
    view.set_theme(DARK)
    view.resize(620, 400)
    view.show()
    view.show_run(end(run()))
    [(_, plot)] = view.plots()
    before = plot.grab().toImage()
    for wanted in FORMATS:
        path = tmp_path / f"picture{wanted.suffix}"
        save_picture(plot, path, wanted, caption, DARK)
        if wanted.suffix == ".svg":
            words = " ".join(element.text or "" for element in ElementTree.parse(path).getroot().iter())
            assert all(word in words for word in caption.split())
            continue
        image = QImage(str(path))
        assert image.text("Description") == caption
        assert wanted.size is None or image.size() == wanted.size
        colors = [image.pixelColor(x, y) for x in range(0, image.width(), 9) for y in range(0, image.height(), 9)]
        edge = [image.pixelColor(x, y).lightness() for x in (2, image.width() - 3) for y in (2, image.height() - 3)]
        assert min(edge) > 200, "the background is light"
        assert sum(color.lightness() < 60 for color in colors) < len(colors) / 4
        low = range(image.height() * 29 // 30, image.height())
        bottom = [image.pixelColor(x, y).lightness() for x in range(image.width() // 2) for y in low]
        assert min(bottom) < 160, "the caption stands there"
    assert plot.grab().toImage() == before, "the window is as it was"
    view.show_run(None)


@pytest.mark.parametrize(
    ("typed", "size"),
    [("1400 x 1050", (1400, 1050)), (" 800×600 ", (800, 600)), ("1024,300", (1024, 300)), ("200*10000", (200, 10000))],
)
def test_a_size_of_ones_own_is_typed(typed: str, size: tuple[int, int]) -> None:
    assert own_size(typed).toTuple() == size


@pytest.mark.parametrize("typed", ["", "1400", "a x b", "0 x 0", "100 x 1000", "20000 x 1000", "-800 x 600"])
def test_a_size_that_cannot_be_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="pixels"):
        own_size(typed)


def test_the_filter_of_the_dialog_says_the_format() -> None:
    assert len({each.filter for each in FORMATS}) == len(FORMATS)
    assert all(format_of(each.filter) is each for each in FORMATS)
    assert format_of("").size is None
