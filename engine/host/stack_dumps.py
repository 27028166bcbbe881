"""Lets a process of a run write, on a signal, the Python stack of each of its threads."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import threading
from types import FrameType
from typing import Any

from engine.record.stack_file import COROUTINE, FOLDER, MOST_COROUTINES, coroutines_signal, threads_signal

_DEEPEST = 60
_HIGH = 900  # from this descriptor on: files that a workload opens get lower numbers
_answers: dict[str, Any] = {}  # "folder": the run's folder; "file": this process's stack file, opened
_loops: list[Any] = []  # event loops whose coroutines have lanes


def answer_signals(run_folder: str) -> None:
    """From now on write stacks to this process's stack file in the run's folder, on signals and on a fatal fault.

    Does nothing if Python or the platform does not support it, or if the disk is full.
    """
    try:
        import faulthandler
    except ImportError:  # in a subinterpreter: its process has set this up already
        return
    number = threads_signal()
    if number is None or not hasattr(faulthandler, "register"):
        return
    path = os.path.join(run_folder, FOLDER, f"{os.getpid()}.txt")
    with contextlib.suppress(OSError):
        file = _out_of_the_way(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        _answers.update(folder=run_folder, file=file)
        faulthandler.register(number, file=file, all_threads=True, chain=False)
        if not faulthandler.is_enabled():
            faulthandler.enable(file=file, all_threads=True)


def _out_of_the_way(file: int) -> int:
    """Return a copy of a descriptor with a high number, or the descriptor itself where there is none.

    A workload may close descriptors that are not its own, and opens files with the lowest free numbers: a stack that
    was written on a fault must not end up in one of them.
    """
    try:
        import fcntl

        high = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    except (ImportError, OSError):  # the limit of open files is lower
        return file
    os.close(file)
    return high


def show_coroutines(loop: Any) -> None:
    """From now on also write where the coroutines of `loop`, which runs in this thread, are suspended.

    Only the main thread can answer that.
    """
    number = coroutines_signal()
    if number is None or not _answers or threading.current_thread() is not threading.main_thread():
        return
    _loops[:] = [loop]
    signal.signal(number, _dump_coroutines)
    signal.siginterrupt(number, False)


def _dump_coroutines(_number: int, _frame: FrameType | None) -> None:
    from engine.host.coroutine_waits import waiting_coroutines
    from engine.host.loop_holds import WORKER

    try:
        lines: list[str] = []
        for loop in _loops:
            for state, coroutine, *_ in itertools.islice(waiting_coroutines(loop), MOST_COROUTINES):
                lines += [f"{COROUTINE}{state[WORKER]} (most recent call first):", *_frames(coroutine)]
        os.write(_answers["file"], "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
        for loop in _loops:
            if loop.coroutines is not None:
                loop.coroutines.record_so_far()
    except Exception:
        pass  # the loop was just starting or ending, or the disk is full


def _frames(coroutine: Any) -> list[str]:
    """Return the lines for what a suspended coroutine awaits, innermost first."""
    from engine.host.coroutine_waits import awaited_by

    frames: list[str] = []
    while coroutine is not None and len(frames) < _DEEPEST:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is not None:
            code = frame.f_code
            frames.append(f'  File "{code.co_filename}", line {frame.f_lineno} in {code.co_name}')
        coroutine = awaited_by(coroutine)
    return frames[::-1]


def _answer_after_fork() -> None:
    # The child inherited its parent's file and needs its own.
    if _answers:
        answer_signals(_answers["folder"])


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_answer_after_fork)
