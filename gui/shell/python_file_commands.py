"""The command that makes steps of a Python file's functions, which it reads and never runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from engine.workload.own.file_functions import read_python_file
from engine.workload.source_check import SourceError
from gui.message_bar import ERROR
from gui.python_file.functions_dialog import FunctionsDialog
from gui.shell.context import WindowParts

PYTHON: Final = "Python (*.py *.pyw);;All files (*)"
_TOPIC: Final = "file"


class PythonFileCommands(QObject):
    """Asks for a file and which of its functions, and adds their steps in one change."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._window, self._composer = parts.window, parts.composer
        self._settings, self._trust = parts.settings, parts.trust
        self.dialog: FunctionsDialog | None = None

    def open(self) -> None:
        """Ask for a file, and which of its functions become steps."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open a Python file", self._settings.folder, PYTHON)
        if path:
            self.ask(Path(path))

    def ask(self, path: Path) -> None:
        """Ask which functions of `path` become steps; if it cannot be read, a message names the line."""
        self._window.messages.clear(_TOPIC)
        try:
            file = read_python_file(str(path))
        except SourceError as error:
            self._window.messages.show_message(ERROR, f"{path.name}: {error}", _TOPIC)
            return
        except OSError as error:
            self._window.messages.show_message(ERROR, f"{path.name}: {error.strerror or error}", _TOPIC)
            return
        self._settings.folder = str(path.resolve().parent)
        dialog = self.dialog = FunctionsDialog(self._window, file)
        dialog.chosen.connect(self._make)
        dialog.finished.connect(self._on_closed)
        dialog.open()

    def _make(self, steps: list[dict[str, str]]) -> None:
        self._trust.own = False  # the code was not typed here: the window asks before it runs
        names = ", ".join(each["function"] for each in steps)
        self._composer.add_steps("python", steps, f"Add {names}")

    def _on_closed(self) -> None:
        self.dialog = None
