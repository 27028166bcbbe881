"""Asks which program to start and watch: its script or module, arguments, Python, folder and environment."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from engine.wire.interpreter import Interpreter
from engine.wire.watch_messages import WatchTarget
from engine.wording.versions import python_title
from gui.watch.recent_programs import program_title
from gui.widgets.dialog_look import dress
from gui.widgets.plain_text import PlainLabel

SCRIPTS = "Python (*.py *.pyz *.pyw);;All files (*)"
_BESIDE = "the one beside the script, else this app’s own"


class ProgramDialog(QDialog):
    """Emits `chosen` with a WatchTarget. Errors are shown in the dialog, which stays open."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None, recent: Sequence[WatchTarget], folder: str) -> None:
        super().__init__(parent)
        self.setWindowTitle("Watch a program")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._folder = folder
        self._recent_programs = list(recent)
        self.recent = QComboBox()
        self.recent.setAccessibleName("Programs that were watched before")
        self.recent.addItem("—")
        self.recent.addItems([program_title(each) for each in recent])
        self.recent.setEnabled(bool(recent))
        self.recent.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.recent.activated.connect(self._on_recent)
        self.is_script, self.is_module = QRadioButton("A &script"), QRadioButton("A &module (-m)")
        self.is_script.setChecked(True)
        self._kinds = QButtonGroup(self)
        for button in (self.is_script, self.is_module):
            self._kinds.addButton(button)
        self._kinds.buttonToggled.connect(self._on_kind)
        self.program = QLineEdit()
        self.program.setAccessibleName("Script or module")
        self.browse = QPushButton("&Browse…")
        self.browse.clicked.connect(self._on_browse)
        self.arguments = QLineEdit()
        self.arguments.setAccessibleName("Arguments")
        self.arguments.setPlaceholderText('as in a shell: --port 8000 "a name"')
        self.interpreter = QComboBox()
        self.interpreter.setEditable(True)
        self.interpreter.setAccessibleName("Python")
        self.interpreter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._python = QLineEdit()
        self._python.setPlaceholderText(_BESIDE)
        self.interpreter.setLineEdit(self._python)
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Working folder")
        self.folder.setPlaceholderText("the script’s own")
        self.browse_folder = QPushButton("B&rowse…")
        self.browse_folder.clicked.connect(self._on_browse_folder)
        self.environment = QPlainTextEdit()
        self.environment.setAccessibleName("Environment")
        self.environment.setPlaceholderText("NAME=VALUE, one a line, added to the present variables")
        self.environment.setTabChangesFocus(True)
        self.environment.setMaximumHeight(self.fontMetrics().height() * 4)
        self.problem = PlainLabel()
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName("What is wrong")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.watch = self.buttons.addButton("&Watch", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._on_accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self._on_kind()
        dress(self, {self.watch: "activity"})
        self.resize(self.fontMetrics().averageCharWidth() * 90, self.sizeHint().height())

    def offer(self, found: Sequence[Interpreter]) -> None:
        """Offer these Pythons."""
        text = self.interpreter.currentText()
        self.interpreter.clear()
        self.interpreter.addItem("")
        offered: set[str] = set()
        for each in found:
            if each.problem:
                continue
            by_name = bool(each.name) and each.name not in offered
            offered.add(each.name)
            self.interpreter.addItem(each.name if by_name else each.path)
            tip = f"{python_title(each.implementation, each.version)} · {each.path}"
            self.interpreter.setItemData(self.interpreter.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.interpreter.setEditText(text)

    def show_target(self, target: WatchTarget) -> None:
        """Fill the fields in from a program."""
        (self.is_module if target.module else self.is_script).setChecked(True)
        self.program.setText(target.module or target.script)
        self.arguments.setText(shlex.join(target.arguments))
        self.interpreter.setEditText(target.interpreter or "")
        self.folder.setText(target.folder)
        self.environment.setPlainText("\n".join(f"{name}={value}" for name, value in target.environment.items()))
        self.problem.clear()

    def target(self) -> WatchTarget:
        """Return the program of the fields. Raises ValueError with a sentence that says what is missing or wrong."""
        name = self.program.text().strip()
        if not name:
            raise ValueError("Name the module to run." if self.is_module.isChecked() else "Choose the script to watch.")
        try:
            arguments = tuple(shlex.split(self.arguments.text()))
        except ValueError as error:
            raise ValueError(f"Arguments: {str(error).lower()}.") from None
        environment = {}
        for number, line in enumerate(self.environment.toPlainText().splitlines(), 1):
            variable, equals, value = line.strip().partition("=")
            if not line.strip():
                continue
            if not equals or not variable:
                raise ValueError(f"Environment, line {number}: write NAME=VALUE.")
            environment[variable] = value
        folder, interpreter = self.folder.text().strip(), self.interpreter.currentText().strip() or None
        if self.is_module.isChecked():
            return WatchTarget("", name, arguments, interpreter, folder or self._folder, environment)
        script = Path(name).expanduser()
        folder = folder or str(script.parent if script.is_absolute() else Path(self._folder))
        return WatchTarget(str(script), "", arguments, interpreter, folder, environment)

    def _on_accept(self) -> None:
        try:
            target = self.target()
        except ValueError as error:
            self.problem.setText(str(error))
            return
        self.chosen.emit(target)
        self.accept()

    def _on_recent(self, place: int) -> None:
        if place > 0:
            self.show_target(self._recent_programs[place - 1])

    def _on_kind(self) -> None:
        self.browse.setEnabled(self.is_script.isChecked())
        self.program.setPlaceholderText("server.py" if self.is_script.isChecked() else "http.server")

    def _on_browse(self) -> None:
        start = self.program.text() or self._folder
        path, _ = QFileDialog.getOpenFileName(
            self, "Choose a script", start, "Python (*.py *.pyz *.pyw);;All files (*)"
        )
        if path:
            self.program.setText(path)

    def _on_browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Choose the working folder", self.folder.text() or self._folder)
        if path:
            self.folder.setText(path)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Recent", self.recent)
        form.addRow("What", _row(self.is_script, self.is_module, stretch=True))
        form.addRow("&Program", _row(self.program, self.browse))
        form.addRow("&Arguments", self.arguments)
        form.addRow("Py&thon", self.interpreter)
        form.addRow("&Folder", _row(self.folder, self.browse_folder))
        form.addRow("&Environment", self.environment)
        note = PlainLabel(
            "It is started unchanged, and observed from outside. Its output goes to the Output pane. It ends when "
            "you press Stop, or close the window."
        )
        note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(note)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)


def _row(*widgets: QWidget, stretch: bool = False) -> QWidget:
    holder = QWidget()
    holder.setFocusProxy(widgets[0])  # the caption's key goes to it
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    for number, widget in enumerate(widgets):
        row.addWidget(widget, 0 if number or stretch else 1)
    if stretch:
        row.addStretch(1)
    return holder
