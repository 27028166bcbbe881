"""Lists a Python file's functions, to make steps of the chosen ones; says what the steps take from the file."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QRadioButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.workload.own.file_functions import FileFunction, PythonFile, copied, imported
from gui.widgets.dialog_look import dress
from gui.widgets.plain_text import PlainLabel, plain_tip

_HEADINGS: Final = ("Function", "Line", "As a task")
_NAME: Final = Qt.ItemDataRole.UserRole


class FunctionsDialog(QDialog):
    """Emits `chosen` with the values of one step for each function that is ticked, in the file's order."""

    chosen = Signal(object)  # list[dict[str, str]]

    def __init__(self, parent: QWidget | None, file: PythonFile) -> None:
        super().__init__(parent)
        self._file = file
        self.setWindowTitle("Make steps of functions")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Functions of the file")
        self.list.setHeaderLabels(list(_HEADINGS))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        for each in file.functions:
            self._add(each)
        self.list.itemChanged.connect(self._on_changed)
        self.copy = QRadioButton("&Copy the source into each step")
        self.take_in = QRadioButton("&Import the file when the workload runs")
        _offer(self.copy, "Later changes to the file do not change the steps.", file.copy_problem)
        _offer(self.take_in, "Each run imports the file as it is then, from where it is now.", file.import_problem)
        (self.copy if self.copy.isEnabled() else self.take_in).setChecked(True)
        self.words = PlainLabel()
        self.words.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.make = self.buttons.addButton("&Make steps", QDialogButtonBox.ButtonRole.AcceptRole)
        self.make.setDefault(True)
        self.buttons.accepted.connect(self._on_accept)
        self.buttons.rejected.connect(self.reject)
        self.copy.toggled.connect(self._on_changed)
        self.take_in.toggled.connect(self._on_changed)
        self._lay_out()
        self._on_changed()

    def tick(self, *names: str) -> None:
        """Tick these functions, and no other."""
        for row in self._rows():
            wanted = row.data(0, _NAME) in names and not row.isDisabled()
            row.setCheckState(0, Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)

    @property
    def ticked(self) -> list[str]:
        """The functions that are ticked."""
        return [row.data(0, _NAME) for row in self._rows() if row.checkState(0) is Qt.CheckState.Checked]

    def _rows(self) -> list[QTreeWidgetItem]:
        found = [self.list.topLevelItem(place) for place in range(self.list.topLevelItemCount())]
        return [row for row in found if row is not None]

    def _add(self, each: FileFunction) -> None:
        kind = "async def " if each.is_async else "def "
        note = each.problem or ("awaited" if each.is_async else "called")
        row = QTreeWidgetItem(self.list, [f"{kind}{each.name}({each.arguments})", str(each.line), note])
        row.setData(0, _NAME, each.name)
        row.setCheckState(0, Qt.CheckState.Unchecked)
        tip = plain_tip(f"{each.name}: {note}")
        for column in range(len(_HEADINGS)):
            row.setData(column, Qt.ItemDataRole.ToolTipRole, tip)
        row.setDisabled(bool(each.problem))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        heading = PlainLabel(f"{self._file.path}\nIts functions, read from the file without running any of it.")
        heading.setWordWrap(True)
        for widget in (heading, self.list, self.copy, self.take_in, self.words, self.buttons):
            layout.addWidget(widget)
        dress(self, {self.make: "plus"})
        width, height = self.fontMetrics().averageCharWidth(), self.fontMetrics().height()
        self.resize(width * 100, height * 26)

    def _on_changed(self) -> None:
        names = self.ticked
        possible = self.copy.isEnabled() or self.take_in.isEnabled()
        self.make.setEnabled(bool(names) and possible)
        self.make.setText(f"&Make {len(names)} steps" if len(names) > 1 else "&Make a step" if names else "&Make steps")
        self.words.setText("\n".join(self._sentences()))

    def _sentences(self) -> list[str]:
        file, found = self._file, []
        if not file.functions:
            found.append("This file defines no function at its top level that could be a task.")
        for button, what, problem in (
            (self.copy, "The source cannot be copied", file.copy_problem),
            (self.take_in, "The file cannot be imported", file.import_problem),
        ):
            if not button.isEnabled():
                found.append(f"{what}: {problem}.")
        if self.take_in.isChecked() and self.take_in.isEnabled():
            root = imported(file, self.ticked[0])["import_from"] if self.ticked else ""
            found += [f"import_from = {root}"] if root else []
        if file.around:
            found.append(f"Also called, before or after tasks: {', '.join(file.around)}.")
        if file.top_level:
            lines = ", ".join(str(line) for line in file.top_level[:5]) + (", …" if len(file.top_level) > 5 else "")
            plural = "s" if len(file.top_level) > 1 else ""
            found.append(f"Outside of its functions, line{plural} {lines} will run once in each process of a run.")
        return found

    def _on_accept(self) -> None:
        values = imported if self.take_in.isChecked() else copied
        self.chosen.emit([values(self._file, name) for name in self.ticked])
        self.accept()


def _offer(button: QRadioButton, tip: str, problem: str) -> None:
    button.setEnabled(not problem)
    button.setToolTip(plain_tip(problem or tip))
