"""Runs between `bounded_process` and its program, and ends the program when the process that waits for it is gone.

It leads the program's process group. Its standard input is a pipe whose other end only the waiting process holds: when
that process ends, however it does, the pipe is closed and the guard kills the whole group. Otherwise it ends as its
program does, with the same code or signal. Run as a file, isolated, with the program's command as arguments.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
from typing import Final, NoReturn

NOT_STARTED: Final = b"gilscope-not-started:"  # followed by the error's number; the exit code is NOT_STARTED_CODE
NOT_STARTED_CODE: Final = 127


def main(command: list[str]) -> NoReturn:
    """Run `command` and end as it does."""
    child = os.fork()
    if child == 0:
        _become(command)
    _thread.start_new_thread(_kill_group_at_end_of_input, ())
    for descriptor in (1, 2):  # only the program holds them now, so the output ends with it
        os.close(descriptor)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


def _become(command: list[str]) -> NoReturn:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and a new program would inherit that
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execv(command[0], command)
    except OSError as error:
        os.write(1, b"%s%d" % (NOT_STARTED, error.errno or 0))
    os._exit(NOT_STARTED_CODE)


def _kill_group_at_end_of_input() -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
