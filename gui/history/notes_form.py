"""The form for a kept run's name, tags and note."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QPlainTextEdit, QWidget

from engine.history.past_run import PastRun
from engine.history.run_notes import NotesError, RunNotes
from gui.widgets.dialog_look import dress
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme


class NotesForm(QDialog):
    """Emits `said` with the run's id and its notes; if a text is too long, says so and stays open."""

    said = Signal(str, object)

    def __init__(self, run: PastRun, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Name, tags and note")
        self._run = run
        self.name = QLineEdit(run.name or "")
        self.name.setPlaceholderText(run.title)
        self.tags = QLineEdit(", ".join(run.notes.tags))
        self.tags.setPlaceholderText("before, laptop, lecture 3")
        self.note = QPlainTextEdit(run.note or "")
        self.note.setTabChangesFocus(True)
        self.problem = PlainLabel()
        self.problem.setWordWrap(True)
        self.problem.setStyleSheet(f"color: {theme.danger};")
        self.problem.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self._on_save)
        self.buttons.rejected.connect(self.reject)
        layout = QFormLayout(self)
        for title, field in (("Name", self.name), ("Tags, with commas", self.tags), ("Note", self.note)):
            field.setAccessibleName(title)
            layout.addRow(title, field)
        layout.addRow(self.problem)
        layout.addRow(self.buttons)
        dress(self)
        self.resize(round(460 * theme.scale), round(280 * theme.scale))
        self.name.setFocus()

    def _on_save(self) -> None:
        notes = RunNotes(
            self._run.notes.starred, self.name.text(), tuple(self.tags.text().split(",")), self.note.toPlainText()
        )
        try:
            tidied = notes.tidied()
        except NotesError as error:
            self.problem.setText(f"{str(error)[:1].upper()}{str(error)[1:]}.")
            self.problem.show()
            return
        self.said.emit(self._run.run_id, tidied)
        self.accept()
