"""An hour of 50 threads, watched: the memory of the window and of its conductor, and what is kept on disk.

`python -m tests.benchmarks.watch_hour [MINUTES]`; needs Xvfb; exits 1 where a goal is missed. The window watches one
program, `gilscope watch` a second one of the same kind, both for as long; every minute a line says how much each takes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from engine.wire.watch_messages import WatchTarget
from gui.screenshots import wait
from gui.workbench import Workbench
from tests.benchmarks import harness
from tests.benchmarks.live_window import application, live_window
from tests.commands import COMMAND, environment

MINUTES: Final = 60.0
MOST_DISK_MB: Final = 100.0
MOST_WINDOW_MB: Final = 300.0
LOOK_MS: Final = 5_000
PAGES: Final = 3  # Live, Timeline, Processes: another one each minute
END_S: Final = 120.0
# Fifty threads that do little: the machine has few cores, and it is the number of looks that counts.
PROGRAM: Final = """
import queue, sys, threading, time
until = time.monotonic() + float(sys.argv[1])
lock, items = threading.Lock(), queue.Queue(100)
def sleeps(number):
    while time.monotonic() < until: time.sleep(0.05 + number / 100)
def locks(number):
    while time.monotonic() < until:
        with lock: time.sleep(0.02)
        time.sleep(0.1)
def puts(number):
    while time.monotonic() < until:
        items.put(number)
        time.sleep(0.1)
def gets(number):
    while time.monotonic() < until:
        try: items.get(timeout=1.0)
        except queue.Empty: pass
def computes(number):
    while time.monotonic() < until:
        begun = time.thread_time()
        while time.thread_time() - begun < 0.003: sum(range(1_000))
        time.sleep(1.0)
kinds = [(sleeps, 14), (locks, 10), (puts, 5), (gets, 10), (computes, 10)]  # and the main thread
threads = [threading.Thread(target=work, args=(each,)) for work, count in kinds for each in range(count)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def main(minutes: float) -> int:
    """Measure, print, and return the exit code."""
    with tempfile.TemporaryDirectory(prefix="gilscope-benchmark-") as folder, application("xcb"):
        data = Path(folder, "window")
        os.environ["GILSCOPE_DATA"] = str(data)
        script = Path(folder, "fifty_threads.py")
        script.write_text(PROGRAM)
        with _command(script, Path(folder, "command"), minutes) as command, live_window() as workbench:
            found = _watch(workbench, script, minutes, data, command)
            _end_command(command)
        figures = {
            "window": (found["window"], MOST_WINDOW_MB),
            "conductor": (found["conductor"], None),
            "kept on disk, window": ([_mb_below(data)], MOST_DISK_MB),
            "kept on disk, command": ([_mb_below(Path(folder, "command"))], MOST_DISK_MB),
        }
        title = f"{minutes:g} minutes of 50 threads"
        met = [harness.report_figure(f"{title}: {name}", "MB", [max(mb)], goal) for name, (mb, goal) in figures.items()]
    return 0 if all(met) else 1


def _watch(
    workbench: Workbench, script: Path, minutes: float, data: Path, command: subprocess.Popen[bytes]
) -> dict[str, list[float]]:
    """Watch the program in the window until it has ended; return the memory of each process in MB, look by look."""
    watched = {"window": psutil.Process(), "conductor": psutil.Process(workbench.conductor.pid)}
    watched["command"] = psutil.Process(command.pid)
    watched |= {f"command's {place}": each for place, each in enumerate(_engine_of(command))}
    found: dict[str, list[float]] = {name: [] for name in watched}
    begun_s, minute = time.monotonic(), 0
    workbench.watches.watch(WatchTarget(str(script), arguments=(str(60 * minutes),), folder=str(script.parent)))
    assert workbench.session.running, [each.text for each in workbench.window.messages.messages]
    while workbench.session.running:
        wait(LOOK_MS)
        for name, process in watched.items():
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found[name].append(_mb_of(process))
        if time.monotonic() - begun_s >= 60 * minute:
            workbench.window.pages.setCurrentIndex(minute % PAGES)
            _print(minute, watched, found, data)
            minute += 1
    run = workbench.session.data
    assert run is not None
    assert run.result is not None, run.reason
    workbench.window.pages.setCurrentIndex(1)
    wait(LOOK_MS)
    found["window"].append(_mb_of(watched["window"]))
    _print(minute, watched, found, data)
    return found


def _print(minute: int, watched: dict[str, psutil.Process], found: dict[str, list[float]], data: Path) -> None:
    parts = [f"{name} {mb[-1]:.0f} MB" for name, mb in found.items() if mb]
    used = [f"{name} {sum(each.cpu_times()[:2]):.0f} s" for name, each in watched.items() if each.is_running()]
    disk = f"disk {_mb_below(data):.1f} and {_mb_below(data.parent / 'command'):.1f} MB"
    print(f"minute {minute}: {', '.join(parts)}; {disk}; processor time: {', '.join(used)}", flush=True)


def _mb_of(process: psutil.Process) -> float:
    return float(process.memory_info().rss / 1e6)


def _mb_below(folder: Path) -> float:
    """Return what the files below a folder take on disk, which for a sparse file is less than its length."""
    return sum(each.stat().st_blocks * 512 for each in folder.rglob("*") if each.is_file()) / 1e6


@contextmanager
def _command(script: Path, data: Path, minutes: float) -> Iterator[subprocess.Popen[bytes]]:
    command = [*COMMAND, "watch", str(script), str(60 * minutes)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment(data), stdin=quiet, stdout=quiet) as watch:
        try:
            yield watch
        finally:
            if watch.poll() is None:
                watch.terminate()


def _engine_of(command: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the processes below the command that are its own: its engine, not the program."""
    for _ in range(100):
        found = psutil.Process(command.pid).children()
        if found:
            return found
        wait(200)
    return []


def _end_command(command: subprocess.Popen[bytes]) -> None:
    """Wait for the command to end by itself."""
    command.wait(END_S)
    print(f"the command ended with {command.returncode}", flush=True)


if __name__ == "__main__":
    parser = harness.parser_of("watch_hour", __doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=MINUTES, help="how long")
    sys.exit(main(parser.parse_args().minutes))
