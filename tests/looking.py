"""Programs whose threads are known to wait for one thing each, and what is seen of them from outside."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import LookTables
from engine.record.look_reader import LookReader
from engine.witness.looker import Looker

# Prints the thread id of each thread by the name of what it does, once all of them have begun.
WAITERS = """
import asyncio, fcntl, json, multiprocessing, os, queue, select, socket, subprocess, sys, tempfile, threading, time
held = threading.Lock(); held.acquire()
between_processes = multiprocessing.Lock(); between_processes.acquire()
here, there = socket.socketpair()
timed, other = socket.socketpair(); timed.settimeout(60)
reads, writes = os.pipe()
locked = open(tempfile.mkstemp()[1]); other_holder = os.open(locked.name, os.O_RDWR)
fcntl.flock(other_holder, fcntl.LOCK_EX)
def fsync():
    with tempfile.NamedTemporaryFile(dir=sys.argv[1]) as file:
        while True:
            file.seek(0); file.write(bytes(1 << 20)); file.flush(); os.fsync(file.fileno())
sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdout=subprocess.DEVNULL)
does = {
    "sleep": lambda: time.sleep(60),
    "select": lambda: select.select([], [], [], 60),
    "select of a pipe": lambda: select.select([reads], [], [], 60),
    "select of a socket": lambda: select.select([], [], [here], 60),
    "lock": lambda: held.acquire(),
    "same lock": lambda: held.acquire(),
    "processes' lock": lambda: between_processes.acquire(),
    "queue": lambda: queue.Queue().get(),
    "socket": lambda: here.recv(1),
    "socket with a timeout": lambda: timed.recv(1),
    "pipe": lambda: os.read(reads, 1),
    "file lock": lambda: fcntl.flock(locked, fcntl.LOCK_EX),
    "loop": lambda: asyncio.run(asyncio.sleep(60)),
    "child": sleeper.wait,
    "fsync": fsync,
}
threads = {name: threading.Thread(target=run, daemon=True) for name, run in does.items()}
for thread in threads.values():
    thread.start()
print(json.dumps({name: thread.native_id for name, thread in threads.items()}), flush=True)
sys.stdin.read()
sleeper.kill()
os._exit(0)
"""

SPINNERS = """
import json, os, sys, threading
def spin():
    while True:
        pass
threads = [threading.Thread(target=spin, daemon=True) for _ in range(int(sys.argv[2]))]
if len(sys.argv) > 3:
    sys.setswitchinterval(float(sys.argv[3]))
for thread in threads:
    thread.start()
print(json.dumps({str(place): thread.native_id for place, thread in enumerate(threads)}), flush=True)
sys.stdin.read()
os._exit(0)
"""


@contextlib.contextmanager
def program(
    source: str,
    folder: Path,
    *arguments: str,
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
) -> Iterator[tuple[int, dict[str, int]]]:
    """Run a program of this module; yield its process and the threads that it names."""
    process = subprocess.Popen(
        [python, "-c", source, str(folder), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    try:
        yield process.pid, json.loads(process.stdout.readline())
    finally:
        process.communicate()


class Seen:
    """The looks at a program, by the names of its threads."""

    def __init__(self, looks: NDArray[np.void], tables: LookTables, threads: dict[str, int]) -> None:
        self.looks, self.tables = looks, tables
        self.place = {
            name: next(place for place, each in enumerate(tables.threads) if each.tid == tid)
            for name, tid in threads.items()
        }

    def of(self, name: str) -> NDArray[np.void]:
        """Return the looks at one thread."""
        return self.looks[self.looks["thread"] == self.place[name]]

    def share(self, name: str, state: int) -> float:
        """Return for how many of the looks at a thread it was in a state."""
        return float(np.mean(self.of(name)["state"] == state))


def look_at(
    folder: Path, pid: int, threads: dict[str, int], enough: Callable[[Seen], bool], limit_s: float = 20
) -> Seen:
    """Look at a process until that is enough, or the limit."""
    looker = Looker(str(folder), budget=0.2)
    looker.follow(pid)
    until_s = time.monotonic() + limit_s
    reader = LookReader(folder)
    try:
        while True:
            for _ in range(100):
                time.sleep(looker.turn())
            looker.save()
            seen = Seen(reader.read_all(), reader.tables(), threads)
            if enough(seen) or time.monotonic() > until_s:
                return seen
    finally:
        looker.close()
        reader.close()
