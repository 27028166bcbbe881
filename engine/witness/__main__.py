"""The looker's own process: reads on standard input which processes to look at, and looks until the input ends.

`python -m engine.witness FOLDER BUDGET MOST_HZ CAPACITY`; lines of input: `follow PID`, `always PID`, `rest`, `end`.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time

from engine.witness.looker import Looker


def main(arguments: list[str]) -> int:
    """Look until the input ends; return the exit code."""
    folder, budget, most_hz, capacity = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the conductor's to answer
    _raise_file_limit()
    looker = Looker(folder, budget=float(budget), most_hz=float(most_hz), capacity=int(capacity))
    os.set_blocking(0, False)
    rest = b""
    heard_s = 0.0
    try:
        while True:
            time.sleep(looker.turn())
            now_s = time.monotonic()
            if now_s - heard_s < 0.01:
                continue
            heard_s = now_s
            try:
                data = os.read(0, 65536)
            except BlockingIOError:
                continue
            *lines, rest = (rest + data).split(b"\n")
            if not data or not _obey(looker, lines):
                return 0
    finally:
        looker.close()


def _obey(looker: Looker, lines: list[bytes]) -> bool:
    """Carry out the commands in `lines`; return False if one of them is `end`."""
    for line in lines:
        word, _, pid = line.partition(b" ")
        if word == b"end":
            return False
        if word == b"rest":
            looker.rest()
            continue
        looker.follow(int(pid), always=word == b"always")
    return True


def _raise_file_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
