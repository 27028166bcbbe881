"""Runs a conductor on standard input and output: `python -m engine.conductor`."""

from __future__ import annotations

import os
import platform
import signal
import sys
from types import FrameType
from typing import NoReturn

from engine.conductor.conductor import ConductorServer
from engine.log_file import start_logging
from engine.processes.file_limit import raise_file_limit
from engine.wire.messages import MessageReader, MessageWriter
from engine.witness.platforms import become_adopter


def main() -> int:
    """Serve until standard input closes or a signal comes; return the exit code (negative: that signal)."""
    commands, facts = os.dup(0), os.dup(1)
    # Only facts go to standard output, and no child process inherits standard input or output.
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    raise_file_limit()
    conductor = ConductorServer(MessageReader(commands), MessageWriter(facts), adopter=become_adopter())
    # The conductor ends when its input closes; Ctrl-C in a terminal is for the client.
    # (An empty handler instead of SIG_IGN, which child processes would inherit.)
    signal.signal(signal.SIGINT, lambda *_: conductor.wake())
    told: list[int] = []  # by signals

    def end(number: int, _: FrameType | None) -> None:
        told.append(number)
        conductor.end()

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)
    log = start_logging("conductor")
    log.info("the conductor starts: process %d, Python %s", os.getpid(), platform.python_version())
    conductor.serve()
    log.info("the conductor ends%s", f", told by signal {told[0]}" if told else "")
    return -told[0] if told else 0


def leave(code: int) -> NoReturn:
    """End this process by an exit code or (negative) a signal, without waiting for its other threads."""
    sys.stderr.flush()
    if code < 0 and sys.platform != "win32":
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


if __name__ == "__main__":
    leave(main())
