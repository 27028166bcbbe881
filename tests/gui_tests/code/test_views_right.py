"""The panes beside the plots: the model's code, and the run put into words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication, QTextLayout
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.wire.codec import plain
from engine.wire.facts import CostsKnown
from engine.wire.result import NamedInterpreter
from engine.wire.tick import Mark
from gui.code.code_view import Code
from gui.insight.run_facts import run_figures
from gui.insight.seeing_view import Seeing
from gui.session.run_data import GrowingRun
from gui.widgets.requests import AskCosts, GoBack, OpenUrl, RunModel
from gui.widgets.theme import DARK, LIGHT
from tests.gui_tests.composer_parts import real_catalogue
from tests.gui_tests.view_runs import as_tick, card, end, run, tick

FOUR_CORES: dict[str, Any] = {"cores": {"utilization": [0.5] * 4}}
# Tasks of 12.5 ms of processor time.
LONG: dict[str, Any] = {"tasks": {"done": 160, "failed": 0}, "throughput_per_s": 80.0, **FOUR_CORES}


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
    data.marks.append(Mark(2.0, "said otherwise", arrival_per_s=600.0))
    assert run_figures(data).arrival_per_s == pytest.approx(800.0)
    assert run_figures(data).throughput_per_s == pytest.approx(800.0)  # of the whole run, as the arrivals are


def test_the_run_is_put_into_words_from_its_own_figures(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    data = run(cores=4)
    view.show_run(data)
    assert view.words == (
        "4 threads kept one core busy: each waited for the GIL an estimated 66 % of the time. A task computes for "
        "1.25 ms: whether processes would pay depends on what handing one over costs on this machine, which is not "
        "measured yet (gilscope models --measure)."
    )
    assert not view.button.isVisible()


def test_what_could_be_tried_next_is_a_button_once_the_run_has_ended(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    view.show_run(end(run(cores=4), notes=["An import took long."], **LONG))
    assert view.button.isVisible()
    assert view.button.text() == "Try a pool of 4 processes"
    assert view.notes.text() == "An import took long."
    with qtbot.waitSignal(view.requested) as asked:
        view.button.click()
    assert asked.args == [RunModel("process-pool", 4)]


def test_failures_come_first_with_the_first_error(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    first: dict[str, Any] = {"task": 3, "step": 0, "type": "ValueError", "message": "bad number", "traceback": ""}
    data = end(run(), tasks={"done": 363, "failed": 37}, errors={"count": 37, "first": first})
    view.show_run(data)
    assert view.lead.text().replace("\u00a0", " ") == "37 of 400 tasks (9 %) failed; first: ValueError: bad number."


def test_words_do_not_change_more_often_than_they_can_be_read(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    data = run(ticks=10)
    view.show_run(data)
    said = []
    for number in range(11, 31):
        data.take_tick(as_tick(tick(number, shares={"cpu": 0.25, "gil_wait": 0.5 + number / 100})))
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


def test_a_suggestion_that_was_tried_says_before_and_after_and_leads_back(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    before = end(run(cores=4), **LONG)
    view.show_run(before)
    view.button.click()
    after = run(worker_kind="process", shares={"cpu": 0.9, "transport": 0.1}, cores=4)
    after.experiment["model"] = {"kind": "process-pool", "workers": 4}
    view.show_run(after)
    assert not view.back.isVisible()
    end(after, tasks={"done": 600, "failed": 0}, throughput_per_s=304.0)
    after.version += 1
    view.refresh()
    assert view.lead.text().replace("\u00a0", " ") == "80 → 304 tasks/s, 3.8 times (4 threads → 4 processes)."
    assert "each ran 90 % of the time" in view.words
    assert view.back.text() == "Back to 4 threads"
    with qtbot.waitSignal(view.requested) as asked:
        view.back.click()
    assert asked.args == [GoBack(before)]
    view.show_run(before)
    assert "→" not in view.words
    assert not view.back.isVisible()


def test_another_run_than_the_one_suggested_is_not_set_against_the_one_before(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    view.show_run(end(run(cores=4), **LONG))
    view.button.click()
    other = end(run(cores=4), throughput_per_s=20.0)  # the same model again, by hand
    view.show_run(other)
    assert "→" not in view.words


def test_one_worker_alone_tells_what_the_others_cost_a_task(qtbot: QtBot) -> None:
    view = seeing(qtbot)

    def free(workers: int, done: int) -> GrowingRun:
        data = run(workers=workers, cores=4, shares={"cpu": 0.95, "cpu_wait": 0.05})
        data.interpreter = NamedInterpreter(version="3.13.1", gil_enabled=False)
        tasks = {"done": done, "failed": 0}
        return end(data, tasks=tasks, throughput_per_s=done / 2, interpreter=plain(data.interpreter))

    together = free(2, 100)
    view.show_run(together)
    assert view.button.text() == "Measure one thread alone"
    view.button.click()
    view.show_run(free(1, 170))
    assert "With 2 threads a task takes 3.4 times the processor time that it takes alone." in view.words
    view.show_run(together)
    assert "3.4 times the processor time that it takes alone: they contend for what they share." in view.words
    assert not view.button.isVisible()


def test_what_processes_cost_is_measured_when_asked_and_then_decides(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    view.show_run(end(run(cores=4), **FOUR_CORES))
    assert view.button.text() == "Measure what processes cost"
    with qtbot.waitSignal(view.requested) as asked:
        view.button.click()
    assert asked.args == [AskCosts("process-pool", "if unknown")]
    view.show_costs(CostsKnown("process-pool", None, 0.2, None, 0.0001, None, None))
    assert view.button.text() == "Try a pool of 4 processes"
    view.show_costs(CostsKnown("process-pool", None, 0.2, None, 0.002, None, None))
    assert not view.button.isVisible()


def test_lost_updates_are_shown_in_large_figures(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    counts = {"updates_made": 40_000, "updates_counted": 31_000, "updates_lost": 9_000}
    view.show_run(end(run(), counters={"workload.steps[0]": counts}))
    (row,) = view.counters.rows
    assert [(word, figure) for _, word, figure in row.figures] == [
        ("Expected", "40,000"),
        ("Counted", "31,000"),
        ("Lost", "9,000"),
    ]
    assert row.isVisible()
    assert "Shared counter: 40,000 updates expected, 31,000 counted, 9,000 lost (22 %)." in view.words
    view.show_run(end(run()))
    assert not view.counters.isVisible()


def test_a_narrow_pane_cuts_no_sentence_and_no_button(qtbot: QtBot) -> None:
    view = seeing(qtbot)
    view.resize(282, 500)
    before = end(run(cores=4), **LONG)
    view.show_run(before)
    view.button.click()
    after = run(worker_kind="process", shares={"cpu": 0.9, "transport": 0.1}, cores=4)
    after.experiment["model"] = {"kind": "process-pool", "workers": 4}
    counts = {"updates_made": 40_000_000, "updates_counted": 31_000_000, "updates_lost": 9_000_000}
    end(after, throughput_per_s=304.0, counters={"workload.steps[0]": counts}, **FOUR_CORES)
    view.show_run(after)
    page, room = view.lead.parentWidget(), view._scroll.viewport()
    assert page is not None
    assert view.back.isVisible()
    assert page.minimumSizeHint().width() <= room.width()
