"""The editor's help while one types: errors and doubtful places, names that fit, a view as large as the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from gui.code_editor.code_editor import CodeEditor
from gui.code_editor.names import names_at
from gui.code_editor.remarks import find_remarks, remark_lines
from gui.forms.fields import CodeField
from gui.workbench import Workbench
from tests.window import open_window, wait_for_engine


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window with a step of a person's own."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        opened.composer.add_step("python")
        yield opened


def field_of(workbench: Workbench) -> CodeField:
    """Return the field of the step's source."""
    found = workbench.composer.parts.editor.form.fields["source"]
    assert isinstance(found, CodeField)
    return found


@pytest.fixture
def editor(qtbot: QtBot) -> CodeEditor:
    """Return an editor that is shown."""
    made = CodeEditor()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    return made


def type_at_end(qtbot: QtBot, editor: CodeEditor, text: str) -> None:
    """Type at the end of the source."""
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(editor, text)


def test_remarks_name_the_line_and_nothing_runs() -> None:
    source = "import os\nraise SystemExit\n\ndef task(item):\n    return itme\n"
    assert [(each.line, each.column, each.text) for each in find_remarks(source)] == [
        (1, 1, "'os' imported but unused"),
        (5, 12, "undefined name 'itme'"),
    ]
    assert find_remarks("def task(:") == ()
    assert find_remarks("def task(item): return item\n") == ()
    assert remark_lines(find_remarks("a\nb\nc\nd\ne\n")).splitlines()[-2:] == [
        "Line 3: undefined name 'c'",
        "and 2 more",
    ]


@pytest.mark.parametrize(
    ("source", "offered", "not_offered"),
    [
        ("def task(item):\n    number_of = 1\n    num", ["number_of"], ["task"]),
        ("ret", ["return"], []),
        ("x = isin", ["isinstance"], []),
        ("import multi", ["multiprocessing"], ["multi"]),
        ("from concur", ["concurrent"], []),
        ("a.spin()\nb.sp", ["spin"], ["spam"]),
        ("# ret", [], ["return"]),
        ("x = 'ret", [], ["return"]),
        ("\U0001f600 = 1\nwhi", ["while"], []),
    ],
)
def test_names_that_fit(source: str, offered: list[str], not_offered: list[str]) -> None:
    found = names_at(source, len(source))
    assert set(offered) <= set(found)
    assert not set(not_offered) & set(found)
    if not offered:
        assert found == []


def test_names_are_offered_and_taken_by_the_keyboard(qtbot: QtBot, editor: CodeEditor) -> None:
    editor.set_source("# \U0001f600\ndef task(item):\n    counted = 1\n    ")
    type_at_end(qtbot, editor, "c")
    assert editor.names.names == []  # one letter is not yet a question
    type_at_end(qtbot, editor, "ou")
    assert editor.names.names == ["counted"]
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.source().endswith("    counted")
    assert editor.names.names == []
    type_at_end(qtbot, editor, " + co")
    qtbot.keyClick(editor, Qt.Key.Key_Return)  # nothing is chosen: a new line, as ever
    assert editor.source().endswith("counted + co\n    ")
    type_at_end(qtbot, editor, "co")
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    chosen = editor.names.names[0]
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.source().endswith(f"    {chosen}")
    type_at_end(qtbot, editor, " wh")
    qtbot.keyClick(editor, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert editor.names.names == ["while"]
    qtbot.keyClicks(editor, "i")
    qtbot.keyClick(editor, Qt.Key.Key_Return)  # asked for, the first is chosen
    assert editor.source().endswith(" while")
    type_at_end(qtbot, editor, " wh")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert editor.names.names == []


def test_errors_and_doubtful_places_are_shown_as_one_types(workbench: Workbench, qtbot: QtBot) -> None:
    field = field_of(workbench)
    editor = field.editor
    assert isinstance(editor, CodeEditor)
    editor.selectAll()
    qtbot.keyClicks(editor, "def task(item):")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.error_line > 0  # no body yet
    assert field.message.isVisible()
    assert not field.remarks.isVisible()
    qtbot.keyClicks(editor, "return itme")
    qtbot.waitUntil(lambda: field.remarks.text() == "Line 2: undefined name 'itme'", timeout=5_000)
    assert field.remarks.isVisible()
    assert editor.error_line == 0
    assert workbench.composer.problems == ()  # it keeps nothing from being run
    place = editor.cursorRect().center()
    QToolTip.hideText()
    editor.viewportEvent(QHelpEvent(QEvent.Type.ToolTip, place, editor.viewport().mapToGlobal(place)))
    qtbot.waitUntil(lambda: "undefined name" in QToolTip.text(), timeout=5_000)
    qtbot.keyClicks(editor, " (")
    assert editor.error_line == 2
    assert not field.remarks.isVisible()


def test_the_editor_is_as_large_as_the_window_and_comes_back(workbench: Workbench, qtbot: QtBot) -> None:
    field, window = field_of(workbench), workbench.window
    editor = field.editor
    assert isinstance(editor, CodeEditor)
    small = editor.height()
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_F8)
    large = field.large
    assert large is not None
    assert large.size() == window.size()
    qtbot.waitUntil(lambda: editor.height() > window.height() * 0.8, timeout=5_000)
    window.resize(window.width() + 60, window.height() + 40)
    qtbot.waitUntil(lambda: large.size() == window.size(), timeout=5_000)
    type_at_end(qtbot, editor, "x = 1")
    assert workbench.document.experiment()["workload"]["steps"][1]["source"].endswith("x = 1")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert field.large is None
    qtbot.waitUntil(lambda: editor.height() < window.height() * 0.6, timeout=5_000)
    assert field.isAncestorOf(editor)
    assert editor.height() >= small
    field.enlarge_button.click()
    assert field.large is not None
    workbench.composer.remove_step(workbench.composer.parts.editor._uid)
    qtbot.waitUntil(lambda: "source" not in workbench.composer.parts.editor.form.fields, timeout=5_000)
