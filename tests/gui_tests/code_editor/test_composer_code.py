"""The editor of a person's own source: indentation, errors at their line, colours; and that nothing of it ever runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.code_editor.code_editor import CodeEditor
from gui.composer import Composer
from gui.widgets.theme import DARK, LIGHT, Theme
from tests.gui_tests.composer_parts import SOURCE, shown_composer, steps_of


def composer_with(qtbot: QtBot, source: str) -> tuple[Composer, CodeEditor]:
    composer = shown_composer(qtbot, [{"kind": "count-primes"}, {"kind": "python", "source": source}])
    composer.go_to("workload.steps[1].source")
    return composer, editor_of(composer)


def editor_of(composer: Composer) -> CodeEditor:
    editor = composer.parts.editor.form.fields["source"].editor
    assert isinstance(editor, CodeEditor)
    return editor


def typed(qtbot: QtBot, text: str, *keys: Qt.Key) -> str:
    """Return what stands in an empty editor after a person has typed `text`, its line feeds as Enter."""
    editor = CodeEditor()
    qtbot.addWidget(editor)
    for index, line in enumerate(text.split("\n")):
        if index:
            QTest.keyClick(editor, Qt.Key.Key_Return)
        QTest.keyClicks(editor, line)
    for key in keys:
        QTest.keyClick(editor, key)
    return editor.source()


def test_what_is_typed_is_the_steps_source(qtbot: QtBot) -> None:
    composer, editor = composer_with(qtbot, SOURCE)
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "# mine")
    assert steps_of(composer)[1]["source"] == SOURCE + "# mine"


def test_a_syntax_error_is_shown_at_its_line_and_goes_when_it_is_mended(qtbot: QtBot) -> None:
    composer, editor = composer_with(qtbot, "def task(item):\n    x = (1\n    return x\n")
    field = composer.parts.editor.form.fields["source"]
    assert editor.error_line == 2
    assert field.message.text() == "line 2: '(' was never closed"
    assert field.message.isVisible()
    assert composer.parts.steps.rows[1].problem == "source: line 2: '(' was never closed"
    marked = [each.cursor.blockNumber() + 1 for each in editor.extraSelections()]
    assert 2 in marked
    editor.go_to(2)
    QTest.keyClick(editor, Qt.Key.Key_End)
    QTest.keyClicks(editor, ")")
    assert editor.error_line == 0
    assert not field.message.isVisible()
    assert composer.problems == ()


def test_source_without_a_task_says_so(qtbot: QtBot) -> None:
    composer, editor = composer_with(qtbot, "def work(item):\n    pass\n")
    assert editor.error_line == 0
    assert "no function called task" in composer.parts.editor.form.fields["source"].message.text()
    assert [each.path for each in composer.problems] == ["workload.steps[1].source"]


def test_nothing_is_run(qtbot: QtBot, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    source = f"open({str(trace)!r}, 'w').close()\ndef task(item, x=open({str(trace)!r}, 'w')):\n    pass\n"
    composer, editor = composer_with(qtbot, source)
    editor.setFocus()
    QTest.keyClicks(editor, "1")
    composer.undo_stack.undo()
    composer.undo_stack.redo()
    composer.save(tmp_path / "x.toml", {"model": {"kind": "threads"}})
    composer.load(tmp_path / "x.toml")
    assert steps_of(composer)[1]["source"] == "1" + source
    assert not trace.exists()


def test_an_error_of_a_run_is_shown_at_its_line_until_the_source_changes(qtbot: QtBot) -> None:
    composer, editor = composer_with(qtbot, SOURCE)
    trace = 'Traceback:\n  File "/x/probe.py", line 9\n  File "<workload.steps[1]>", line 2, in task\nZeroDivisionError'
    error = {"step": 1, "type": "ZeroDivisionError", "message": "division by zero", "traceback": trace}
    assert composer.show_run_error(error)
    field = composer.parts.editor.form.fields["source"]
    assert editor.error_line == 2
    assert field.message.text() == "line 2: ZeroDivisionError: division by zero (in the last run)"
    assert composer.problems == ()
    composer.move_step(composer.parts.steps.rows[1].uid, 0)
    assert editor_of(composer).error_line == 2
    QTest.keyClick(editor_of(composer), Qt.Key.Key_End)
    QTest.keyClicks(editor_of(composer), "  # mended")
    assert editor_of(composer).error_line == 0
    composer.undo_stack.undo()
    assert editor_of(composer).error_line == 2
    composer.clear_run_errors()
    assert editor_of(composer).error_line == 0


@pytest.mark.parametrize("trace", ["", 'File "/x/y.py", line 3', 'File "<workload.steps[0]>", line 1',
                                   'File "<workload.steps[9]>", line 1'])  # fmt: skip
def test_an_error_that_is_in_no_source_here_is_not_shown(qtbot: QtBot, trace: str) -> None:
    composer, editor = composer_with(qtbot, SOURCE)
    assert not composer.show_run_error({"type": "OSError", "message": "x", "traceback": trace})
    assert editor.error_line == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def task(item):\nreturn 1\nx", "def task(item):\n    return 1\nx"),
        ("if a:\nif b:\npass\nc", "if a:\n    if b:\n        pass\n    c"),
        ("x = [\n1,", "x = [\n    1,"),
        ("a = 1  # note:\nb", "a = 1  # note:\nb"),
        ("plain\nnext", "plain\nnext"),
    ],
)
def test_enter_indents_as_python_does(qtbot: QtBot, text: str, expected: str) -> None:
    assert typed(qtbot, text) == expected


def test_tab_and_backspace_go_by_four_spaces(qtbot: QtBot) -> None:
    assert typed(qtbot, "", Qt.Key.Key_Tab) == "    "
    assert typed(qtbot, "ab", Qt.Key.Key_Tab) == "ab  "
    assert typed(qtbot, "", Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Backspace) == "    "
    assert typed(qtbot, "", Qt.Key.Key_Tab, Qt.Key.Key_Backtab) == ""
    assert typed(qtbot, "ab", Qt.Key.Key_Backspace) == "a"


def test_a_selection_is_indented_as_a_whole(qtbot: QtBot) -> None:
    editor = CodeEditor()
    qtbot.addWidget(editor)
    editor.set_source("a\n\nb\nc")
    cursor = QTextCursor(editor.document())
    cursor.movePosition(QTextCursor.MoveOperation.Down, QTextCursor.MoveMode.KeepAnchor, 3)
    editor.setTextCursor(cursor)
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.source() == "    a\n\n    b\nc"
    QTest.keyClick(editor, Qt.Key.Key_Backtab)
    assert editor.source() == "a\n\nb\nc"


def test_control_and_tab_leave_the_editor(qtbot: QtBot) -> None:
    composer, editor = composer_with(qtbot, SOURCE)
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert not editor.hasFocus()
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert not editor.hasFocus()
    assert steps_of(composer)[1]["source"] == SOURCE


def color_at(editor: CodeEditor, line: int, column: int) -> str:
    block = editor.document().findBlockByNumber(line - 1)
    for part in block.layout().formats():
        if part.start <= column < part.start + part.length:
            return str(part.format.foreground().color().name())
    return ""


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_source_is_coloured_in_the_themes_colours(qtbot: QtBot, theme: Theme) -> None:
    editor = CodeEditor()
    qtbot.addWidget(editor)
    editor.set_theme(theme)
    editor.set_source('def task(item):\n    """Two\n    lines."""\n    return "\N{SNAKE}", 12  # end')
    editor.show()
    keyword, number, text = (theme.series[index].lower() for index in (0, 1, 2))
    assert color_at(editor, 1, 0) == keyword
    assert [color_at(editor, 2, 4), color_at(editor, 3, 4)] == [text, text]
    assert color_at(editor, 4, 4) == keyword
    assert color_at(editor, 4, 17) == number  # the snake takes two of Qt's characters
    assert color_at(editor, 4, 22) == theme.muted.lower()


def test_a_string_that_is_opened_colours_the_lines_below_it(qtbot: QtBot) -> None:
    editor = CodeEditor()
    qtbot.addWidget(editor)
    editor.show()
    editor.set_source("x = 1\ny = 2\nz = '''3'''\n")
    number, text = LIGHT.series[1].lower(), LIGHT.series[2].lower()
    assert color_at(editor, 2, 4) == number
    cursor = QTextCursor(editor.document())
    cursor.insertText("'''")
    assert color_at(editor, 2, 4) == text
    editor.undo()
    assert color_at(editor, 2, 4) == number


def test_undo_stops_at_the_source_that_was_opened(qtbot: QtBot) -> None:
    source = "def task(item):\n    pass\n"
    _composer, editor = composer_with(qtbot, source)
    editor.setFocus()
    QTest.keyClicks(editor, "1")
    for _ in range(3):
        QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.source() == source
    editor.set_source("x = 1\n")
    editor.undo()
    assert editor.source() == source


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
def test_who_only_passes_by_with_tab_changes_nothing(qtbot: QtBot, key: Qt.Key) -> None:
    _, editor = composer_with(qtbot, SOURCE)
    before = editor.source()
    editor.clearFocus()
    editor.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(editor, key)
    assert not editor.hasFocus()
    assert editor.source() == before


def test_who_came_by_tab_and_then_writes_indents_with_it(qtbot: QtBot) -> None:
    _, editor = composer_with(qtbot, SOURCE)
    editor.clearFocus()
    editor.setFocus(Qt.FocusReason.TabFocusReason)
    editor.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClicks(editor, "a")
    QTest.keyClick(editor, Qt.Key.Key_Home)
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.hasFocus()
    assert editor.source().endswith("    a")
