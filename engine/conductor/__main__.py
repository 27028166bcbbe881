"""Runs a conductor on standard input and output: `python -m engine.conductor`."""

from __future__ import annotations

import os
import signal
import sys

from engine.conductor.conductor import Conductor
from engine.conductor.file_limit import raise_file_limit
from engine.conductor.messages import Reader, Writer
from engine.conductor.platforms import become_adopter


def main() -> int:
    """Serve until standard input closes; returns the exit code."""
    commands, facts = os.dup(0), os.dup(1)
    # Nothing but facts goes to standard output, and nothing that is started gets either.
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    raise_file_limit()
    conductor = Conductor(Reader(commands), Writer(facts), adopter=become_adopter())
    # The end is the closing of the input: Ctrl-C in a terminal is for whoever commands.
    # (A handler that does nothing, and not SIG_IGN, which everything that is started would inherit.)
    signal.signal(signal.SIGINT, lambda *_: None)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: conductor.end())
    conductor.serve()
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # threads that wait for pipes or programs have nothing left to do
