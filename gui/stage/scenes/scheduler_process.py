"""The window's side of the scheduler's process: sends commands, and emits the states that come back."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from engine.lessons.scheduler.client import command, environment
from engine.lessons.scheduler.messages import ANSWERS, CommandFailed, SchedulerCommand
from engine.wire.protocol import decode_message, encode_message

_END_MS: Final = 3_000


class SchedulerProcess(QObject):
    """Starts the process with the first command; it ends with `close`, and with the window."""

    answered = Signal(object)  # a message of `engine.lessons.scheduler.messages`
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

    def ask(self, asked: SchedulerCommand) -> None:
        """Send a command; `answered` is emitted with its answer."""
        if self._process.state() == QProcess.ProcessState.NotRunning:
            program, *arguments = command()
            self._process.start(program, arguments)
        self._process.write(encode_message(asked))

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
            answer = decode_message(bytes(self._process.readLine().data()), ANSWERS)
            if isinstance(answer, CommandFailed):
                self.problem.emit(answer.problem)
            else:
                self.answered.emit(answer)

    def _on_error(self, _error: QProcess.ProcessError) -> None:
        if not self._closing:
            self.problem.emit(f"The scheduler's process: {self._process.errorString()}")
