"""The conductor's process: starts it, exchanges JSON lines with it, and starts it again when it dies.

Guarantees. `ready` is emitted once for each process that runs and speaks our protocol, before any `fact`. After `lost`
another process is started, unless `gave_up` follows. When `close()` returns, the process has ended, and so has (as the
conductor sees its input close) everything that it had started.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from engine.wire.commands import Command, Hello
from engine.wire.facts import FACTS, Ready
from engine.wire.leftovers import end_leftovers
from engine.wire.protocol import PROTOCOL_VERSION, decode_message, encode_message

ROOT: Final = Path(__file__).resolve().parents[2]
QUICK_DEATH_S: Final = 10.0
MAX_QUICK_DEATHS: Final = 3
CLOSE_MS: Final = 3_000


class ConductorProcess(QObject):
    """The one conductor of this window."""

    ready = Signal(object)  # Ready
    fact = Signal(object)  # every Fact after it
    lost = Signal(str)  # it died; the reason as far as it is known
    gave_up = Signal(str)  # it cannot be started; the reason as a sentence

    def __init__(self, parent: QObject | None = None, arguments: list[str] | None = None) -> None:
        super().__init__(parent)
        self._arguments = arguments if arguments is not None else ["-P", "-m", "engine.conductor"]
        self._process: QProcess | None = None
        self._received = b""
        self._complaints = b""
        self._is_ready = False
        self._closing = False
        self._started_at = 0.0
        self._pid = 0
        self._quick_deaths = 0

    @property
    def is_ready(self) -> bool:
        """Whether commands can be sent."""
        return self._is_ready

    @property
    def pid(self) -> int:
        """The process's id, 0 if there is none."""
        return self._process.processId() if self._process else 0

    def start(self) -> None:
        """Start the process and send the greeting."""
        self._received = self._complaints = b""
        self._is_ready = False
        self._closing = False
        self._started_at = time.monotonic()
        process = QProcess(self)
        process.setProgram(sys.executable)
        process.setArguments(self._arguments)
        process.setProcessEnvironment(_environment())
        process.readyReadStandardOutput.connect(self._on_output)
        process.readyReadStandardError.connect(self._on_complaint)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        process.start()
        self._pid = process.processId()
        self.send(Hello(PROTOCOL_VERSION))

    def start_again(self) -> None:
        """Try again after `gave_up`."""
        self._quick_deaths = 0
        if self._process is None:
            self.start()

    def send(self, command: Command) -> bool:
        """Send one command; False if there is no process to receive it."""
        if self._process is None or self._process.state() == QProcess.ProcessState.NotRunning:
            return False
        return self._process.write(encode_message(command)) >= 0

    def kill(self) -> None:
        """End a process that does not answer; `lost` follows."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the process and everything it started; returns when it is gone."""
        self._closing = True
        process, self._process = self._process, None
        if process is None:
            return
        process.closeWriteChannel()
        if process.state() != QProcess.ProcessState.NotRunning and not process.waitForFinished(CLOSE_MS):
            process.kill()
            process.waitForFinished(CLOSE_MS)
        process.deleteLater()

    def _on_output(self) -> None:
        process = self.sender()
        if not isinstance(process, QProcess) or process is not self._process:
            return
        *lines, self._received = (self._received + bytes(process.readAllStandardOutput().data())).split(b"\n")
        for line in lines:
            if line and process is self._process:
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            fact = decode_message(line, FACTS)
        except ValueError as error:
            print(f"the engine sent a line that is not a message: {error}: {line[:200]!r}", file=sys.stderr)
            return
        if not isinstance(fact, Ready):
            self.fact.emit(fact)
        elif fact.protocol != PROTOCOL_VERSION:
            self.close()
            self.gave_up.emit(
                f"The window speaks version {PROTOCOL_VERSION} of the engine's protocol and the engine version "
                f"{fact.protocol}. Install Gilscope again, so that both come from one release."
            )
        else:
            self._is_ready = True
            self.ready.emit(fact)

    def _on_complaint(self) -> None:
        process = self.sender()
        if isinstance(process, QProcess):
            text = bytes(process.readAllStandardError().data())
            self._complaints = (self._complaints + text)[-4_000:]
            if sys.stderr is not None:
                sys.stderr.write(text.decode("utf-8", "replace"))

    def _on_error(self, error: QProcess.ProcessError) -> None:
        process = self._process
        if error == QProcess.ProcessError.FailedToStart and process is not None and not self._closing:
            self._process = None
            process.deleteLater()
            self.gave_up.emit(f"The engine could not be started: {process.errorString()}.")

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        process = self._process
        self._is_ready = False
        if self._closing or process is None:
            return
        self._process = None
        process.deleteLater()
        if status == QProcess.ExitStatus.CrashExit:  # its guard cleans up, unless the guard was stopped too
            threading.Thread(target=end_leftovers, args=(self._pid,), name="leftovers", daemon=True).start()
        quick = time.monotonic() - self._started_at < QUICK_DEATH_S
        self._quick_deaths = self._quick_deaths + 1 if quick else 0
        self.lost.emit(self._why(code, status))
        if self._quick_deaths >= MAX_QUICK_DEATHS:
            self.gave_up.emit(f"The engine ended {MAX_QUICK_DEATHS} times in a row: {self._why(code, status)}.")
        else:
            QTimer.singleShot(0, self, self._restart)

    def _restart(self) -> None:
        if self._process is None and not self._closing:
            self.start()

    def _why(self, code: int, status: QProcess.ExitStatus) -> str:
        last = self._complaints.decode("utf-8", "replace").strip().rpartition("\n")[2]
        how = f"signal {code}" if status == QProcess.ExitStatus.CrashExit else f"exit code {code}"
        return f"{how}: {last}" if last else how


def _environment() -> QProcessEnvironment:
    environment = QProcessEnvironment.systemEnvironment()
    paths = [str(ROOT), environment.value("PYTHONPATH")]
    environment.insert("PYTHONPATH", os.pathsep.join(path for path in paths if path))
    return environment
