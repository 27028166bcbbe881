"""Starts the scheduler's process and sends it commands, waiting for each answer; for the command line and tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, TypeVar

from engine.lessons.scheduler.messages import ANSWERS, CommandFailed, SchedulerAnswer, SchedulerCommand
from engine.wire.protocol import WireMessage, decode_message, encode_message

_Answer = TypeVar("_Answer", bound=SchedulerAnswer)

ROOT: Final = Path(__file__).resolve().parents[3]  # the folder that holds engine/


class SchedulerError(RuntimeError):
    """The scheduler's process has ended, or could not carry out a command."""


def command() -> list[str]:
    """Return the command line that starts the process."""
    return [sys.executable, "-P", "-m", "engine.lessons.scheduler.process"]


def environment(base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of the process, in which `engine` is found."""
    return {**base, "PYTHONPATH": str(ROOT)}


class Scheduler:
    """One process; it ends with `close`, or when this process does, since its input closes."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
        )

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def ask(self, command: SchedulerCommand | WireMessage, kind: type[_Answer]) -> _Answer:
        """Send a command and return its answer, which must be of type `kind`. Raises SchedulerError."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(encode_message(command).decode())
            stdin.flush()
        except (OSError, ValueError) as error:
            raise SchedulerError(f"the scheduler's process has ended: {error}") from None
        line = stdout.readline()
        if not line:
            raise SchedulerError("the scheduler's process has ended")
        answer = decode_message(line, ANSWERS)
        if isinstance(answer, CommandFailed):
            raise SchedulerError(answer.problem)
        if not isinstance(answer, kind):
            raise SchedulerError(f"the scheduler's process answered {answer.TYPE!r} to {command.TYPE!r}")
        return answer

    def close(self) -> None:
        """End it and wait until it is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
