"""What being watched costs a program: its own processor time, watched and not, in turn.

`python -m tests.benchmarks.watch_cost`; exits 1 where a program is slowed by more than 1 %. Each program does a fixed
amount of work and runs all the time; in each pair it does the same work once while `gilscope watch --pid` looks at it,
and once while every process of the watch is stopped. What it takes is its own processor time, which others on the
machine change little; turns are short, so that they change both of a pair alike.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

import psutil

from engine.record.look_file import HEADER_SIZE, LOOKS
from tests.benchmarks import harness
from tests.commands import COMMAND, environment
from tests.conducting import wait_until

MOST: Final = 1.01
PAIRS: Final = 41
SESSIONS: Final = 11  # each with another program: where its threads run and meet differs more than turns do
# A line of input is a turn of work; the line that comes back is the processor time that it took.
COMPUTES: Final = """
import sys, time
for line in sys.stdin:
    begin = time.process_time()
    total = 0
    for number in range(1_500_000): total += number & 7
    print(time.process_time() - begin, flush=True)
"""
SWITCHES: Final = """
import sys, threading, time
def work():
    total = 0
    for number in range(375_000): total += number & 7
for line in sys.stdin:
    begin = time.process_time()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(time.process_time() - begin, flush=True)
"""
PROGRAMS: Final = {"one thread that computes": COMPUTES, "four threads that share the GIL": SWITCHES}


def main() -> int:
    """Measure, print, and return the exit code."""
    harness.parser_of("watch_cost", __doc__).parse_args()
    met = [_measure(title, source) for title, source in PROGRAMS.items()]
    return 0 if all(met) else 1


def _measure(title: str, source: str) -> bool:
    sessions = [_session(f"{title}, {number + 1} of {SESSIONS}", source) for number in range(SESSIONS)]
    watched, alone = zip(*sessions, strict=True)
    return harness.report_ratio(harness.Comparison(title, watched, alone), MOST, at_least=False)


def _session(title: str, source: str) -> tuple[float, float]:
    """Return what a turn takes a program that was just started, watched and alone: medians."""
    with _program(source) as program, tempfile.TemporaryDirectory() as folder:

        def turn() -> float:
            assert program.stdin is not None
            assert program.stdout is not None
            program.stdin.write("turn\n")
            program.stdin.flush()
            return float(program.stdout.readline())

        def watched() -> float:
            _tell(processes, signal.SIGCONT)
            return turn()

        def alone() -> float:
            _tell(processes, signal.SIGSTOP)
            return turn()

        turn()
        with _watch(program.pid, folder) as processes:
            compared = harness.measure(title, watched, alone, PAIRS)
    return median(compared.ours), median(compared.plain)


def _tell(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        process.send_signal(number)


@contextmanager
def _program(source: str) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", source], stdin=pipe, stdout=pipe, text=True) as program:
        try:
            yield program
        finally:
            program.kill()


@contextmanager
def _watch(pid: int, folder: str) -> Iterator[list[psutil.Process]]:
    """Watch a process; yield the processes of the watch, from when threads are looked at."""
    data = Path(folder, "data")
    command = [*COMMAND, "watch", "--pid", str(pid)]
    watch = subprocess.Popen(command, env=environment(data), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    processes: list[psutil.Process] = []
    try:
        wait_until(lambda: watch.poll() is not None or any(_has_looks(path) for path in data.glob(f"*/*/{LOOKS}")))
        if watch.poll() is not None:
            raise RuntimeError(f"the watch ended with {watch.returncode}")
        own = psutil.Process(watch.pid)
        processes += [own, *own.children(recursive=True)]
        yield processes
    finally:
        _tell([each for each in processes if each.is_running()], signal.SIGCONT)
        watch.send_signal(signal.SIGINT)
        watch.wait()


def _has_looks(path: Path) -> bool:
    return path.stat().st_size > HEADER_SIZE


if __name__ == "__main__":
    sys.exit(main())
