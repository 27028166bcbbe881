"""`gilscope watch`: any Python program, seen from outside, without a window."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from argparse import REMAINDER, ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from engine.commandline.console import emit_json, say
from engine.commandline.interrupts import Interrupts
from engine.commandline.targets import place
from engine.commandline.verb import DONE, FAILED, INTERRUPTED, RequestError, Verb
from engine.commandline.watching.watch_report import watch_report
from engine.history.data_folder import data_folder
from engine.insight.watch_sentences import watch_sentences
from engine.interpreters.installed import resolve
from engine.processes.guard import Guard
from engine.record.atomic_file import write_atomically
from engine.record.atomic_folder import ExportError, check_file, check_folder
from engine.record.run_folder import RESULT, new_run_id
from engine.watch.program_monitor import ProgramMonitor
from engine.watch.started_program import StartedProgram, terminal_for
from engine.watch.target import (
    Program,
    TargetError,
    check_attachable,
    executable_of,
    module_program,
    python_beside,
    script_program,
)
from engine.watch.watch_result import watch_result
from engine.witness.machine import usable_cores

MARK: Final = "GILSCOPE_WATCH"  # in the program's environment: by it, what it started is found too
WATCHES: Final = "watches"  # the folder of kept watches, beside the runs


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options; what follows the script or the module is the program's own."""
    parser.usage = (
        "gilscope watch [OPTIONS] (SCRIPT.py | -m MODULE) [ARGS ...]\n       gilscope watch [OPTIONS] --pid PID"
    )
    parser.add_argument("--pid", type=int, metavar="PID", help="watch a running process, and leave it running")
    parser.add_argument("--interpreter", metavar="NAME", help='start it under this Python: "3.13", "3.13t", a path')
    parser.add_argument("--duration", type=float, metavar="S", help="watch so many seconds, then end it (or leave it)")
    parser.add_argument("--json", action="store_true", help="print the result; the program prints to errors then")
    parser.add_argument(
        "--csv",
        metavar="FOLDER",
        type=place("--csv", "folder"),
        help="write threads.csv, samples.csv, looks.csv",
    )
    parser.add_argument(
        "--trace", metavar="FILE.json", type=place("--trace", "file"), help="write a trace that Perfetto opens"
    )
    parser.add_argument("--no-history", action="store_true", help="do not keep it")
    parser.add_argument("-m", dest="module", nargs=REMAINDER, metavar="MODULE", help="run a module as a program")
    parser.add_argument("program", nargs=REMAINDER, metavar="SCRIPT.py [ARGS]", help="the program and its arguments")


def run(arguments: Namespace) -> int:
    """Watch; the exit code is the program's own where it ended by itself."""
    if os.name != "posix":
        raise RequestError("watch: starting and attaching works on Linux and macOS")
    _check(arguments)
    if arguments.csv:
        check_folder(arguments.csv)
    if arguments.trace:
        check_file(arguments.trace)
    run_id = new_run_id()
    try:
        with _folder(arguments, run_id) as folder, _guard() as guard:
            return _watch(arguments, run_id, folder, guard)
    except TargetError as error:
        raise RequestError(str(error)) from None


def _check(arguments: Namespace) -> None:
    named = [arguments.pid is not None, arguments.module is not None, bool(arguments.program)]
    if sum(named) != 1 or arguments.module == []:
        raise RequestError("watch: name one thing to watch: SCRIPT.py, -m MODULE, or --pid PID")
    if arguments.duration is not None and not 0.0 < arguments.duration < float("inf"):
        raise RequestError(f"--duration: must be more than 0 seconds, got {arguments.duration:g}")
    if arguments.pid is not None and arguments.interpreter:
        raise RequestError("--interpreter: a process that runs already has one")


