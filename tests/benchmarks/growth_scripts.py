"""Plain scripts of the standard library that runs are held against as they grow; each prints what it did as JSON.

Each is preceded by SETTINGS: workers, seconds (or tasks), sleep (seconds a task takes), method (to start processes).
"""

from __future__ import annotations

_END = """
import json, os, resource, sys, time
CHILDREN_KB = []
def peak_kb():
    # Not ru_maxrss: that begins with what the starting process had.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
def cpu_s():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
CPU_BEFORE_S = 0.0  # of the interpreter's start and its imports
def finish(tasks, begun):
    seconds = time.perf_counter() - begun
    memory_kb = peak_kb() + sum(CHILDREN_KB)
    used_s = cpu_s() - CPU_BEFORE_S
    print(json.dumps({"tasks": tasks, "seconds": seconds, "cpu_s": used_s, "memory_kb": memory_kb}))
"""

SCRIPTS = {
    "threads": _END
    + """
import threading
def work(counts, number):
    while time.perf_counter() < until:
        time.sleep(SETTINGS["sleep"])
        counts[number] += 1
CPU_BEFORE_S, begun = cpu_s(), time.perf_counter()
until = begun + SETTINGS["seconds"]
counts = [0] * SETTINGS["workers"]
threads = [threading.Thread(target=work, args=(counts, number)) for number in range(SETTINGS["workers"])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
finish(sum(counts), begun)
""",
    "asyncio": _END
    + """
import asyncio, itertools
class Items:
    def __init__(self):
        self.numbers = itertools.count()
    def __aiter__(self):
        return self
    async def __anext__(self):
        if time.perf_counter() >= until:
            raise StopAsyncIteration
        return next(self.numbers)
async def task(item):
    await asyncio.sleep(SETTINGS["sleep"])
async def main():
    items = Items()
    done = 0
    async def work():
        nonlocal done
        async for item in items:
            await task(item)
            done += 1
    await asyncio.gather(*(work() for _ in range(SETTINGS["workers"])))
    return done
CPU_BEFORE_S, begun = cpu_s(), time.perf_counter()
until = begun + SETTINGS["seconds"]
finish(asyncio.run(main()), begun)
""",
    "processes": _END
    + """
import multiprocessing
from multiprocessing.connection import wait
def work(pipe):
    while (number := pipe.recv()) is not None:
        time.sleep(SETTINGS["sleep"])
        pipe.send(number)
    pipe.send(peak_kb())
if __name__ == "__main__":
    context = multiprocessing.get_context(SETTINGS["method"])
    processes, begun, tasks = {}, 0.0, 0
    for _ in range(SETTINGS["workers"]):
        pipe, its_end = context.Pipe()
        processes[pipe] = context.Process(target=work, args=(its_end,))
        processes[pipe].start()
        its_end.close()
        pipe.send(0)
    while processes:
        for pipe in wait([*processes]):
            pipe.recv()
            begun = begun or time.perf_counter() - SETTINGS["sleep"]
            tasks += 1
            over = time.perf_counter() >= begun + SETTINGS["seconds"]
            pipe.send(None if over else tasks)
            if over:
                CHILDREN_KB.append(pipe.recv())
                processes.pop(pipe).join()
    finish(tasks, begun)
""",
    "sequential": _END
    + """
def task(item):
    pass
begun = time.perf_counter()
for number in range(SETTINGS["tasks"]):
    task(number)
finish(SETTINGS["tasks"], begun)
""",
}
