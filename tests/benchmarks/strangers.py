"""What is said of programs that people have asked about: `python -m tests.benchmarks.strangers [WORD...]`.

Prints the table of docs/ledger.md: each program, what is true of it, and what the sentences say of a run of three
seconds on this machine now. The words choose programs by their titles.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Final

from engine.wire.client import Conductor
from engine.wording.state_names import in_sentence, state_title
from tests.conducting import code, experiment, run, send, start, until_ended
from tests.interpreters import usable_interpreters

_SAID: Final = 2  # sentences
_HANGS_S: Final = 4.0


@dataclass(frozen=True)
class Program:
    """A program, and what is true of it."""

    title: str
    what: dict[str, Any]
    is_so: str
    hangs: bool = False
    free_threaded: bool = False


def _own(source: str, kind: str = "threads", workers: int = 4) -> dict[str, Any]:
    return experiment([code(source)], kind, workers, duration_s=3.0)


_QUEUE: Final = "import queue\nthings = queue.Queue()\ndef task(number):\n    things.get()\n"
_FUTURE: Final = "from concurrent.futures import Future\nnever = Future()\ndef task(number):\n    never.result()\n"
_LOCKS: Final = """import threading, time
one, other = threading.Lock(), threading.Lock()
def task(number):
    first, second = (one, other) if number % 2 else (other, one)
    with first:
        time.sleep(0.02)
        with second:
            pass
"""
_LOCK: Final = (
    "import threading, time\nlock = threading.Lock()\ndef task(number):\n    with lock:\n        time.sleep(0.01)\n"
)
_BLAS: Final = "import numpy\nmatrix = numpy.ones((600, 600))\ndef task(number):\n    matrix @ matrix\n"
_BLOCKS: Final = "import asyncio, time\nasync def task(number):\n    await asyncio.sleep(0.01)\n    time.sleep(0.05)\n"
_SEMAPHORE: Final = """import asyncio
places = asyncio.Semaphore(10)
async def task(number):
    async with places:
        await asyncio.sleep(0.05)
        total = 0
        for each in range(80_000):
            total += each
"""
_TO_THREAD: Final = "import asyncio, time\nasync def task(number):\n    await asyncio.to_thread(time.sleep, 0.02)\n"
_TINY: Final = "def task(number):\n    sum(range(100))\n"
_SHORT: Final = "import time\ndef task(number):\n    time.sleep(0.0002)\n"
_SHARED: Final = """class Shared:
    count = 0
shared = Shared()
def task(number):
    for _ in range(20_000):
        shared.count += 1
"""
_RAISES: Final = "def task(number):\n    raise ValueError('no')\n"
_READ: Final = [{"kind": "file-read", "size_kib": 4}, {"kind": "count-primes", "below": 5_000}]

PROGRAMS: Final = (
    Program("`with lock: sleep(.01)`, 4 threads", _own(_LOCK), "lock 75 %, GIL 0, hardly any core"),
    Program("`q.get()` of an empty queue", _own(_QUEUE), "a lock or a queue, no progress, GIL 0", hangs=True),
    Program("`future.result()` that never comes", _own(_FUTURE), "a lock, no progress, GIL 0", hangs=True),
    Program("two locks, taken in two orders", _own(_LOCKS, workers=2), "a deadlock, GIL 0", hangs=True),
    Program("numpy `A @ A`, 4 threads", _own(_BLAS), "the library's own threads: more than cores"),
    Program(
        "read 4 KiB, then count primes, 4 threads",
        experiment(_READ, "threads", 4, duration_s=3.0),
        "I/O about 0; most of it the GIL, or a core where others use them",
    ),
    Program("`await sleep(.01); time.sleep(.05)`, 12 coroutines", _own(_BLOCKS, "asyncio", 12), "the loop is blocked"),
    Program("`Semaphore(10)`, 200 coroutines", _own(_SEMAPHORE, "asyncio", 200), "they wait for the semaphore"),
    Program(
        "8 threads insert into SQLite",
        experiment([{"kind": "sqlite-insert", "rows": 20}], "threads", 8, duration_s=3.0),
        "one writes, the others sleep in its busy handler",
    ),
    Program(
        "a child process each, 20 threads",
        experiment([{"kind": "subprocess", "duration_ms": 20.0}], "threads", 20, duration_s=3.0),
        "they wait for children; how many times faster has to be measured",
    ),
    Program(
        "`asyncio.to_thread`, 86 coroutines",
        _own(_TO_THREAD, "asyncio", 86),
        "as many at once as the executor has threads",
    ),
    Program("a task of some microseconds, sequential", _own(_TINY, "sequential", 1), "processes would be slower"),
    Program(
        "8 MB of payload, sequential",
        experiment([{"kind": "payload", "size_kib": 8192}], "sequential", 1, duration_s=3.0),
        "processes would be slower",
    ),
    Program(
        "`time.sleep(.0002)`, pool of 2 processes", _own(_SHORT, "process-pool", 2), "the pool's own work is no task's"
    ),
    Program(
        "threads that share an object, without a GIL", _own(_SHARED, workers=2), "they contend", free_threaded=True
    ),
    Program("a function that raises every time", _own(_RAISES), "failed"),
)


def main(arguments: list[str]) -> int:
    """Run them and print the table."""
    words = arguments or [""]
    free_threaded = next((each.path for each in usable_interpreters() if each.free_threaded), None)
    print("| program | is | says now |\n| --- | --- | --- |")
    with Conductor() as conductor:
        for program in PROGRAMS:
            if not any(word in program.title for word in words):
                continue
            if program.free_threaded and free_threaded is None:
                continue
            what = program.what
            if program.free_threaded:
                what = {**what, "model": {**what["model"], "interpreter": free_threaded}}
            result = _until_stalled(conductor, what) if program.hangs else run(conductor, what)
            print(f"| {program.title} | {program.is_so} | {_says(result)} |", flush=True)
    return 0


def _until_stalled(conductor: Conductor, what: dict[str, Any]) -> dict[str, Any]:
    """Run what never ends until it has stood still for a while; return its result."""
    run_id = start(conductor, what)
    for fact in iter(lambda: conductor.next_fact(10.0), None):
        if getattr(fact, "stall", None) is not None and fact.stall.for_s > _HANGS_S:  # type: ignore[attr-defined]
            send(conductor, "stop", run_id=run_id)
            return dict(until_ended(conductor)[-1]["result"])
    raise AssertionError("it did not stand still")


def _says(result: dict[str, Any]) -> str:
    sentences = [each for each in result["insight"] if not each.startswith("Meanwhile other programs")]
    ledger = {state: value for state, value in result["ledger_s"].items() if value}
    whole_s = sum(ledger.values())
    shares = ", ".join(
        f"{in_sentence(state_title(state))} {100 * value / whole_s:.0f} %"
        for state, value in sorted(ledger.items(), key=lambda each: -each[1])
        if value >= 0.05 * whole_s
    )
    return f"{' '.join(sentences[:_SAID])} *({result['status']}{f': {shares}' if shares else ''})*"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