def _watch(arguments: Namespace, run_id: str, folder: Path, guard: Guard) -> int:
    python: Mapping[str, Any] = {}
    started: StartedProgram | None = None
    if arguments.pid is not None:
        title, pid = check_attachable(arguments.pid), arguments.pid
        python = {"path": executable_of(pid)}
    else:
        program, python = _program(arguments)
        with _standard_output_to_errors(arguments.json):
            started = StartedProgram(program, guard, {**os.environ, MARK: run_id})
        title, pid = program.title, started.pid
    watch = ProgramMonitor(pid, folder, guard, started=started, mark=f"{MARK}={run_id}")
    with Interrupts() as interrupts:
        ended, exit_code = _until_the_end(watch, started, arguments.duration, interrupts)
    elapsed_s = (watch.end_ns - watch.start_ns) / 1e9
    figures = watch.close()
    result = watch_result(
        run_id,
        title,
        ended=ended,
        exit_code=exit_code,
        seen=watch.seen,
        elapsed_s=elapsed_s,
        figures=figures,
        python=python,
    )
    result["insight"] = watch_sentences(result, usable_cores() or 1)
    write_atomically(folder / RESULT, json.dumps(result, allow_nan=False))
    exported = _export(arguments, result, watch)
    if arguments.json:
        emit_json(result)
    else:
        say(watch_report(result))
    if interrupts.count and not ended:
        return INTERRUPTED
    return exit_code or (DONE if exported else FAILED)


def _until_the_end(
    watch: ProgramMonitor, started: StartedProgram | None, duration_s: float | None, interrupts: Interrupts
) -> tuple[bool, int | None]:
    """Watch; return whether the program ended by itself, and with which exit code if it was started here."""

    def is_stopped() -> bool:
        return interrupts.count > 0

    if started is None:
        return watch.run(duration_s, is_stopped), None
    try:
        with terminal_for(started):
            ended = watch.run(duration_s, is_stopped)
            exit_code = started.exit_code if ended else None
    finally:
        if started.exit_code is None:
            started.interrupt()
        else:
            started.close()
    return ended, exit_code


def _program(arguments: Namespace) -> tuple[Program, Mapping[str, Any]]:
    script = None if arguments.module else arguments.program[0]
    name = arguments.interpreter or (python_beside(script) if script else None)
    # The person runs this program, and with it the environment that stands beside it.
    found = resolve(name, allowed=True)
    python = {
        "path": found.path,
        "version": found.version,
        "implementation": found.implementation,
        "gil_enabled": found.gil_enabled,
    }
    if script is not None:
        return script_program(found.path, script, arguments.program[1:]), python
    return module_program(found.path, arguments.module[0], arguments.module[1:]), python


@contextmanager
def _standard_output_to_errors(wanted: bool) -> Iterator[None]:
    """Have what is started meanwhile print to standard error: standard output is the result's alone."""
    if not wanted:
        yield
        return
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(own, 1)
        os.close(own)


@contextmanager
def _folder(arguments: Namespace, run_id: str) -> Iterator[Path]:
    if arguments.no_history:
        with tempfile.TemporaryDirectory(prefix="gilscope-", ignore_cleanup_errors=True) as temporary:
            yield Path(temporary)
        return
    folder = data_folder() / WATCHES / run_id
    try:
        folder.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise RequestError(f"{folder}: cannot be made ({error.strerror}); watch with --no-history") from None
    yield folder


@contextmanager
def _guard() -> Iterator[Guard]:
    guard = Guard()
    try:
        yield guard
    finally:
        guard.close()


def _export(arguments: Namespace, result: Mapping[str, Any], watch: ProgramMonitor) -> bool:
    from engine.watch.watch_exports import export_watch_csv, export_watch_trace

    done = True
    for export, target in ((export_watch_csv, arguments.csv), (export_watch_trace, arguments.trace)):
        if target is not None:
            try:
                export(result, watch, target)
            except ExportError as error:
                say(f"gilscope: {error}")
                done = False
    return done


VERB = Verb("watch", "watch any Python program: its threads, its GIL, its waits", add_arguments, run)
