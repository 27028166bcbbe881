"""The scheduler's process as the window sees it: commands go down, states come up as signals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from engine.lessons.scheduler_client import command, environment

_END_MS: Final = 3_000


class SchedulerProcess(QObject):
    """Started with the first command; ends when it is closed, and when the window does."""

    answered = Signal(object)  # dict: an answer
    problem = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        variables = QProcessEnvironment()
        for name, value in environment().items():
            variables.insert(name, value)
        self._process.setProcessEnvironment(variables)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.errorOccurred.connect(self._on_error)
        self._closing = False

    def ask(self, what: str, **values: Any) -> None:
        """Send a command; its answer comes as `answered`."""
        if self._process.state() == QProcess.ProcessState.NotRunning:
            program, *arguments = command()
            self._process.start(program, arguments)
        self._process.write((json.dumps({"ask": what, **values}) + "\n").encode())

    def close(self) -> None:
        """End it."""
        self._closing = True
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.closeWriteChannel()
            if not self._process.waitForFinished(_END_MS):
                self._process.kill()
                self._process.waitForFinished(_END_MS)

    def _on_output(self) -> None:
        while self._process.canReadLine():
            answer: Mapping[str, Any] = json.loads(bytes(self._process.readLine().data()))
            if answer.get("problem"):
                self.problem.emit(str(answer["problem"]))
            else:
                self.answered.emit(answer)

    def _on_error(self, _error: QProcess.ProcessError) -> None:
        if not self._closing:
            self.problem.emit(f"The scheduler's process: {self._process.errorString()}")
