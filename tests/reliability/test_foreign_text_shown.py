"""Foreign text in the window: plain in every label, tip and message, whatever it looks like."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from gui.message_bar import ERROR
from gui.widgets.plain_text import PlainLabel, PlainMessageBox, plain_tip
from tests.run_folders import EXPERIMENT, add_lane, add_samples, make_run, make_tick, whole_task, write_json
from tests.window import messages, open_window, wait_for_engine

GUI = Path(__file__).parents[2] / "gui"
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "cpu-bound-threads.png"
EVIL = f"<h1>evil</h1><img src='{PICTURE.as_uri()}'>"
RUN, OTHER = "20261122-200000-aaaa", "20261122-210000-bbbb"


def test_a_label_and_a_tip_show_html_as_it_is_written(qtbot: QtBot) -> None:
    label, former = PlainLabel(EVIL), QLabel(EVIL)
    qtbot.addWidget(label)
    qtbot.addWidget(former)
    assert former.sizeHint().height() > 5 * label.sizeHint().height()  # it loads the picture; ours is one line
    assert label.text() == EVIL
    assert plain_tip("as it is") == "as it is"
    assert "<img" not in plain_tip(EVIL)
    box = PlainMessageBox()
    qtbot.addWidget(box)
    assert box.textFormat() == Qt.TextFormat.PlainText


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for path in sorted(GUI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                yield path, node, node.func.id if isinstance(node.func, ast.Name) else node.func.attr


def test_no_label_or_question_of_the_window_is_one_that_takes_html() -> None:
    found = [f"{path.name}:{node.lineno}" for path, node, name in calls() if name in ("QLabel", "QMessageBox")]
    assert found == []
    bases = [
        f"{path.name}:{node.lineno}"
        for path in sorted(GUI.rglob("*.py"))
        if path.name != "plain_text.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in ("QLabel", "QMessageBox") for base in node.bases)
    ]
    assert bases == []


def test_every_tip_that_is_not_ours_to_the_letter_is_made_plain() -> None:
    places = {"setToolTip": 0, "setStatusTip": 0, "setWhatsThis": 0, "showText": 1}
    found = []
    for path, node, name in calls():
        tip = node.args[places[name]] if name in places and len(node.args) > places[name] else None
        ours = isinstance(tip, ast.Constant) or (
            isinstance(tip, ast.Call) and isinstance(tip.func, ast.Name) and tip.func.id in ("plain_tip", "wrapped_tip")
        )
        if tip is not None and not ours:
            found.append(f"{path.name}:{node.lineno}")
    assert found == []


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a history of two runs whose every text is hostile."""
    monkeypatch.setenv("GILSCOPE_DATA", str(tmp_path))
    for run_id in (RUN, OTHER):
        first = {"task": 1, "step": 0, "kind": EVIL, "type": EVIL, "message": EVIL, "traceback": EVIL}
        folder = make_run(
            tmp_path / "runs" / run_id,
            status="failed",
            reason=EVIL,
            notes=[EVIL],
            insight=[EVIL],
            errors={"count": 1, "first": first},
        )
        experiment = json.loads(json.dumps(EXPERIMENT))
        experiment["title"] = EVIL
        experiment["workload"]["steps"][0]["kind"] = EVIL
        write_json(folder / "experiment.json", experiment)
        (folder / "output.txt").write_text(EVIL, encoding="utf-8")
        add_lane(folder, "one", whole_task(0, 0), created_ns=1, thread_name=EVIL, process_name=EVIL)
        marks = [{"t_s": 0.1, "text": EVIL}]
        processes = make_tick(0.1)["processes"]
        add_samples(folder, [make_tick(0.1, marks=marks, processes=[{**each, "name": EVIL} for each in processes])])
    return tmp_path


def texts(model: QAbstractItemModel, parent: QModelIndex | None = None) -> Iterator[str]:
    parent = parent or QModelIndex()
    for row in range(model.rowCount(parent)):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)):
            index = model.index(row, column, parent)
            yield str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
            if column == 0:
                yield from texts(model, index)


def rendered(widget: QWidget) -> Iterator[str]:
    """Yield what a widget would render of the hostile text as HTML."""
    own = widget.toolTip()
    if "<img" in own:
        yield f"tip of {widget.metaObject().className()} {widget.accessibleName()}"
    if isinstance(widget, (QLabel, QMessageBox)) and widget.textFormat() != Qt.TextFormat.PlainText:
        yield from [f"text of {widget.metaObject().className()} {widget.accessibleName()}"] * ("<img" in widget.text())
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from (f"tip in {widget.accessibleName()}" for text in texts(widget.model()) if "<img" in text)
    for action in widget.actions():
        if "<img" in action.toolTip():
            yield f"tip of the action {action.text()}"


def test_nothing_of_a_hostile_run_is_rendered_anywhere_in_the_window(
    tmp_path: Path, history: Path, qtbot: QtBot
) -> None:
    with open_window(tmp_path, engine=True) as workbench:
        wait_for_engine(workbench, qtbot)
        window = workbench.window
        window.messages.show_message(ERROR, EVIL, "test", [(EVIL, lambda: None)])
        pages = workbench.pages.history
        assert pages is not None
        pages.refresh()
        qtbot.waitUntil(lambda: pages.page.list.runs.runs.rowCount() == 2, timeout=20_000)
        pages.open(RUN)
        qtbot.waitUntil(lambda: workbench.session.data is not None, timeout=20_000)
        pages.show_pair(RUN, OTHER)
        qtbot.waitUntil(lambda: pages.page.pair.timelines.linked, timeout=20_000)
        for number in range(window.pages.count()):
            window.pages.setCurrentIndex(number)
            QApplication.processEvents()
        found = [what for widget in QApplication.allWidgets() for what in rendered(widget)]
        shown = [each for each in QApplication.allWidgets() if isinstance(each, QLabel) and "<img" in each.text()]
        assert found == []
        assert len(shown) >= 3  # it is there, and plain


def test_a_run_that_cannot_be_read_is_told_once_on_the_history_page(
    tmp_path: Path, history: Path, qtbot: QtBot
) -> None:
    bad = history / "runs" / OTHER / "result.json"
    bad.write_text("[]", encoding="utf-8")
    with open_window(tmp_path) as workbench:
        pages = workbench.pages.history
        assert pages is not None
        qtbot.waitUntil(lambda: pages.page.list.runs.runs.rowCount() == 1, timeout=20_000)
        qtbot.waitUntil(lambda: any(str(bad) in each for each in messages(workbench)), timeout=20_000)
        count = len(messages(workbench))
        pages._show(pages._listed, ([], [], [f"{bad}: is not a JSON object"]))
        assert len(messages(workbench)) == count
