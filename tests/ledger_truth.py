"""Runs whose GIL wait is known from elsewhere: nothing holds it, or the threads' own clocks tell."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.wire.client import Conductor
from engine.wire.protocol import LEDGER_STATES
from tests.conducting import code, experiment, start, until_ended

SPIN: Final = {"kind": "count-primes", "below": 30_000}
SLEEP_S: Final = 0.02
SLEEP: Final = {"kind": "sleep", "duration_ms": SLEEP_S * 1e3}
HASH: Final = {"kind": "sha256", "size_kib": 8192}

# A process of its own that sleeps as tasks do, and tells how late it woke on average, its run queue left out.
_REFERENCE: Final = f"""
import os, time
os.set_blocking(0, False)
late_ns = wakes = 0
def read():
    with open("/proc/self/schedstat") as file:
        return time.perf_counter_ns() - int(file.read().split()[1])
def ended():
    try:
        return os.read(0, 1) == b""
    except BlockingIOError:
        return False
while not ended():
    begun_ns = read()
    time.sleep({SLEEP_S})
    late_ns += read() - begun_ns - {SLEEP_S * 1e9}
    wakes += 1
print(late_ns / max(1, wakes))
"""

# Threads that read their own clocks before and after every task, and tell of them when the interpreter ends: the span
# of their tasks, how long they were on a core (their own processor clock), and in the run queue (the system's account);
# and how long each core was used, idle, and stolen: given to others by the machine that a virtual one runs on.
_CLOCKS: Final = f"""
import atexit, json, os, subprocess, sys, threading, time
if not hasattr(sys, "_truth"):
    files = {{None: open("/proc/stat", "rb", buffering=0)}}
    sleeper = subprocess.Popen([sys.executable, "-c", {_REFERENCE!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    sys._truth = {{}}, files, sleeper
readings, files, sleeper = sys._truth
def cores():
    lines = os.pread(files[None].fileno(), 65536, 0).split(b"\\ncpu")[1:]
    for user, nice, system, idle, io_wait, irq, soft_irq, stolen in (map(int, each.split()[1:9]) for each in lines):
        yield user + nice + system + irq + soft_irq, idle + io_wait, stolen
def read(thread):
    if thread not in files:
        files[thread] = open("/proc/thread-self/schedstat", "rb", buffering=0)
    queue_ns = int(os.pread(files[thread].fileno(), 64, 0).split()[1])
    return [time.perf_counter_ns(), time.thread_time_ns(), queue_ns, list(cores())]
def task(number):
    thread = threading.get_native_id()
    if thread not in readings:
        readings[thread] = [read(thread), None, 0]
    else:
        readings[thread][1] = read(thread)
        readings[thread][2] += 0.5
def tell():
    late_ns = float(sleeper.communicate()[0])
    with open(PATH, "w") as file:
        json.dump([late_ns, [each for each in readings.values() if each[1]]], file)
atexit.register(tell)
"""

# For functions that measure their own waits: `wait(call)` adds up for how long its thread was blocked in a call: the
# time that went by, less what it had on a core and in the run queue. Told of when the interpreter ends.
_OWN_WAITS: Final = """
import atexit, json, os, threading, time
if not hasattr(os, "_waits"):
    os._waits = {}
    def tell():
        with open(PATH, "w") as file:
            json.dump(os._waits, file)
    atexit.register(tell)
_local = threading.local()
def _busy():
    if not hasattr(_local, "file"):
        _local.file = open("/proc/thread-self/schedstat", "rb", buffering=0)
    # Its first figure, the processor time, is that of the last switch: of short tasks most would be missing.
    return time.thread_time_ns() + int(os.pread(_local.file.fileno(), 64, 0).split()[1])
def wait(call, *arguments, **more):
    thread = threading.get_native_id()
    begun, busy = time.perf_counter_ns(), _busy()
    try:
        return call(*arguments, **more)
    finally:
        blocked = time.perf_counter_ns() - begun - (_busy() - busy)
        os._waits[thread] = os._waits.get(thread, 0) + blocked / 1e9
"""
_LOCK: Final = """
lock = threading.Lock()
def task(number):
    wait(lock.acquire)
    time.sleep(0.01)
    lock.release()
"""
_SEMAPHORE: Final = """
places = threading.Semaphore(2)
def task(number):
    wait(places.acquire)
    time.sleep(0.01)
    places.release()
"""
# One worker puts something into a queue now and then, the others take.
_QUEUE: Final = """
import queue
things, putter = queue.Queue(), []
def take():
    try:
        things.get(timeout=0.05)
    except queue.Empty:
        pass
def task(number):
    thread = threading.get_ident()
    if not putter:
        putter.append(thread)
    if putter[0] == thread:
        time.sleep(0.01)
        things.put(number)
    else:
        wait(take)
"""
_POOL: Final = """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
def task(number):
    wait(pool.submit(time.sleep, 0.01).result)
"""
_SQLITE: Final = """
import sqlite3, tempfile
path = os.path.join(tempfile.gettempdir(), f"gilscope-truth-{os.getpid()}.sqlite")
local = threading.local()
def task(number):
    if not hasattr(local, "database"):
        local.database = sqlite3.connect(path, timeout=30)
        wait(local.database.execute, "create table if not exists things (number integer)")
        wait(local.database.commit)
    wait(local.database.execute, "insert into things values (?)", (number,))
    wait(local.database.commit)
"""
_CHILD: Final = """
import subprocess
def task(number):
    wait(subprocess.run, ["sleep", "0.02"])
"""
_BLAS: Final = """
import numpy
matrix = numpy.ones((300, 300))
def task(number):
    matrix @ matrix
"""
_PIPE: Final = """
import select
reads, writes = os.pipe()
os.set_blocking(reads, False)
feeder = []
def task(number):
    thread = threading.get_ident()
    if not feeder:
        feeder.append(thread)
    if feeder[0] == thread:
        wait(time.sleep, 0.01)
        os.write(writes, b"xxx")
        return
    wait(select.select, [reads], [], [], 0.05)
    try:
        os.read(reads, 1)
    except BlockingIOError:
        pass
"""

# In processes of a pool, whose exit handlers do not run: each tells now and then.
_SHORT: Final = """
done = 0
def task(number):
    global done
    wait(time.sleep, 0.0002)
    done += 1
    if done % 25 == 0:
        with open(f"{PATH}.{os.getpid()}.new", "w") as file:
            json.dump(os._waits, file)
        os.replace(file.name, f"{PATH}.{os.getpid()}")
"""

# A thread that spins as long as the interpreter lives, beside those that run tasks.
_SPINNER: Final = """
import threading
def spin():
    while True:
        pass
threading.Thread(target=spin, daemon=True).start()
def task(number):
    pass
"""

# Each worker decides at its first task what it is: one spins, the others sleep.
_ROLES: Final = f"""
import threading, time
spinner = []
def task(number):
    thread = threading.get_ident()
    if not spinner:
        spinner.append(thread)
    if spinner[0] == thread:
        end = time.perf_counter() + 0.02
        while time.perf_counter() < end:
            pass
    else:
        time.sleep({SLEEP_S})
"""


@dataclass(frozen=True)
class Clocks:
    """What a thread's own clocks told, in seconds, and how many tasks it did meanwhile.

    `stolen_s`: of the time that is in none of the others, how long the core that it was on was given to others;
    `late_s`: how late it would wake from a sleep if nobody held it up.
    """

    wall_s: float
    cpu_s: float
    queue_s: float
    stolen_s: float
    late_s: float
    tasks: float


@dataclass(frozen=True)
class Seen:
    """What came of a run: its result, each lane's ledger in the last tick, and the threads' own clocks if read."""

    result: dict[str, Any]
    lanes: list[dict[str, float]]
    clocks: list[Clocks] = field(default_factory=list)
    blocked_s: float = 0.0  # what functions that measure their own waits told, together

    def share(self, state: str = "gil_wait") -> float:
        """Return a state's share of all workers' time."""
        ledger = self.result["ledger_s"]
        return float((ledger[state] or 0.0) / sum(value or 0.0 for value in ledger.values()))

    def lane_share(self, number: int, state: str = "gil_wait") -> float:
        """Return a state's share of one lane's time; lanes are in the order of their processor time, least first."""
        lane = sorted(self.lanes, key=lambda each: each["cpu"])[number]
        return float(lane[state] / sum(lane[each] for each in LEDGER_STATES))

    def bounds(self, state: str) -> tuple[float, float] | None:
        """Return the stated bounds of a state's share of all workers' time, None where there are none."""
        found = self.result["ledger_bounds_s"][state]
        whole = sum(value or 0.0 for value in self.result["ledger_s"].values())
        return None if found is None else (found[0] / whole, found[1] / whole)

    def error_of_sum(self) -> float:
        """Return by how much the ledger's sum differs from wall x workers, as a share of it."""
        whole = float(self.result["elapsed_s"] * self.result["workers"])
        return float(abs(sum(value or 0.0 for value in self.result["ledger_s"].values()) - whole) / whole)


@dataclass(frozen=True)
class Case:
    """A run, its true share of GIL wait, and how that is measured; `read_clocks` puts our clocks into its tasks."""

    title: str
    what: dict[str, Any]
    expected: Callable[[Seen], float]
    known_by: str
    measured: Callable[[Seen], float] = Seen.share
    read_clocks: bool = False
    own_waits: bool = False  # its function measures them: see _OWN_WAITS
    state: str | None = "gil_wait"  # that is measured over all lanes, None: of one lane

    def run(self, conductor: Conductor, duration_s: float, interpreter: str | None = None) -> Seen:
        """Run it."""
        with tempfile.TemporaryDirectory(prefix="gilscope-truth-") as folder:
            told = Path(folder) / "clocks.json"
            start(conductor, self._experiment(told, duration_s, interpreter))
            facts = until_ended(conductor)
            assert facts[-1]["type"] == "ended", facts[-1]
            assert facts[-1]["result"]["status"] == "finished", facts[-1]["result"]
            ticks = [fact for fact in facts if fact["type"] == "tick" and fact["lanes"]]
            lanes = [lane["ledger_s"] for lane in ticks[-1]["lanes"]] if ticks else []
            each = [json.loads(path.read_text()) for path in told.parent.glob("clocks.json*")] if self.own_waits else []
            blocked_s = float(sum(value for waits in each for value in waits.values()))
            return Seen(facts[-1]["result"], lanes, _clocks(told) if self.read_clocks else [], blocked_s)

    def _experiment(self, told: Path, duration_s: float, interpreter: str | None) -> dict[str, Any]:
        workload, model = self.what["workload"], self.what["model"]
        clocks = [code(f"PATH = {str(told)!r}\n{_CLOCKS}")] * self.read_clocks
        steps = [*clocks, *workload["steps"], *clocks]
        if self.own_waits:
            (own,) = workload["steps"]
            steps = [code(f"PATH = {str(told)!r}\n{_OWN_WAITS}\n{own['source']}")]
        if interpreter:
            model = {**model, "interpreter": interpreter}
        return {**self.what, "workload": {"duration_s": duration_s, "steps": steps}, "model": model}


def _clocks(told: Path) -> list[Clocks]:
    found = []
    late_ns, threads = json.loads(told.read_text(encoding="utf-8"))
    for (*first, cores_before), (*last, cores_after), tasks in threads:
        wall, cpu, queue = ((late - early) / 1e9 for early, late in zip(first, last, strict=True))
        cores = [[b - a for a, b in zip(*each, strict=True)] for each in zip(cores_before, cores_after, strict=True)]
        at_work = sum(stolen * used / max(1, used + idle) for used, idle, stolen in cores)
        stolen_s = cpu * at_work / max(1, sum(used for used, _, _ in cores))
        found.append(Clocks(wall, cpu, queue, stolen_s, max(0.0, late_ns / 1e9), tasks))
    return found


def _own_clocks(known_s: float = 0.0, lanes: slice = slice(None)) -> Callable[[Seen], float]:
    """What the threads themselves say was neither on a core, nor waiting for one, nor the wait they asked for.

    `lanes`: which of them, in the order of their processor time.
    """

    def expected(seen: Seen) -> float:
        theirs = sorted(seen.clocks, key=lambda each: each.cpu_s)[lanes]
        left_s = sum(
            each.wall_s
            - each.cpu_s
            - each.queue_s
            - each.stolen_s
            - (known_s + each.late_s * bool(known_s)) * each.tasks
            for each in theirs
        )
        return float(left_s / (seen.result["elapsed_s"] * len(theirs)))

    return expected


def _nothing(seen: Seen) -> float:
    return 0.0


NOBODY: Final = "nothing holds it"
OWN_CLOCKS: Final = "own clocks"

SPINNERS: Final = [
    Case(
        f"{workers} threads that spin",
        experiment([SPIN], "threads", workers),
        _own_clocks(),
        OWN_CLOCKS,
        read_clocks=True,
    )
    for workers in (2, 4, 8)
]
FREE_THREADED: Final = [
    Case(f"{workers} threads that spin, without a GIL", experiment([SPIN], "threads", workers), _nothing, NOBODY)
    for workers in (2, 4)
]
BESIDE_A_SLEEPER: Final = [
    Case(
        "a function that sleeps, beside one that spins",
        experiment([code(_ROLES)], "threads", 2),
        _own_clocks(SLEEP_S, slice(0, 1)),
        OWN_CLOCKS,
        lambda seen: seen.lane_share(0),
        read_clocks=True,
        state=None,
    ),
    Case(
        "the one that spins",
        experiment([code(_ROLES)], "threads", 2),
        _own_clocks(0.0, slice(1, 2)),
        OWN_CLOCKS,
        lambda seen: seen.lane_share(-1),
        read_clocks=True,
        state=None,
    ),
    Case(
        "2 threads that sleep, beside one that spins",
        experiment([code(_SPINNER), SLEEP], "threads", 2),
        _own_clocks(SLEEP_S),
        OWN_CLOCKS,
        read_clocks=True,
    ),
]
NO_WAIT: Final = [
    Case("1 thread that spins", experiment([SPIN], "sequential", 1), _nothing, NOBODY),
    Case("4 threads that sleep 1 ms", experiment([{**SLEEP, "duration_ms": 1.0}], "threads", 4), _nothing, NOBODY),
    # One that has to wait for a core keeps the GIL from the other, now and then.
    Case("2 threads that hash 8 MiB", experiment([HASH], "threads", 2), _own_clocks(), OWN_CLOCKS, read_clocks=True),
    Case("4 threads that hash 8 MiB", experiment([HASH], "threads", 4), _own_clocks(), OWN_CLOCKS, read_clocks=True),
    Case("2 processes that spin", experiment([SPIN], "processes", 2), _nothing, NOBODY),
]


def _blocked(seen: Seen) -> float:
    return float(seen.blocked_s / (seen.result["elapsed_s"] * seen.result["workers"]))


def _own_waits(title: str, source: str, workers: int, state: str, model: str = "threads") -> Case:
    what = experiment([code(source)], model, workers)
    return Case(title, what, _blocked, OWN_CLOCKS, lambda seen: seen.share(state), own_waits=True, state=state)


READ_AND_COMPUTE: Final = Case(
    "4 threads that read a file and compute",
    experiment([{"kind": "file-read", "size_kib": 4}, {"kind": "count-primes", "below": 5_000}], "threads", 4),
    _own_clocks(),
    OWN_CLOCKS,
    read_clocks=True,
)
WAITS: Final = [
    _own_waits("4 threads, one lock held for 10 ms", _LOCK, 4, "lock_wait"),
    _own_waits("4 threads, a semaphore of 2 held for 10 ms", _SEMAPHORE, 4, "lock_wait"),
    _own_waits("3 threads that take from a queue, 1 that puts", _QUEUE, 4, "lock_wait"),
    _own_waits("4 threads that wait for a pool of 2", _POOL, 4, "lock_wait"),
    _own_waits("4 threads that write into one SQLite file", _SQLITE, 4, "io_wait"),
    _own_waits("4 threads that wait for a child process", _CHILD, 4, "io_wait"),
    _own_waits("3 threads that wait for a pipe, 1 that writes", _PIPE, 4, "io_wait"),
    _own_waits("2 processes of a pool, tasks that sleep 0.2 ms", _SHORT, 2, "io_wait", "process-pool"),
    READ_AND_COMPUTE,
]
if importlib.util.find_spec("numpy"):
    WAITS.append(Case("2 threads that multiply matrices", experiment([code(_BLAS)], "threads", 2), _nothing, NOBODY))
