"""Starts a conductor and exchanges messages with it, without Qt: for the command line, tests and scripts.

Guarantees. Iterating `facts` yields every message in order, then raises ConductorDiedError when there are no more.
When this process ends, however it ends, the conductor sees its input close and ends everything that it started.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeVar

from engine.wire.commands import Command, Hello, StopRun
from engine.wire.facts import FACTS, Fact, Failure, Ready, Refused
from engine.wire.leftovers import end_leftovers
from engine.wire.protocol import PROTOCOL_VERSION, decode_message, encode_message
from engine.wording.signal_names import signal_name
from engine.workload.errors import ExperimentError

ROOT: Final = Path(__file__).resolve().parents[2]  # the folder that holds engine/
READY_TIMEOUT_S: Final = 30.0
CLOSE_TIMEOUT_S: Final = 3.0
_STOPPED_S: Final = 1.0  # how long after a request to end a run a suspended conductor (SIGSTOP) is killed
_COMPLAINT_LINES: Final = 20
_END: Final = None

_Answer = TypeVar("_Answer", bound=Fact)


class ConductorError(RuntimeError):
    """The conductor could not be started, uses another version of the protocol, or could not carry out a command."""


class ConductorDiedError(ConductorError):
    """The conductor's process ended unexpectedly; the message says how."""


class Conductor:
    """One conductor process, started and checked for its version; `ready` is its first message.

    Raises ConductorError if it cannot be started. One thread sends messages with `send`; `facts`
    receives them.
    """

    def __init__(self) -> None:
        # Not a SimpleQueue: if a signal arrives just as its time-out expires, CPython waits for ever.
        self._facts: queue.Queue[Fact | None] = queue.Queue()
        self._complaints: deque[str] = deque(maxlen=_COMPLAINT_LINES)
        self._closed = False
        self._asked_to_stop_s: float | None = None
        self._was_stopped = False
        self._process = _start()
        self._reader = threading.Thread(target=self._read, name="conductor-facts", daemon=True)
        self._listener = threading.Thread(target=self._listen, name="conductor-complaints", daemon=True)
        self._reader.start()
        self._listener.start()
        try:
            self.ready = self._greet()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The conductor's process id."""
        return self._process.pid

    def __enter__(self) -> Conductor:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def send(self, command: Command) -> None:
        """Send one command. It is lost if the conductor is gone, which `facts` reports."""
        assert self._process.stdin is not None
        line = encode_message(command)
        if self._process.stdin.closed:
            return
        if isinstance(command, StopRun):
            self._asked_to_stop_s = time.monotonic()
        with contextlib.suppress(OSError):  # the conductor is gone
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def next_fact(self, timeout_s: float | None = None) -> Fact | None:
        """Return the next message, None if none came within `timeout_s`. Raises ConductorDiedError after the last."""
        try:
            fact = self._facts.get(timeout=timeout_s)
        except queue.Empty:
            self._end_if_stopped()
            return None
        if fact is _END:
            self._facts.put(_END)
            raise ConductorDiedError(self._death())
        return fact

    def facts(self) -> Iterator[Fact]:
        """Yield messages as they come. Raises ConductorDiedError after the last."""
        while True:
            # On some platforms a wait without a time-out cannot be interrupted.
            fact = self.next_fact(0.5)
            if fact is not None:
                yield fact

    def ask(self, command: Command, answer: type[_Answer]) -> _Answer:
        """Send a command and return the answer: see `wait_for`."""
        self.send(command)
        return self.wait_for(answer)

    def wait_for(self, answer: type[_Answer]) -> _Answer:
        """Return the next message of the class `answer`.

        Raises ConductorError on a failure, or ExperimentError if the failure names a key of the request.
        """
        for fact in self.facts():
            if isinstance(fact, answer):
                return fact
            if isinstance(fact, (Failure, Refused)):
                key, reason = fact.key, fact.reason
                raise ExperimentError(key, reason.removeprefix(f"{key}: ")) if key else ConductorError(reason)
        raise AssertionError("facts() ends only by raising")

    def close(self) -> None:
        """Close the conductor's input, which ends it and everything it started; return when it is gone."""
        if self._closed:
            return
        self._closed = True
        process = self._process
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            end_leftovers(process.pid)
        self._reader.join(CLOSE_TIMEOUT_S)
        self._listener.join(CLOSE_TIMEOUT_S)

    def _end_if_stopped(self) -> None:
        """Kill a conductor that was asked to end a run but does not react because its process is suspended."""
        asked_s = self._asked_to_stop_s
        if self._was_stopped or asked_s is None or time.monotonic() - asked_s < _STOPPED_S:
            return
        import psutil

        with contextlib.suppress(psutil.Error):
            if psutil.Process(self.pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP):
                self._was_stopped = True
                self._process.kill()

    def _greet(self) -> Ready:
        self.send(Hello(PROTOCOL_VERSION))
        ready = self.next_fact(READY_TIMEOUT_S)
        if ready is None:
            raise ConductorError(f"the engine did not answer within {READY_TIMEOUT_S:g} s")
        if not isinstance(ready, Ready) or ready.protocol != PROTOCOL_VERSION:
            theirs = ready.protocol if isinstance(ready, Ready) else getattr(ready, "reason", "unknown")
            raise ConductorError(
                f"the engine speaks version {theirs} of the protocol, and version {PROTOCOL_VERSION} is needed; "
                "install Gilscope again, so that both come from one release"
            )
        return ready

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                try:
                    self._facts.put(decode_message(line, FACTS))
                except ValueError as error:
                    self._complaints.append(f"not a message: {error}: {line[:200]!r}")
        self._facts.put(_END)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            for line in stream:
                self._complaints.append(line.decode("utf-8", "replace").rstrip())

    def _death(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSE_TIMEOUT_S)
        self._listener.join(CLOSE_TIMEOUT_S)
        code = self._process.returncode
        end_leftovers(self.pid)
        if self._was_stopped:
            how = "was suspended and did not answer, so it was killed"
        elif code is None:
            how = "closed its output"
        elif code < 0:
            how = f"was killed by {signal_name(-code)}"
        else:
            how = f"ended with exit code {code}"
        said = [line.strip() for line in self._complaints if line.strip()]
        return f"the engine's conductor {how}" + (f": {said[-1]}" if said else "")


def _start() -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # A process group of its own: Ctrl-C in the terminal reaches only us, and we send the conductor a command.
    own_group: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "engine.conductor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            **own_group,
        )
    except OSError as error:
        raise ConductorError(f"the engine's conductor could not be started: {error}") from None
