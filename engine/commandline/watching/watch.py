"""`gilscope watch`: any Python program, seen from outside, without a window."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from argparse import REMAINDER, ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.commandline.console import emit_json, say
from engine.commandline.interrupts import Interrupts
from engine.commandline.kept import export_each
from engine.commandline.targets import place
from engine.commandline.verb import DONE, FAILED, INTERRUPTED, RequestError, Verb
from engine.commandline.watching.watch_report import watch_report
from engine.commandline.watching.where import show_where
from engine.history.store import HistoryError, Store
from engine.processes.guard import Guard
from engine.record.atomic_folder import check_file, check_folder
from engine.record.run_folder import RunFolderError, new_run_id
from engine.watch.life import WatchLife
from engine.watch.stacks import MISSING, find_py_spy
from engine.watch.started_program import StartedProgram, terminal_for
from engine.watch.target import Target, TargetError, find_target
from engine.watch.watch_result import printed_watch
from engine.watch.watching import EVERY_S, WatchPlan
from engine.wire.watch_messages import WatchTarget
from engine.witness.looker import DEFAULT_BUDGET
from engine.witness.platforms import become_adopter, this_platform


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options; arguments after the script or the module belong to the program."""
    parser.usage = (
        "gilscope watch [OPTIONS] (SCRIPT.py | -m MODULE) [ARGS ...]\n       gilscope watch [OPTIONS] --pid PID"
    )
    parser.add_argument("--pid", type=int, metavar="PID", help="watch a running process, and leave it running")
    parser.add_argument("--interpreter", metavar="NAME", help='start it under this Python: "3.13", "3.13t", a path')
    parser.add_argument(
        "--duration", type=float, metavar="S", help="watch for S seconds, then end (or leave) the program"
    )
    parser.add_argument("--json", action="store_true", help="print JSON; the program's output goes to standard error")
    parser.add_argument(
        "--csv",
        metavar="FOLDER",
        type=place("--csv", "folder"),
        help="write threads.csv, samples.csv, looks.csv",
    )
    parser.add_argument(
        "--trace", metavar="FILE.json", type=place("--trace", "file"), help="write a trace that Perfetto opens"
    )
    parser.add_argument(
        "--stacks", action="store_true", help="sample Python stacks with py-spy, and tell which functions hold the GIL"
    )
    parser.add_argument(
        "--where", action="store_true", help="with --pid: print every thread's Python stack and state now, and end"
    )
    parser.add_argument("--no-history", action="store_true", help="do not keep it")
    parser.add_argument("-m", dest="module", nargs=REMAINDER, metavar="MODULE", help="run a module as a program")
    parser.add_argument("program", nargs=REMAINDER, metavar="SCRIPT.py [ARGS]", help="the program and its arguments")


def run(arguments: Namespace) -> int:
    """Watch; return the program's own exit code if it ended by itself."""
    if os.name != "posix":
        raise RequestError("watch: starting and attaching works on Linux and macOS")
    _check(arguments)
    if arguments.csv:
        check_folder(arguments.csv)
    if arguments.trace:
        check_file(arguments.trace)
    run_id = new_run_id()
    try:
        target = find_target(_wanted(arguments))
        if arguments.where:
            return show_where(target.pid or 0, as_json=arguments.json)
        with _guard() as guard, _folder(arguments, run_id, guard) as folder:
            return _watch(arguments, run_id, target, folder, guard)
    except TargetError as error:
        raise RequestError(str(error)) from None


def _check(arguments: Namespace) -> None:
    named = [arguments.pid is not None, arguments.module is not None, bool(arguments.program)]
    if sum(named) != 1 or arguments.module == []:
        raise RequestError("watch: name one thing to watch: SCRIPT.py, -m MODULE, or --pid PID")
    if arguments.duration is not None and not 0.0 < arguments.duration < float("inf"):
        raise RequestError(f"--duration: must be more than 0 seconds, got {arguments.duration:g}")
    if arguments.where and arguments.pid is None:
        raise RequestError("--where: name a running process with --pid")
    if arguments.stacks and find_py_spy() is None:
        raise RequestError(f"--stacks: {MISSING}")
    if arguments.pid is not None and arguments.interpreter:
        raise RequestError("--interpreter: a process that runs already has one")


def _wanted(arguments: Namespace) -> WatchTarget:
    module = (arguments.module or [""])[0]
    script = "" if module or not arguments.program else arguments.program[0]
    own = arguments.module[1:] if arguments.module else arguments.program[1:]
    return WatchTarget(script, module, tuple(own), arguments.interpreter, pid=arguments.pid)


def _watch(arguments: Namespace, run_id: str, target: Target, folder: Path, guard: Guard) -> int:
    adopter = become_adopter() if target.program is not None else None
    plan = WatchPlan(run_id, target, folder, time.perf_counter_ns(), DEFAULT_BUDGET, adopter)
    with _standard_output_to_errors(arguments.json):
        life = WatchLife(plan, guard, this_platform())
    if arguments.stacks:
        life.watching.stacks.sampler.start()
    with Interrupts() as interrupts:
        _until_the_end(life, arguments.duration, interrupts)
    result = life.conclude()
    _keep(arguments, run_id)
    exported = export_each(folder, csv=arguments.csv, trace=arguments.trace)
    if arguments.json:
        emit_json(printed_watch(result))
    else:
        say(watch_report(printed_watch(result)))
    if interrupts.count and not life.ended:
        return INTERRUPTED
    return result.exit_code or (DONE if exported else FAILED)


def _until_the_end(life: WatchLife, duration_s: float | None, interrupts: Interrupts) -> None:
    """Watch until the program ends, `duration_s` is over, or a person interrupts."""
    start_s = time.monotonic()
    with contextlib.ExitStack() as stack:
        if life.started is not None:
            stack.callback(life.leave, StartedProgram.interrupt)
            stack.enter_context(terminal_for(life.started))
        else:
            stack.callback(life.leave, StartedProgram.close)
        while True:
            life.turn()
            elapsed_s = time.monotonic() - start_s
            if life.ended or interrupts.count or (duration_s is not None and elapsed_s >= duration_s):
                return
            pause_s = EVERY_S if duration_s is None else min(EVERY_S, max(0.0, duration_s - elapsed_s))
            # Read more often in the first moments, because the program may end at once.
            life.wait(min(pause_s, max(0.01, elapsed_s / 10)))


def _keep(arguments: Namespace, run_id: str) -> None:
    if arguments.no_history:
        return
    try:
        with Store() as store:
            store.add(run_id)
            store.prune()
    except (HistoryError, RunFolderError) as error:
        say(f"gilscope: the watch could not be taken into the history: {error}")


@contextmanager
def _standard_output_to_errors(wanted: bool) -> Iterator[None]:
    """Make programs started meanwhile print to standard error, and keep standard output for the result."""
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
def _folder(arguments: Namespace, run_id: str, guard: Guard) -> Iterator[Path]:
    if arguments.no_history:
        with tempfile.TemporaryDirectory(prefix="gilscope-", ignore_cleanup_errors=True) as temporary:
            guard.watch_folder(Path(temporary))  # it is removed, too, if this process is killed
            yield Path(temporary, run_id)
        return
    try:
        with Store() as store:
            folder = store.folder_of(run_id)
    except HistoryError as error:
        raise RequestError(f"{error}; watch with --no-history") from None
    yield folder


@contextmanager
def _guard() -> Iterator[Guard]:
    guard = Guard()
    try:
        yield guard
    finally:
        guard.close()


VERB = Verb("watch", "watch any Python program: its threads, its GIL, its waits", add_arguments, run)
