"""Programs of known truth, watched from outside: what their threads wait for, and that they are left as they are."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands import COMMAND, environment, gilscope, watched
from tests.conducting import alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what threads wait for")

SPINNERS = """
import threading, time
def spin():
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        pass
threads = [threading.Thread(target=spin) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
ONE_LOCK = """
import threading, time
lock = threading.Lock()
def work():
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        with lock:
            time.sleep(0.02)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
SLEEPER = "import time\ntime.sleep(1.2)\n"
QUEUE = """
import queue, threading, time
q = queue.Queue()
thread = threading.Thread(target=q.get)
thread.start()
time.sleep(1.2)
q.put(None)
thread.join()
"""
STUCK = """
import threading
locks = [threading.Lock(), threading.Lock()]
ready = threading.Barrier(2)
def take(first, second):
    with locks[first]:
        ready.wait()
        with locks[second]:
            pass
threads = [threading.Thread(target=take, args=pair) for pair in ((0, 1), (1, 0))]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
POOL = """
import multiprocessing as mp, time
def work(n):
    end = time.monotonic() + 0.3
    while time.monotonic() < end: pass
    return n
if __name__ == "__main__":
    with mp.get_context("spawn").Pool(2) as pool:
        print(sum(pool.map(work, range(4))))
"""


def share(result: dict[str, Any], state: str, *, busiest: int) -> float:
    """Return the part of the time of the threads that were there longest, but for the main one, in a state."""
    threads = [row for row in result["threads"] if row["pid"] != row["tid"]] or result["threads"]
    threads = sorted(threads, key=lambda row: -sum(value or 0.0 for value in row["ledger_s"].values()))[:busiest]
    whole = sum(sum(value or 0.0 for value in row["ledger_s"].values()) for row in threads)
    return sum((row["ledger_s"][state] or 0.0) for row in threads) / whole


def test_two_spinners_share_the_gil(tmp_path: Path) -> None:
    result = watched(tmp_path, SPINNERS)
    assert (result["kind"], result["status"], result["exit_code"]) == ("watch", "finished", 0)
    assert result["witness"]["looks"] > 50
    # Each has the GIL half of the time. On a busy machine both also wait for a core, whoever has the GIL.
    gil_wait, cpu = share(result, "gil_wait", busiest=2), share(result, "cpu", busiest=2)
    assert gil_wait > 0.25 * (gil_wait + cpu)
    assert share(result, "lock_wait", busiest=2) < 0.1
    assert share(result, "io_wait", busiest=2) < 0.1
    [gil] = result["gil"]
    assert sum(gil["held_s"].values()) > 0.3
    main = next(row for row in result["threads"] if row["pid"] == row["tid"])
    assert main["ledger_s"]["lock_wait"] > 0.5 * result["elapsed_s"]  # it waits in join


def test_threads_that_share_one_lock_wait_for_it_and_not_for_the_gil(tmp_path: Path) -> None:
    result = watched(tmp_path, ONE_LOCK)
    assert share(result, "lock_wait", busiest=4) == pytest.approx(0.75, abs=0.15)
    assert share(result, "gil_wait", busiest=4) < 0.05
    shared = max(result["locks"], key=lambda lock: len(lock["waited_s"]))
    assert len(shared["waited_s"]) == 4
    assert any("waited for the same lock" in sentence for sentence in result["insight"])


def test_a_program_that_sleeps_waits_in_sleep(tmp_path: Path) -> None:
    result = watched(tmp_path, SLEEPER)
    [main] = [row for row in result["threads"] if row["pid"] == row["tid"]]
    assert main["waits_s"]["sleep"] > 0.8
    assert main["ledger_s"]["gil_wait"] < 0.05
    assert not any("GIL" in sentence for sentence in result["insight"])


def test_waiting_for_a_queue_is_waiting_for_a_lock(tmp_path: Path) -> None:
    result = watched(tmp_path, QUEUE)
    assert share(result, "lock_wait", busiest=1) > 0.7


def test_a_deadlock_is_seen_and_ended_with_the_watch(tmp_path: Path) -> None:
    result = watched(tmp_path, STUCK, "--duration", "1.5")
    assert (result["status"], result["exit_code"]) == ("stopped", None)
    assert any("a deadlock, or nothing to do?" in sentence for sentence in result["insight"])
    assert all(not alive(row["pid"]) for row in result["threads"])


def test_the_processes_of_a_pool_are_seen(tmp_path: Path) -> None:
    result = watched(tmp_path, POOL)
    assert result["status"] == "finished"
    assert result["processes"]["peak"] >= 3
    assert len({row["pid"] for row in result["threads"]}) >= 3


def test_output_input_arguments_and_exit_code_are_the_programs_own(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text("import sys\nprint(input(), sys.argv[1:])\nsys.exit(7)\n", encoding="utf-8")
    ended = subprocess.run(
        [*COMMAND, "watch", "--no-history", str(script), "a", "--json"],
        env=environment(tmp_path / "data"),
        input="typed\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == "typed ['a', '--json']\n"
    assert ended.returncode == 7
    assert "the program ended with exit code 7" in ended.stderr
    assert not (tmp_path / "data" / "watches").exists()


def test_a_module_runs_as_one(tmp_path: Path) -> None:
    ended = gilscope(tmp_path / "data", "watch", "-m", "json.tool", "--help")
    assert ended.returncode == 0
    assert "usage" in ended.stdout


def test_a_process_that_is_attached_to_is_left_running(tmp_path: Path) -> None:
    program = subprocess.Popen([sys.executable, "-c", ONE_LOCK.replace("1.5", "60")])
    try:
        ended = gilscope(tmp_path / "data", "watch", "--pid", str(program.pid), "--duration", "1.2", "--json")
        assert ended.returncode == 0, ended.stderr
        result = json.loads(ended.stdout)
        assert result["status"] == "stopped"
        assert share(result, "lock_wait", busiest=4) == pytest.approx(0.75, abs=0.2)
        assert program.poll() is None
    finally:
        program.kill()
        program.wait()


@pytest.mark.parametrize("killed", [signal.SIGKILL, signal.SIGINT])
def test_a_program_that_was_started_ends_with_the_command(tmp_path: Path, killed: signal.Signals) -> None:
    pid_file = tmp_path / "pid"
    script = tmp_path / "program.py"
    script.write_text(
        f"import os, time\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(100)\n", encoding="utf-8"
    )
    command = subprocess.Popen(
        [*COMMAND, "watch", str(script)], env=environment(tmp_path / "data"), stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: pid_file.exists() and pid_file.read_text())
    pid = int(pid_file.read_text())
    os.kill(command.pid, killed)
    _, errors = command.communicate(timeout=30)
    assert command.returncode == (130 if killed == signal.SIGINT else -signal.SIGKILL), errors
    wait_until(lambda: not alive(pid), 10.0)


def test_what_was_seen_is_written(tmp_path: Path) -> None:
    watched(tmp_path, ONE_LOCK, "--csv", tmp_path / "csv", "--trace", tmp_path / "trace.json")
    for name, columns in (
        ("threads", {"pid", "tid", "name", "lock_wait_s", "waited_sleep_s"}),
        ("samples", {"t_s", "measure", "value"}),
        ("looks", {"t_s", "tid", "state", "call", "on"}),
    ):
        with open(tmp_path / "csv" / f"{name}.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows
        assert columns <= rows[0].keys()
    events = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))["traceEvents"]
    assert {"lock", "sleep"} <= {event["name"] for event in events if event["ph"] == "X"}
    assert any(event["ph"] == "M" and event["args"]["name"] == "GIL" for event in events)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.py",), "nowhere.py: there is no such file"),
        ((sys.executable,), "is not Python source"),
        (("--pid", "99999999"), "process 99999999: there is no such process"),
        (("--pid", "-1"), "process -1: there is no such process"),
        ((), "name one thing to watch"),
        (("-m",), "name one thing to watch"),
        (("--pid", "1", "program.py"), "name one thing to watch"),
        (("--duration", "0", "program.py"), "--duration: must be more than 0 seconds"),
        (("--interpreter", "3.99", __file__), "gilscope: there is no 3.99 on this machine"),
    ],
)
def test_what_cannot_be_watched_is_one_line(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    ended = gilscope(tmp_path / "data", "watch", "--no-history", *arguments)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_process_that_runs_no_python_is_refused(tmp_path: Path) -> None:
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        ended = gilscope(tmp_path / "data", "watch", "--pid", str(sleeper.pid))
        assert (ended.returncode, ended.stderr) == (2, f"gilscope: process {sleeper.pid}: sleep does not run Python\n")
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_script_that_is_a_circle_of_links_is_refused_and_one_that_is_a_pipe_is_left_to_the_program(
    tmp_path: Path,
) -> None:
    (tmp_path / "round.py").symlink_to(tmp_path / "round.py")
    ended = gilscope(tmp_path / "data", "watch", tmp_path / "round.py")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert "cannot be read" in ended.stderr
    read, write = os.pipe()
    os.write(write, b"print('read once')")
    os.close(write)
    piped = subprocess.run(
        [*COMMAND, "watch", "--no-history", f"/dev/fd/{read}"],
        env=environment(tmp_path / "data"),
        pass_fds=(read,),
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(read)
    assert (piped.returncode, piped.stdout) == (0, "read once\n"), piped.stderr


def test_a_program_that_a_signal_ended_is_told_of_by_its_signal(tmp_path: Path) -> None:
    source = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n"
    result = watched(tmp_path, source)
    assert (result["exit_code"], result["reason"]) == (143, "the program was ended by SIGTERM")
    result = watched(tmp_path, "raise SystemExit(143)")
    assert (result["exit_code"], result["reason"]) == (143, "the program ended with exit code 143")


def test_the_report_tells_what_threads_waited_for(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(SLEEPER)
    ended = gilscope(tmp_path / "data", "watch", "--no-history", script)
    (line,) = (line for line in ended.stderr.splitlines() if line.startswith("  MainThread: "))
    assert "sleeping" in line
    assert "I/O" not in line


def test_a_child_that_runs_no_python_is_called_as_its_program(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text("import subprocess\nsubprocess.run(['sleep', '1.2'])\n")
    ended = gilscope(tmp_path / "data", "watch", "--no-history", script)
    told = [line.split(":")[0].strip() for line in ended.stderr.splitlines() if line.startswith("  ")]
    assert told == ["MainThread", "sleep"], ended.stderr
