"""The shell's small parts: messages, palette, status, pickers, output, trust, settings."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.wire.interpreter import Interpreter
from engine.wire.task_failure import TaskFailure
from engine.wording.durations import running_time
from gui.commands.palette import CommandPalette, Entry, score
from gui.message_bar import MOST_MESSAGES, MessageBar
from gui.output_panel import OutputPanel, break_lines, describe_error
from gui.run_bar.amount_picker import AmountPicker
from gui.run_bar.interpreter_picker import InterpreterPicker
from gui.run_bar.run_status import tasks_text
from gui.session.trust import Trust
from gui.settings import RECENT_FILES, Settings
from gui.shell.export_commands import file_name
from gui.widgets.flow_layout import FlowLayout
from tests.gui_tests.composer_parts import CATALOGUE


def test_a_message_makes_room_for_one_about_the_same_and_the_oldest_go(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    qtbot.addWidget(bar.passing)
    bar.show_message("error", "first", "run")
    bar.show_message("error", "second", "run")
    bar.show_message("error", "second")
    assert [each.text for each in bar.messages] == ["second"]
    for number in range(10):
        bar.show_message("info", f"message {number}")
    assert [each.text for each in bar.messages] == [f"message {9 - number}" for number in range(MOST_MESSAGES)]
    for message in list(bar.messages):
        message.close_message()
    assert bar.isHidden()
    assert bar.passing.isHidden()


def test_a_messages_button_acts_and_dismisses_it(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    done: list[str] = []
    message = bar.show_message("warning", "Run it?", "trust", [("Run it", lambda: done.append("ran"))])
    button = message.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    button.click()
    assert done == ["ran"]
    assert bar.messages == []


@pytest.mark.parametrize(
    ("query", "text", "fits"),
    [("", "Anything", True), ("exp", "Export CSV", True), ("ecs", "Export CSV", True), ("zz", "Export CSV", False)],
)
def test_the_palette_matches_letters_in_order(query: str, text: str, fits: bool) -> None:
    assert (score(query, text) is not None) == fits


def test_whole_words_come_before_scattered_letters() -> None:
    first, second = score("run", "Run"), score("run", "Presenter mode unknown")
    assert first is not None
    assert second is None or first < second


def test_the_palette_does_what_is_chosen_and_not_what_is_impossible(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    done: list[str] = []
    palette = CommandPalette(window)
    calls = {name: partial(done.append, name) for name in ("Run", "Stop")}
    entries = [Entry("Run", "Run", calls["Run"]), Entry("Stop", "Run", calls["Stop"], "nothing is running")]
    palette.open_with(entries)
    QTest.keyClicks(palette.query, "stop")
    QTest.keyClick(palette.query, Qt.Key.Key_Return)
    assert done == []
    palette.query.clear()
    QTest.keyClick(palette.query, Qt.Key.Key_Down)
    QTest.keyClick(palette.query, Qt.Key.Key_Up)
    QTest.keyClick(palette.query, Qt.Key.Key_Return)
    assert done == ["Run"]
    assert not palette.isVisible()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.42, "0.42 s"), (12.34, "12.3 s"), (59.99, "60.0 s"), (125, "2 min 05 s"), (3720, "1 h 02 min")],
)
def test_durations_are_said_as_people_say_them(seconds: float | None, text: str) -> None:
    assert running_time(seconds) == text


def test_tasks_are_counted_in_words() -> None:
    assert tasks_text(1204, 0, 4000) == "1,204 of 4,000 tasks"
    assert tasks_text(1, 3, None) == "1 task, 3 failed"


@pytest.mark.parametrize(
    "part",
    [
        {"tasks": 7},
        {"duration_s": 2.5},
        {"until_stopped": True},
        {"tasks": 1_000_000_000, "arrival_per_s": 200.0},
        {"duration_s": 0.01, "arrival_per_s": 0.001},
    ],
)
def test_an_amount_comes_back_as_it_was_given(qtbot: QtBot, part: dict[str, object]) -> None:
    picker = AmountPicker()
    qtbot.addWidget(picker)
    picker.set_part(part)
    assert picker.part() == part


def test_numbers_are_shown_without_empty_decimals(qtbot: QtBot) -> None:
    picker = AmountPicker()
    qtbot.addWidget(picker)
    picker.set_part({"duration_s": 5.0})
    assert picker.seconds.text() == "5 s"
    picker.set_part({"duration_s": 0.25})
    assert picker.seconds.text() == "0.25 s"


def found(path: str, name: str, version: str, source: str, problem: str | None = None) -> Interpreter:
    """Return an interpreter as the conductor finds it."""
    return Interpreter(
        path, name=name, version=version, implementation="CPython", source=source,
        free_threaded=name.endswith("t"), problem=problem,
    )  # fmt: skip


INTERPRETERS = [
    found("/app/python", "3.11", "3.11.7", "app"),
    found("/a/python", "3.13t", "3.13.0", "pyenv"),
    found("/b/python", "3.12", "3.12.7", "pyenv"),
    found("/c/python", "3.12", "3.12.1", "PATH"),
    found("/d/python", "3.11", "3.11.2", "PATH"),
    found("/e/python2", "", "", "PATH", "is Python 2.7"),
]


def test_interpreters_go_by_name_where_that_is_plain_else_by_path(qtbot: QtBot) -> None:
    picker = InterpreterPicker()
    qtbot.addWidget(picker)
    picker.set_interpreters(INTERPRETERS, complete=True)
    data = [picker.itemData(row) for row in range(picker.count())]
    assert data[:5] == ["", "3.13t", "3.12", "/c/python", "/d/python"]
    assert not picker.model().item(5).isEnabled()
    assert "2.7" in picker.model().item(5).toolTip()


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "Python 3.11.7"), ("3.13t", "Python 3.13.0 free-threaded"), ("/a/python", "Python 3.13.0 free-threaded"),
     ("/not/found", "/not/found"), ("pypy3.10", "pypy3.10")],
)  # fmt: skip
def test_a_chosen_interpreter_stays_chosen_while_others_are_found(qtbot: QtBot, value: str | None, shown: str) -> None:
    picker = InterpreterPicker()
    qtbot.addWidget(picker)
    picker.set_value(value)
    for count in range(len(INTERPRETERS) + 1):
        picker.set_interpreters(INTERPRETERS[:count], complete=count == len(INTERPRETERS))
        assert picker.value() == value
    assert picker.currentText() == shown


def test_output_follows_its_end_and_says_what_was_not_kept(qtbot: QtBot) -> None:
    panel = OutputPanel()
    qtbot.addWidget(panel)
    with qtbot.waitSignal(panel.filled):
        panel.append("hello\n")
    panel.append("world")
    assert panel.text.toPlainText() == "hello\nworld"
    panel.clear()
    assert panel.text.toPlainText() == ""


def test_long_lines_are_broken_wherever_they_were_cut(qtbot: QtBot) -> None:
    text = "a" * 2_500 + "\n" + "b" * 999 + "\n\n" + "c" * 3_000
    whole, length = break_lines(text, 0)
    assert whole.replace("\n", "") == text.replace("\n", "")
    assert max(len(line) for line in whole.split("\n")) == 1_000
    assert length == 1_000
    begun, pieces = 0, []
    for start in range(0, len(text), 700):
        piece, begun = break_lines(text[start : start + 700], begun)
        pieces.append(piece)
    assert "".join(pieces) == whole


def test_the_first_error_is_one_sentence() -> None:
    first = TaskFailure(task=12, step=1, kind="python", type="ValueError", message="no")
    assert describe_error(first, 1) == "Task 12 failed in step 2 (python): ValueError: no."
    assert describe_error(first, 3).endswith("2 more failed.")


def test_code_is_asked_about_once_per_content() -> None:
    experiments = {
        name: {"workload": {"steps": [{"kind": "python", "source": name}]}, "model": {"kind": "threads", "workers": 1}}
        for name in ("known", "new")
    }
    missing = {name: Trust().missing({**each}, CATALOGUE) for name, each in experiments.items()}
    assert missing == {"known": [], "new": []}, "what the person types is their own"
    stranger = Trust()
    stranger.own = False
    trust = Trust(each.digest for each in stranger.missing(experiments["known"], CATALOGUE))
    trust.own = False
    assert not trust.missing(experiments["known"], CATALOGUE)
    (new,) = trust.missing(experiments["new"], CATALOGUE)
    assert trust.allow([new])[-1] == new.digest
    trust.own = False
    assert not trust.missing(experiments["new"], CATALOGUE)
    assert not trust.needs({"workload": {"steps": []}, "model": {"kind": "threads", "workers": 1}}, CATALOGUE)


def test_settings_come_back_from_the_disk(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.ini")
    assert (settings.theme, settings.zoom, settings.geometry, settings.recent_files) == ("system", 1.0, None, [])
    settings.theme, settings.zoom, settings.geometry = "dark", 1.25, QByteArray(b"abc")
    settings.last_model = {"kind": "threads", "workers": 4}
    settings.allowed_code = ["a"]
    files = [tmp_path / f"{number}.toml" for number in range(RECENT_FILES + 2)]
    for file in files:
        file.touch()
        settings.add_recent_file(file)
    settings.sync()
    again = Settings(tmp_path / "s.ini")
    assert (again.theme, again.zoom, again.geometry) == ("dark", 1.25, QByteArray(b"abc"))
    assert again.last_model == {"kind": "threads", "workers": 4}
    assert again.allowed_code == ["a"]
    assert again.recent_files == files[::-1][:RECENT_FILES]
    files[-1].unlink()
    assert files[-1] not in again.recent_files


def test_titles_become_file_names() -> None:
    assert file_name("Fetch and parse: waiting, then work") == "fetch-and-parse-waiting-then-work"
    assert file_name("///") == "experiment"


def test_a_flow_goes_on_in_the_next_row(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    flow = FlowLayout(box, spacing=10, row_spacing=5)
    flow.setContentsMargins(0, 0, 0, 0)
    for _ in range(3):
        child = QWidget()
        child.setFixedSize(100, 20)
        flow.addWidget(child)
    assert flow.heightForWidth(400) == 20
    assert flow.heightForWidth(250) == 45
    assert flow.heightForWidth(100) == 70
