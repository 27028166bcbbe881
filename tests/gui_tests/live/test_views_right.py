"""The panes beside the plots: the model's code, and the run put into words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication, QTextLayout
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gui.code.code_view import Code
from gui.insight.seeing_view import Seeing, run_figures
from gui.widgets.requests import OpenUrl, RunModel
from gui.widgets.theme import DARK, LIGHT
from tests.gui_tests.composer_parts import real_catalogue
from tests.gui_tests.view_runs import card, end, run, tick


def code(qtbot: QtBot) -> Code:
    """Return a Code pane on the screen."""
    view = Code()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(340, 600)
    view.show()
    view.show_run(None)
    return view


def seeing(qtbot: QtBot) -> Seeing:
    """Return a pane of words on the screen."""
    view = Seeing()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(340, 400)
    view.show()
    return view


def test_the_source_is_shown_as_it_stands_in_its_file(qtbot: QtBot) -> None:
    view = code(qtbot)
    view.show_run(run())
    assert view.editor.toPlainText() + "\n" == card().source
    assert view.editor.isReadOnly()
    assert view.place.text() == "engine/models/a_model.py, line 12"
    view.set_theme(DARK)
    assert view.editor.toPlainText() + "\n" == card().source


def test_the_chosen_model_is_shown_before_any_run(qtbot: QtBot) -> None:
    view = code(qtbot)
    assert view.is_empty
    view.show_model(replace(card(), title="Another", source="async def run(): ...\n"))
    assert not view.is_empty
    assert view.title.text() == "Another"
    assert view.editor.toPlainText() == "async def run(): ..."
    view.show_model(None)
    assert view.title.text() == "Another"


def test_copy_code_copies_the_function(qtbot: QtBot) -> None:
    view = code(qtbot)
    view.show_run(run())
    view.copy.click()
    assert QGuiApplication.clipboard().text() == card().source


def test_the_card_tells_what_the_model_is_and_links_to_its_documentation(qtbot: QtBot) -> None:
    view = code(qtbot)
    view.show_run(run())
    texts = {caption: label.text() for caption, label in view.form._texts.items()}
    assert texts["Since"] == "Python 3.2 (2011)"
    assert texts["A worker is"] == "a thread"
    asked: list[object] = []
    view.requested.connect(asked.append)
    view.form._texts["Read more"].linkActivated.emit("https://docs.python.org/3/")
    assert asked == [OpenUrl("https://docs.python.org/3/")]


def test_arrivals_that_were_changed_by_hand_count_as_they_came(qtbot: QtBot) -> None:
    data = run(ticks=40)
    data.experiment["workload"]["arrival_per_s"] = 1000.0
    assert run_figures(data).arrival_per_s == 1000.0
    data.marks.append((2.0, "arrivals 600/s"))
    assert run_figures(data).arrival_per_s == pytest.approx(800.0)
    assert run_figures(data).throughput_per_s == pytest.approx(800.0)  # of the whole run, as the arrivals are


def test_the_run_is_put_into_words_from_its_own_figures(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    data = run(cores=4)
    view.show_run(data)
    assert view.words == (
        "4 threads, one core's worth of work: each thread waited for the GIL an estimated 66 ± 5 % of the time. "
        "4 processes, each with a GIL of its own, could use 4 cores."
    )
    assert not view.button.isVisible()


def test_what_could_be_tried_next_is_a_button_once_the_run_has_ended(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    view.show_run(end(run(cores=4), notes=["An import took long."]))
    assert view.button.isVisible()
    assert view.button.text() == "Try 4 processes"
    assert view.notes.text() == "An import took long."
    with qtbot.waitSignal(view.requested) as asked:
        view.button.click()
    assert asked.args == [RunModel("process-pool", 4)]


def test_failures_come_first_with_the_first_error(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    first: dict[str, Any] = {"task": 3, "step": 0, "type": "ValueError", "message": "bad number", "traceback": ""}
    data = end(run(), tasks={"done": 363, "failed": 37}, errors={"count": 37, "first": first})
    view.show_run(data)
    assert view.lead.text() == "37 of 400 tasks failed; first: ValueError: bad number."


def test_words_do_not_change_more_often_than_they_can_be_read(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    data = run(ticks=10)
    view.show_run(data)
    said = []
    for number in range(11, 31):
        data.take_tick(tick(number, shares={"cpu": 0.25, "gil_wait": 0.5 + number / 100}))
        view.refresh()
        said.append(view.words)
    assert 2 <= len(set(said)) <= 6


def test_an_experimental_model_says_so(qtbot: QtBot) -> None:
    view = Code()
    qtbot.addWidget(view)
    view.show_model(replace(card(), key="interpreters", title="Subinterpreters", experimental=True))
    assert view.title.text() == "Subinterpreters (experimental)"


def test_no_text_of_another_models_card_is_cut(qtbot: QtBot) -> None:
    models = real_catalogue().models
    view = code(qtbot)
    view.resize(282, 500)
    texts = view.form.findChildren(QLabel)

    def whole() -> bool:
        return all(text.height() >= text.heightForWidth(text.width()) for text in texts)

    for key in ("threads", "asyncio", "process-pool", "sequential"):
        view.show_model(models[key])
        qtbot.waitUntil(whole, timeout=2_000)


def test_no_line_ends_within_io_or_begins_with_a_percent_sign(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    view.show_run(end(run(), notes=["Each waited for I/O 97 % of the time, and I/O is I/O."]))
    text = view.notes.text()
    assert text.replace("\u00a0", " ").replace("\u2060", "").endswith("for I/O 97 % of the time, and I/O is I/O.")
    for width in range(30, 400, 7):
        lines = _lines(text, view.notes, width)
        assert not any(line.startswith(("O", "/", "%")) for line in lines), lines


def _lines(text: str, label: QLabel, width: int) -> list[str]:
    """Return the lines that a label of a width breaks a text into."""
    layout, lines = QTextLayout(text, label.font()), []
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        lines.append(text[line.textStart() : line.textStart() + line.textLength()])
    layout.endLayout()
    return lines
