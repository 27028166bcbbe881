"""A Python file's functions become steps: read and not run, one change, allowed as any code before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from engine.workload.own.file_functions import copied, imported, read_python_file
from engine.workload.source_check import SourceError
from gui.python_file.functions_dialog import FunctionsDialog
from gui.workbench import Workbench
from tests.window import messages, open_window, wait_for_end, wait_for_engine

SOURCE = """
import pathlib
pathlib.Path("it-ran").write_text("")

def setup(shared):
    return 3

def double(number, state):
    assert state == 3
    print("doubled", number)

async def fetch(number): ...

def many(one, two, three): ...

def numbers():
    yield 1
"""


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window whose engine is ready."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        yield opened


def asked(workbench: Workbench, path: Path) -> FunctionsDialog:
    """Ask about a file, and return the dialog."""
    workbench.python_files.ask(path)
    assert workbench.python_files.dialog is not None
    return workbench.python_files.dialog


def steps(workbench: Workbench) -> list[dict[str, object]]:
    """Return the steps of the experiment at hand."""
    found: list[dict[str, object]] = workbench.document.experiment()["workload"]["steps"]
    return found


def test_functions_are_listed_without_running_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "work.py"
    path.write_text(SOURCE, encoding="utf-8")
    file = read_python_file(str(path))
    assert [(each.name, each.line, each.is_async) for each in file.functions] == [
        ("double", 8, False),
        ("fetch", 12, True),
        ("many", 14, False),
        ("numbers", 16, False),
    ]
    assert [bool(each.problem) for each in file.functions] == [False, False, True, True]
    assert (file.around, file.top_level, file.copy_problem, file.import_problem) == (("setup",), (3,), "", "")
    assert copied(file, "double") == {"source": SOURCE, "function": "double", "import_from": ""}
    assert imported(file, "double")["import_from"] == str(path)
    assert not (tmp_path / "it-ran").exists()


def test_a_module_of_a_package_is_imported_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("", encoding="utf-8")
    path = tmp_path / "shop" / "orders.py"
    path.write_text("from . import prices\nasync def order(number): ...\n", encoding="utf-8")
    file = read_python_file(str(path))
    assert "package" in file.copy_problem
    values = imported(file, "order")
    assert values["import_from"] == str(tmp_path)
    assert "import shop.orders as _orders" in values["source"]
    assert "async def order(item):\n    return await _orders.order(item)" in values["source"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"def f(:\n", "line 1"), (b"# coding: nothing\n", "as text"), (b"x = '\xff'\n", "as text"), (b"\0", "null")],
)
def test_what_is_no_python_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "wrong.py"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=words):
        read_python_file(str(path))
    path.rename(tmp_path / "two words.py")
    (tmp_path / "two words.py").write_text("def f(): ...", encoding="utf-8")
    assert "two words" in read_python_file(str(tmp_path / "two words.py")).import_problem


@pytest.mark.parametrize("by_import", [False, True])
def test_picked_functions_become_steps_in_one_change_and_run_once_allowed(
    workbench: Workbench, qtbot: QtBot, tmp_path: Path, by_import: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "my_work.py"
    path.write_text(SOURCE.replace("fetch(number)", "fetch()").replace("async ", ""), encoding="utf-8")
    before = steps(workbench)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    workbench.actions["open-python"].trigger()
    dialog = workbench.python_files.dialog
    assert dialog is not None
    assert not dialog.make.isEnabled()
    dialog.tick("double", "fetch", "many")
    assert dialog.ticked == ["double", "fetch"]  # the third cannot be a task
    assert "line 3 will run" in dialog.words.text()
    if by_import:
        dialog.take_in.click()
        assert f"import_from = {path}" in dialog.words.text()
    dialog.make.click()
    added = steps(workbench)[1:3]
    assert [(each["kind"], each["function"]) for each in added] == [("python", "double"), ("python", "fetch")]
    assert [each["import_from"] for each in added] == [str(path) if by_import else ""] * 2
    assert (added[0]["source"] == path.read_text(encoding="utf-8")) is not by_import
    workbench.actions["undo"].trigger()
    assert steps(workbench) == before
    workbench.actions["redo"].trigger()
    data = workbench.document.experiment()
    data["workload"] = {"seed": 1, "tasks": 4, "steps": added}
    data["model"] = {"kind": "thread-pool", "workers": 2}
    workbench.document.show(data, None)
    workbench.actions["run"].trigger()
    assert any("contains Python code" in each for each in messages(workbench))
    assert not workbench.session.running
    workbench.actions["trust"].trigger()
    qtbot.waitUntil(lambda: workbench.session.data is not None, timeout=20_000)
    wait_for_end(workbench, qtbot)
    run = workbench.session.data
    assert run is not None
    assert run.status == "finished", messages(workbench)
    assert sorted(run.output.split("\n")) == ["", *(f"doubled {number}" for number in range(4))]


def test_a_dropped_file_leads_to_its_functions_and_a_wrong_one_to_its_line(
    workbench: Workbench, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "work.py"
    path.write_text(SOURCE, encoding="utf-8")

    def answer(box: QMessageBox) -> int:
        next(each for each in box.buttons() if "steps" in each.text()).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    nothing = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, nothing)
    workbench.window.dropEvent(event)
    qtbot.waitUntil(lambda: workbench.python_files.dialog is not None, timeout=5_000)
    dialog = workbench.python_files.dialog
    assert dialog is not None
    dialog.reject()
    path.write_text("def f(:", encoding="utf-8")
    workbench.python_files.ask(path)
    assert [each for each in messages(workbench) if each.startswith("work.py: line 1: ")]
    assert workbench.python_files.dialog is None
