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
    """Serve until standard input closes, or a signal says so; returns the exit code (negative: that signal)."""
    commands, facts = os.dup(0), os.dup(1)
    # Nothing but facts goes to standard output, and nothing that is started gets either.
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    raise_file_limit()
    conductor = ConductorServer(MessageReader(commands), MessageWriter(facts), adopter=become_adopter())
    # The end is the closing of the input: Ctrl-C in a terminal is for the client.
    # (A handler that does nothing, and not SIG_IGN, which everything that is started would inherit.)
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
    """End this process by an exit code or (negative) a signal; threads that wait have nothing left to do."""
    sys.stderr.flush()
    if code < 0 and sys.platform != "win32":
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


if __name__ == "__main__":
    leave(main())
