"""What every test stands on: no display, no person's own folders, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.taking_turns import Turns, turns_of

# Set before anything of Qt or ours is imported: windows are drawn, but never on a person's screen (a test that wants a
# real one starts a server of its own), and nothing is read from or written to a person's own settings and history.
_home = Path(tempfile.mkdtemp(prefix="gilscope-tests-"))
os.environ["QT_QPA_PLATFORM"] = "offscreen"
for _name, _folder in {
    "GILSCOPE_DATA": "data",
    "GILSCOPE_CACHE": "cache",
    "GILSCOPE_CONFIG": "config",
    "GILSCOPE_STATE": "state",
    "XDG_CONFIG_HOME": "xdg-config",
    "XDG_DATA_HOME": "xdg-data",
}.items():
    (_home / _folder).mkdir()
    os.environ[_name] = str(_home / _folder)

# Some hundred processes are started: each would compile all that it imports, where a machine has Python keep nothing.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What is started in the background ignores Ctrl+C, or (nohup) a terminal that is closed; so would all that starts here.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

LEFT_AFTER_S = 5.0  # how long a test's processes and threads may take to end after it


def pytest_sessionfinish() -> None:
    """Remove the session's folder."""
    shutil.rmtree(_home, ignore_errors=True)


@pytest.fixture(scope="session")
def _turns() -> Iterator[Turns | None]:
    """Return the turns of the processes that share this suite, if there are several."""
    turns = turns_of(os.environ.get("PYTEST_XDIST_TESTRUNUID"))
    yield turns
    if turns is not None:
        turns.close()


@pytest.fixture(autouse=True)
def _in_turn(request: pytest.FixtureRequest, _turns: Turns | None) -> Iterator[None]:
    """Have no test run beside one that is marked `alone`."""
    if _turns is None:
        yield
        return
    with _turns.turn(alone=request.node.get_closest_marker("alone") is not None):
        yield


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test after which a process or a thread goes on that was not there before it.

    A fixture that lives longer than the test must be asked for before the test runs, as pytest does anyway.
    """
    processes, threads = _processes(), _threads()
    yield
    deadline = time.monotonic() + LEFT_AFTER_S
    while True:
        left = [f"process {_described(each)}" for each in _processes() - processes]
        left += [f"thread {each.name}" for each in _threads() - threads]
        if not left:
            return
        if time.monotonic() > deadline:
            pytest.fail(f"left behind by {request.node.name}: {', '.join(left)}")
        time.sleep(0.02)


def _processes() -> set[psutil.Process]:
    """Return the processes under this one; those that the standard library keeps until this one ends do not count."""
    if not _has_children():
        return set()
    return {each for each in psutil.Process().children(recursive=True) if not _is_kept(each)}


def _has_children() -> bool:
    """Whether this process has any; asked in microseconds, where a look at all processes takes some milliseconds."""
    if not hasattr(os, "waitid"):
        return True  # not known
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _is_kept(process: psutil.Process) -> bool:
    try:
        command = " ".join(process.cmdline())
    except psutil.Error:
        return True  # it is gone
    return "multiprocessing.resource_tracker" in command or "multiprocessing.forkserver" in command


def _described(process: psutil.Process) -> str:
    try:
        return f"{process.pid} ({process.status()}): {' '.join(process.cmdline())}"
    except psutil.Error:
        return str(process.pid)


def _threads() -> set[threading.Thread]:
    # A thread of Qt's that has called into Python has no end that threading knows of.
    return {each for each in threading.enumerate() if not isinstance(each, threading._DummyThread)}
