"""The host: reads an experiment from a run's folder, runs its model, and answers in JSON lines.

`python -m engine.host FOLDER` runs an experiment; `--describe [PLUGINS]` prints what this interpreter offers, `--script
FOLDER` writes an experiment as a script, `--uninstrumented FOLDER` times a model's function alone, `--overhead FOLDER`
times an experiment with and without its probes (see `host_queries`). The host keeps the original standard output for
its answers under another descriptor, and points descriptor 1 at standard error. So nothing that a workload prints, from
Python, C or a child process, can be taken for an answer.
"""

from __future__ import annotations

import contextlib
import errno
import inspect
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

from engine.host import gil_watch
from engine.host.child_exits import child_exits, watch_children
from engine.host.failures import WorkerFailedError, describe_error
from engine.host.preparation import prepare
from engine.host.probe import HostRun
from engine.host.side_by_side import run_parts
from engine.host.this_python import describe_python
from engine.wire.host_answers import HostDone, HostNotes, HostReady
from engine.wire.protocol import encode_message
from engine.workload import steps as step_registry
from engine.workload.errors import ExperimentError, MissingModuleError

if TYPE_CHECKING:
    from engine.wire.query_answers import HostAnswer


class _Answers:
    """The pipe to the conductor. A workload may close it: another file may then have its descriptor's number."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._identity = descriptor, _identity(descriptor)

    def send(self, answer: HostAnswer) -> None:
        """Write an answer. Raises OSError if the pipe was closed."""
        if _identity(self._descriptor) != self._identity:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        data = memoryview(encode_message(answer))
        while data:
            data = data[os.write(self._descriptor, data) :]


def _identity(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def main(arguments: list[str]) -> int:
    """Run the host; returns the process's exit code."""
    answers = _Answers(os.dup(1))
    os.dup2(2, 1)
    if len(arguments) != 1 or arguments[0].startswith("--"):
        return _answer_question(answers, arguments)
    os.environ["PYTHONUNBUFFERED"] = "1"  # what a child printed must not be lost when it is killed
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    _leave_working_folder_out_of_imports()
    done = _run(arguments[0], answers)
    _flush()
    turned_on = gil_watch.note(arguments[0])
    try:
        if turned_on:
            answers.send(HostNotes((turned_on,)))
        answers.send(done)
    except OSError as error:
        return _say_unanswerable(error)
    return 0


def _say_unanswerable(error: OSError) -> int:
    line = f"gilscope: the host cannot say how the run ended ({error.strerror}): the workload closed its descriptors\n"
    with contextlib.suppress(OSError):
        os.write(2, line.encode())
    return 1


def _run(folder: str, answers: _Answers) -> HostDone:
    """Run the experiment in `folder`; return the closing answer."""
    failures: list[BaseException] = []
    threading.excepthook = lambda args: failures.append(args.exc_value or RuntimeError(str(args.exc_type)))
    try:
        model, options, run, parts, notes, pipeline, _, own = prepare(folder)
        answers.send(HostReady(os.getpid(), time.perf_counter_ns(), describe_python()))
        if notes:
            answers.send(HostNotes(tuple(notes)))
        if not model.card.shares_memory:
            watch_children()
        if run.is_async or (inspect.iscoroutinefunction(model.run) if pipeline is None else pipeline.has_loop):
            run.record_loops(1 if model.card.worker_kind == "coroutine" or pipeline else len(parts))
        try:
            if pipeline is not None:
                pipeline.run()
            else:
                run_parts(model, parts, options, run.control)
        finally:
            failed = own.end()
        if failed or failures:
            raise failed or failures[0]
        return HostDone("finished", None, None, _counters(run), describe_python().gil_enabled, child_exits())
    except BaseException as error:  # user code may raise KeyboardInterrupt and CancelledError too
        return _failed(error)


def _counters(run: HostRun) -> dict[str, object]:
    """Return what the steps have counted over all workers, by step (`workload.steps[1]`)."""
    counters: dict[str, object] = {}
    for number, given in enumerate(run.steps):
        finish = step_registry.load(given["kind"]).finish
        if finish is not None:
            context = run.context(number)
            counters[context.path] = finish(context)
    return counters


def _failed(error: BaseException) -> HostDone:
    described = error.facts if isinstance(error, WorkerFailedError) else describe_error(error)
    # Our own exceptions' messages say everything; many of Python's are empty, so the type is named too.
    words = filter(None, (described.type, described.message))
    reason = str(error) if isinstance(error, ExperimentError) else ": ".join(words)
    missing = error.module if isinstance(error, MissingModuleError) else ""
    return HostDone("failed", reason, described, {}, describe_python().gil_enabled, child_exits(), missing)


def _answer_question(answers: _Answers, arguments: list[str]) -> int:
    from engine.host.queries import host_queries as questions

    try:
        answer = questions.answer(arguments, answers.send)
    except ValueError as error:
        print(
            "usage: python -m engine.host FOLDER | --describe [PLUGINS] | --script FOLDER | "
            f"--uninstrumented FOLDER | --overhead FOLDER: {error}",
            file=sys.stderr,
        )
        return 2
    _flush()
    answers.send(answer)
    return 0


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # the workload closed or replaced the stream: nothing is left to flush


def _leave_working_folder_out_of_imports() -> None:
    # Python before 3.11 has no -P: `-m` puts the working folder first in sys.path, where a file of the workload could
    # hide a module of the standard library.
    if getattr(sys.flags, "safe_path", False):
        return
    here = os.path.realpath(os.getcwd())
    sys.path[:] = [each for each in sys.path if each and os.path.realpath(each) != here]
    # multiprocessing starts its processes with `-c`, which puts the working folder first as well, unless they are
    # isolated (-I). They then get this process's sys.path from multiprocessing.
    from multiprocessing import util

    flags = util._args_from_interpreter_flags  # type: ignore[attr-defined]
    util._args_from_interpreter_flags = lambda: ["-I", *flags()]  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
