"""What watching costs groups and stages: each against the script of the standard library that does the same.

`python -m tests.benchmarks.stages [threads] [processes] [asyncio]`; exits 1 where a goal is missed. Stages sleep for a
millisecond each and hand on through `queue.Queue`, `multiprocessing.Queue` or `asyncio.Queue`; the two sides run in
turn. A hand-over alone is timed against the bare queue in one thread, the least of many rounds.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from engine.host.control import Control
from engine.host.stages.stage_queues import Sink, Source, counting
from engine.record.hand_over import queue_file
from engine.wire.client import Conductor
from tests.benchmarks import harness
from tests.conducting import run

TASKS, WORKERS, QUEUE, PAIRS = 1_500, 2, 10, 7
LEAST_RATIO, MOST_ADDED_US = 0.97, 2.0
HAND_OVERS, ROUNDS = 20_000, 15
WAIT = {"kind": "sleep", "duration_ms": 1.0}

# Each prints how long it took from the first task's begin to the last one's end.
PLAIN = {
    "threads": f"""
import queue, threading, time

def stage(source, sink):
    while (item := source.get()) is not None:
        time.sleep(0.001)
        sink.put(item)

first, second, third, done = queue.Queue({QUEUE}), queue.Queue({QUEUE}), queue.Queue({QUEUE}), queue.Queue()
pairs = [(first, second), (second, third), (third, done)]
stages = [[threading.Thread(target=stage, args=pair) for _ in range({WORKERS})] for pair in pairs]
for threads in stages:
    for thread in threads:
        thread.start()
begun = time.perf_counter()
for number in range({TASKS}):
    first.put(number)
for threads, (source, _) in zip(stages, pairs):
    for _ in threads:
        source.put(None)
    for thread in threads:
        thread.join()
print(time.perf_counter() - begun)
""",
    "processes": f"""
import multiprocessing, time

def stage(source, sink, ready):
    ready.release()
    while (item := source.get()) is not None:
        time.sleep(0.001)
        if sink is not None:
            sink.put(item)

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    first, second, third = (context.Queue({QUEUE}) for _ in range(3))
    ready = context.Semaphore(0)
    pairs = [(first, second), (second, third), (third, None)]
    stages = [[context.Process(target=stage, args=(*pair, ready)) for _ in range({WORKERS})] for pair in pairs]
    for processes in stages:
        for process in processes:
            process.start()
    for _ in range(3 * {WORKERS}):
        ready.acquire()
    begun = time.perf_counter()
    for number in range({TASKS}):
        first.put(number)
    for processes, (source, _) in zip(stages, pairs):
        for _ in processes:
            source.put(None)
        for process in processes:
            process.join()
    print(time.perf_counter() - begun)
""",
    "asyncio": f"""
import asyncio, time

async def stage(source, sink):
    while (item := await source.get()) is not None:
        await asyncio.sleep(0.001)
        await sink.put(item)

async def main():
    queues = [asyncio.Queue({QUEUE}) for _ in range(3)]
    done = asyncio.Queue()
    pairs = list(zip(queues, [*queues[1:], done]))
    stages = [[asyncio.create_task(stage(*pair)) for _ in range({WORKERS})] for pair in pairs]
    begun = time.perf_counter()
    for number in range({TASKS}):
        await queues[0].put(number)
    for tasks, (source, _) in zip(stages, pairs):
        for _ in tasks:
            await source.put(None)
        await asyncio.gather(*tasks)
    print(time.perf_counter() - begun)

asyncio.run(main())
""",
}
GROUPS = f"""
import threading, time

def work(count):
    for _ in range(count):
        time.sleep(0.001)

groups = [threading.Thread(target=work, args=({TASKS} // {WORKERS},)) for _ in range(2 * {WORKERS})]
begun = time.perf_counter()
for thread in groups:
    thread.start()
for thread in groups:
    thread.join()
print(time.perf_counter() - begun)
"""


def main(keys: list[str]) -> int:
    """Measure the models asked for, all by default; return the exit code."""
    keys = harness.names_of("stages", __doc__, [*PLAIN], keys)
    met = []
    with Conductor() as conductor:
        for key in keys or PLAIN:
            stages = {"stages": [_part(name, queue=QUEUE) for name in "ab"] + [_part("c")]}
            compared = _compare(conductor, f"{key}, three stages of 1 ms", key, stages, PLAIN[key])
            met.append(harness.report_ratio(compared, LEAST_RATIO))
        groups = {"groups": [_part("a"), _part("b")]}
        compared = _compare(conductor, "threads, two groups of 1 ms", "threads", groups, GROUPS)
        met.append(harness.report_ratio(compared, LEAST_RATIO))
    met.append(harness.report_difference(_hand_over(), "us", 1e6, MOST_ADDED_US))
    return 0 if all(met) else 1


def _part(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "workers": WORKERS, **more, "steps": [WAIT]}


def _compare(conductor: Conductor, title: str, model: str, parts: dict[str, Any], script: str) -> harness.Comparison:
    data = {"format": 1, "title": title, "workload": {"tasks": TASKS, **parts}, "model": {"kind": model}}

    def ours() -> float:
        result = run(conductor, data)
        assert result["tasks"]["failed"] == 0
        return 1 / float(result["elapsed_s"])

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "plain.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)

        def plain() -> float:
            return 1 / float(subprocess.run([sys.executable, path], capture_output=True, text=True, check=True).stdout)

        return harness.measure(title, ours, plain, PAIRS)


def _hand_over() -> harness.Comparison:
    """Time putting an item into a queue and taking it out again: ours and the bare queue's, the least of rounds."""
    item = (0, 1, b"", 5)
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, queue_file.FOLDER))
        Control.create(folder)
        bare: queue.Queue[Any] = queue.Queue(QUEUE)
        carried: queue.Queue[Any] = queue.Queue(QUEUE)
        sink, source = Sink(carried, 0, counting(folder)), Source(carried, 0, counting(folder))

        def timed(put: Callable[[Any], None], get: Callable[[], Any]) -> float:
            begun = time.perf_counter()
            for _ in range(HAND_OVERS):
                put(item)
                get()
            return (time.perf_counter() - begun) / HAND_OVERS

        rounds = [(timed(sink.put, source.get), timed(bare.put, bare.get)) for _ in range(ROUNDS)]
    least = tuple(min(each) for each in zip(*rounds, strict=True))
    return harness.Comparison("threads: added a hand-over", (least[0],), (least[1],))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
