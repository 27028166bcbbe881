"""The guard process, a job object in its place, and what both end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.processes.guard import Guard, start_options
from engine.processes.windows_job import Job
from tests.conducting import alive, wait_until

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="there a job object guards")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows another process's environment")


@pytest.fixture
def guard() -> Iterator[Guard]:
    guard = Guard()
    yield guard
    guard.close()


def sleeper(guard: Guard, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], env=guard.marked(os.environ), **options
    )


@posix_only
def test_it_ends_with_its_conductor_and_takes_groups_and_folders_along(guard: Guard, tmp_path: Path) -> None:
    process = sleeper(guard, **start_options())
    guard.watch_group(process.pid)
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "file").write_text("x")
    guard.watch_folder(folder)
    pid = guard.pid
    assert pid is not None
    guard.close()
    assert process.wait(5) == -9
    assert not folder.exists()
    assert not alive(pid)


@posix_only
def test_a_folder_in_which_another_process_still_writes_goes_as_soon_as_it_has_ended(
    guard: Guard, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    writes = (
        "import itertools, os, sys, time\nend = time.monotonic() + 1.0\n"
        "for number in itertools.count():\n"
        "    try: open(os.path.join(sys.argv[1], str(number)), 'w').close()\n"
        "    except FileNotFoundError: break\n"
        "    if number == 100: print('writes', flush=True)\n"
        "    if time.monotonic() > end: break\n"
    )
    with subprocess.Popen([sys.executable, "-c", writes, str(folder)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        guard.watch_folder(folder)
        guard.close()
    wait_until(lambda: not folder.exists())


@posix_only
def test_what_it_was_told_to_forget_is_let_be(guard: Guard, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], **start_options())
    folder = tmp_path / "run"
    folder.mkdir()
    for watch, forget, what in [
        (guard.watch_group, guard.forget_group, process.pid),
        (guard.watch_folder, guard.forget_folder, folder),
    ]:
        watch(what)  # type: ignore[operator]
        forget(what)  # type: ignore[operator]
    guard.close()
    assert process.poll() is None
    assert folder.exists()
    process.kill()
    process.wait()


@linux_only
def test_what_carries_its_mark_is_found_wherever_it_is(guard: Guard) -> None:
    process = sleeper(guard, start_new_session=True)  # never said a word of
    guard.close()
    assert process.wait(5) == -9


@posix_only
def test_a_killed_guard_is_replaced_and_told_everything(guard: Guard) -> None:
    process = sleeper(guard, **start_options())
    guard.watch_group(process.pid)
    first = guard.pid
    assert first is not None
    os.kill(first, 9)
    wait_until(lambda: not alive(first))
    guard.forget_group(2**22 + 5)  # speaking to nobody is no error
    guard.check()
    assert guard.pid not in (None, first)
    guard.close()
    assert process.wait(5) == -9


@linux_only
def test_it_minds_no_signal_but_the_last(guard: Guard) -> None:
    pid = guard.pid
    assert pid is not None
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    wait_until(lambda: all(ignored_by(pid) >> (number - 1) & 1 for number in numbers))
    for number in numbers:
        os.kill(pid, number)
    guard.check()
    assert guard.pid == pid


def ignored_by(pid: int) -> int:
    """Return the signals that a process ignores, as bits."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("SigIgn")).split()[1], 16)


class Kernel:
    """What Windows would answer; `refuses` names the call that fails."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.flags = 0

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> int:
            self.calls.append((name, arguments))
            if name == "SetInformationJobObject":
                self.flags = arguments[2]._obj.BasicLimitInformation.LimitFlags
            return 0 if name == self.refuses else 77

        return call


def test_a_job_ends_its_processes_with_its_last_handle() -> None:
    kernel = Kernel()
    job = Job(kernel)
    job.add_self()
    job.add(123)
    job.end()
    job.end()
    assert kernel.flags == 0x2000  # JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
    names = [name for name, _ in kernel.calls]
    assert names == [
        "CreateJobObjectW", "SetInformationJobObject", "GetCurrentProcess", "AssignProcessToJobObject",
        "OpenProcess", "AssignProcessToJobObject", "CloseHandle", "TerminateJobObject", "CloseHandle",
    ]  # fmt: skip
    assert ("OpenProcess", (0x0101, False, 123)) in kernel.calls


@pytest.mark.parametrize(
    "refuses", ["CreateJobObjectW", "SetInformationJobObject", "OpenProcess", "AssignProcessToJobObject"]
)
def test_a_system_that_refuses_a_job_is_an_error(refuses: str) -> None:
    kernel = Kernel(refuses)
    with pytest.raises(OSError, match="failed: error 77"):
        Job(kernel).add(123)
    opened = [name for name, _ in kernel.calls].count("OpenProcess") - (refuses == "OpenProcess")
    assert [name for name, _ in kernel.calls].count("CloseHandle") == opened


def test_under_a_job_there_is_no_guard_process() -> None:
    kernel = Kernel()
    guard = Guard(job=Job(kernel))
    guard.watch_group(5)
    guard.check()
    guard.close()
    assert guard.pid is None
    assert "AssignProcessToJobObject" in [name for name, _ in kernel.calls]
