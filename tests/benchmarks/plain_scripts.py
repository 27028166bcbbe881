"""Hand-written scripts of the standard library alone that do a workload's work: what our runs are held against."""

from __future__ import annotations

# Each `main(tasks, workers, start_method)` spreads `tasks` calls of `task` over `workers`, in the fewest lines.
# Processes get one task at a time, as a run's do: only who knows the work beforehand can split it beforehand.
MAIN = {
    "sequential": """
def main(tasks, workers, start_method):
    for number in range(tasks):
        task(number)
""",
    "threads": """
import threading

def work(count):
    for number in range(count):
        task(number)

def main(tasks, workers, start_method):
    threads = [threading.Thread(target=work, args=(tasks // workers,)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
""",
    "thread-pool": """
from concurrent.futures import ThreadPoolExecutor

def main(tasks, workers, start_method):
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(task, range(tasks)):
            pass
""",
    "processes": """
import multiprocessing
from multiprocessing.connection import wait

def work(pipe):
    while (number := pipe.recv()) is not None:
        pipe.send(task(number))

def main(tasks, workers, start_method):
    context = multiprocessing.get_context(start_method)
    numbers, processes = iter(range(tasks)), {}
    for _ in range(workers):
        pipe, its_end = context.Pipe()
        processes[pipe] = context.Process(target=work, args=(its_end,))
        processes[pipe].start()
        pipe.send(next(numbers))
    while processes:
        for pipe in wait([*processes]):
            pipe.recv()
            pipe.send(number := next(numbers, None))
            if number is None:
                processes.pop(pipe).join()
""",
    "process-pool": """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def main(tasks, workers, start_method):
    with ProcessPoolExecutor(workers, multiprocessing.get_context(start_method)) as pool:
        for _ in pool.map(task, range(tasks)):
            pass
""",
    "asyncio": """
import asyncio

async def work(count):
    for number in range(count):
        task(number)

async def all_of_it(tasks, workers):
    await asyncio.gather(*(work(tasks // workers) for _ in range(workers)))

def main(tasks, workers, start_method):
    asyncio.run(all_of_it(tasks, workers))
""",
}
