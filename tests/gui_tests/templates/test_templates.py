"""Every template opens without a problem, has a picture and a sentence, and runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.wire.client import Conductor
from engine.workload import experiment_file
from engine.workload.group import numbered_steps
from gui.composer.examples import Example
from gui.templates.template_gallery import TemplateGallery, list_templates
from gui.widgets.theme import LIGHT
from gui.workbench import Workbench
from gui.workload.parts import words_of
from tests.conducting import experiment, run
from tests.gui_tests.composer_parts import real_catalogue, shown_composer
from tests.window import open_window

TEMPLATES = list_templates()
KINDS = ("cpu", "io", "fetch-parse-store", "web-server", "writers-and-readers", "map-reduce", "producer-consumer")


def test_the_common_kinds_of_work_are_there() -> None:
    assert {each.path.stem.partition("-")[2] for each in TEMPLATES} >= set(KINDS)


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        run(conductor, experiment([{"kind": "http-get"}], tasks=1))  # its service lives as long as it does
        yield conductor


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.path.stem)
def test_a_template_loads_says_what_it_is_and_runs(qtbot: QtBot, conductor: Conductor, template: Example) -> None:
    assert template.problem is None
    assert 8 < len(template.about.split()) < 40
    composer = shown_composer(qtbot, [])
    composer.set_catalogue(real_catalogue())
    composer.load(template.path)
    assert composer.problems == ()
    given = experiment_file.read(template.path)
    code = any(step["kind"] == "python" for step in numbered_steps(given["workload"]))
    for duration_s in (0.5, 2.0, 8.0):  # on a busy machine nothing may come through a pipeline in the shortest
        result = run(conductor, {**given, "workload": {**given["workload"], "duration_s": duration_s}}, trust=code)
        assert (result["status"], result["tasks"]["failed"]) == ("finished", 0)
        if result["tasks"]["done"]:
            break
    assert result["tasks"]["done"] > 0


def test_the_gallery_shows_each_with_its_picture_and_a_key_chooses_one(qtbot: QtBot) -> None:
    gallery = TemplateGallery(None, real_catalogue(), LIGHT, TEMPLATES)
    qtbot.addWidget(gallery)
    with qtbot.waitExposed(gallery):
        gallery.open()
    for card, template in zip(gallery.cards, TEMPLATES, strict=True):
        assert card.picture.parts
        assert card.accessibleName() == template.title
        assert words_of(card.picture) in card.accessibleDescription()
        assert card.height() >= card.heightForWidth(card.width())
    gallery.cards[2].setFocus()
    with qtbot.waitSignal(gallery.chosen) as chosen:
        QTest.keyClick(gallery.cards[2], Qt.Key.Key_Space)
    assert chosen.args == [TEMPLATES[2]]


def test_a_title_longer_than_its_card_ends_in_an_ellipsis(qtbot: QtBot) -> None:
    long, cut = (dataclasses.replace(TEMPLATES[0], title=title) for title in ("W" * 80, "W" * 79 + "i"))
    pictures = []
    for template in (long, cut):
        gallery = TemplateGallery(None, real_catalogue(), LIGHT, [template])
        qtbot.addWidget(gallery)
        gallery.cards[0].resize(280, 200)
        pictures.append(gallery.cards[0].grab().toImage())
    assert gallery.cards[0].shown_title(250).endswith("…")
    assert pictures[0] == pictures[1]


def test_a_template_that_cannot_be_read_is_grey_and_says_why(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[workload")
    gallery = TemplateGallery(None, real_catalogue(), LIGHT, list_templates(tmp_path))
    qtbot.addWidget(gallery)
    [card] = gallery.cards
    assert not card.isEnabled()
    assert "line 1" in card.toolTip()


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window that has no engine."""
    with open_window(tmp_path) as opened:
        yield opened


def test_an_empty_composer_offers_them_and_the_chosen_one_is_opened_as_an_own_experiment(workbench: Workbench) -> None:
    composer = workbench.composer
    for row in list(composer.parts.steps.rows):
        composer.remove_step(row.uid)
    QTest.mouseClick(composer.parts.empty.templates, Qt.MouseButton.LeftButton)
    gallery = workbench.files.gallery
    assert gallery is not None
    QTest.mouseClick(gallery.cards[0], Qt.MouseButton.LeftButton)
    assert workbench.document.title == TEMPLATES[0].title
    assert workbench.document.path is None
    assert workbench.files.gallery is None
