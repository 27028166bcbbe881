"""`gilscope doctor`: checks whether this machine has all that Gilscope needs."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from engine.commandline.console import emit, emit_json, say
from engine.commandline.verb import DONE, FAILED, FailedError, Verb
from engine.log_file import log_path, older_path

_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result. Without an `essential` thing nothing runs; without another, some figures are missing."""

    name: str
    ok: bool
    essential: bool
    text: str


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--log", action="store_true", help="print the log of the window and the engine instead")


def run(arguments: Namespace) -> int:
    """Check everything; return FAILED if something essential is missing."""
    if arguments.log:
        return _print_log()
    findings = [finding for look in _LOOKS for finding in look()]
    if arguments.json:
        emit_json([asdict(finding) for finding in findings])
    else:
        emit("\n".join(_line(finding) for finding in findings))
    return FAILED if any(finding.essential and not finding.ok for finding in findings) else DONE


def _print_log() -> int:
    """Print the log, the oldest lines first."""
    path = log_path()
    if path is None:
        raise FailedError("this user has no home folder, and so no log; set GILSCOPE_STATE to a folder")
    files = [file for file in (older_path(path), path) if file.exists()]
    if not files:
        say(f"gilscope: there is no log yet: {path}")
    for file in files:
        emit(file.read_text(encoding="utf-8", errors="replace").rstrip("\n"))
    return DONE


def _line(finding: Finding) -> str:
    state = "ok     " if finding.ok else "PROBLEM" if finding.essential else "without"
    return f"{state}  {finding.name}: {finding.text}"


def _python() -> Iterator[Finding]:
    version = f"{platform.python_implementation()} {platform.python_version()} ({sys.executable})"
    yield Finding("Python", sys.version_info >= (3, 11), True, f"{version}; 3.11 or later is needed")


def _clock() -> Iterator[Finding]:
    clock = time.get_clock_info("perf_counter")
    text = f"{clock.implementation}, resolution {clock.resolution * 1e9:g} ns"
    yield Finding("clock", clock.monotonic and clock.resolution <= 1e-6, True, text)


def _libraries() -> Iterator[Finding]:
    for name in ("psutil", "numpy", "platformdirs", "tomlkit", "findpython"):
        try:
            module = __import__(name)
        except ImportError as error:
            yield Finding(name, False, True, f"cannot be imported: {error}")
        else:
            yield Finding(name, True, True, str(getattr(module, "__version__", "there")))


def _schedstat() -> Iterator[Finding]:
    name = "time in the run queue"
    if sys.platform != "linux":
        yield Finding(name, False, False, f"not reported by {sys.platform}; counted as waiting for the GIL")
        return
    try:
        text = Path("/proc/self/task", str(os.getpid()), "schedstat").read_text(encoding="ascii")
    except OSError as error:
        yield Finding(name, False, False, f"no schedstat ({error.strerror}); counted as waiting for the GIL")
    else:
        counting = int(text.split()[0]) > 0
        yield Finding(name, counting, False, "schedstat" if counting else "schedstat is switched off: all zero")


def _witness() -> Iterator[Finding]:
    from engine.witness.witness import how_to_look

    name = "what threads wait for"
    method, reason = how_to_look()
    if method == "process":
        yield Finding(name, True, False, "seen from outside, by a separate process")
    elif method == "thread":
        yield Finding(name, True, False, f"seen from outside, by a thread of the conductor: {reason}")
    else:
        yield Finding(name, False, False, f"not seen, waiting for the GIL is estimated: {reason}")


def _data_folder() -> Iterator[Finding]:
    from engine.history.data_folder import data_folder
    from engine.history.store import HistoryError, Store

    try:
        with Store() as store, tempfile.TemporaryFile(dir=store.runs_folder) as file:
            file.write(b"x")
            count = len(store.runs())
    except (HistoryError, OSError) as error:
        yield Finding("history", False, True, str(error))
    else:
        yield Finding("history", True, True, f"{data_folder()}, {count} runs")


def _window() -> Iterator[Finding]:
    from engine.window_needs import window_problem

    code = "import PySide6.QtWidgets as w; import PySide6; w.QApplication([]); print(PySide6.__version__)"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        said = done.stderr.strip().rpartition("\n")[2]
        text = f"PySide6 {done.stdout.strip()}" if done.returncode == 0 else said or f"exit code {done.returncode}"
        yield Finding("Qt", done.returncode == 0, True, text)
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Finding("Qt", False, True, str(error))
    problem = window_problem()
    # Without a display the command line still works.
    yield Finding("display", problem is None, False, problem or "a window can open")


def _interpreters() -> Iterator[Finding]:
    from engine.commandline.offers import search_interpreters
    from engine.wire.client import ConductorError

    try:
        found = search_interpreters()
    except ConductorError as error:
        yield Finding("engine", False, True, str(error))
        return
    usable = [each for each in found if not each.problem]
    free = [each for each in usable if each.free_threaded]
    yield Finding("engine", True, True, "the conductor answers")
    names = ", ".join(dict.fromkeys(each.name for each in usable))
    yield Finding("interpreters", bool(usable), True, f"{len(usable)} of {len(found)} can be used: {names}")
    text = ", ".join(each.path for each in free)
    yield Finding("free-threaded Python", bool(free), False, text or "none was found")


_LOOKS: Final[tuple[Callable[[], Iterator[Finding]], ...]] = (
    _python,
    _clock,
    _libraries,
    _schedstat,
    _witness,
    _data_folder,
    _window,
    _interpreters,
)
VERB = Verb("doctor", "say what this machine has, and lacks, for Gilscope", add_arguments, run)
