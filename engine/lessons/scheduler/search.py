"""Searches every order of two workers' lines for one that goes wrong, and counts how often free runs go wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, Final

from engine.lessons.scheduler.programs import SchedulerProgram
from engine.lessons.scheduler.stepper import Stepper, replayed

MOST_ORDERS: Final = 20_000
_DEADLOCK_S: Final = 0.2  # a lock that takes longer to get is taken for deadlocked


@dataclass(frozen=True, slots=True)
class Search:
    """A search's result: `order` is the shortest that goes wrong, with the fewest switches; None if none does.

    `orders` is how many were run, `wrong` how many of them went wrong; `complete` whether all orders were run.
    """

    order: tuple[int, ...] | None
    orders: int
    wrong: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Chance:
    """How many of `runs` free runs of the program, without tracing, went `wrong`."""

    runs: int
    wrong: int


def find_wrong_order(program: SchedulerProgram, most: int = MOST_ORDERS) -> Search:
    """Run the program in every order of its lines, at most `most` of them."""
    found: list[tuple[int, ...]] = []
    orders = 0
    prefixes: list[tuple[int, ...]] = [()]  # beginnings of orders that were not run yet
    while prefixes and orders < most:
        prefix = prefixes.pop()
        stepper = replayed(program, prefix)
        try:
            _run_on(stepper, prefixes)
            if stepper.wrong:
                found.append(tuple(stepper.order))
        finally:
            stepper.close()
        orders += 1
    best = min(found, key=lambda order: (len(order), switches(order), order), default=None)
    return Search(best, orders, len(found), not prefixes)


def switches(order: Sequence[int]) -> int:
    """Return how often the scheduler goes from one worker to another."""
    return sum(before != after for before, after in pairwise(order))


def by_chance(program: SchedulerProgram, runs: int, limit_s: float = 2.0) -> Chance:
    """Run the program freely, both workers at once and without tracing, up to `runs` times or for `limit_s`."""
    code = compile(program.source, "<program>", "exec")
    wrong = done = 0
    end_s = time.monotonic() + limit_s
    while done < runs and time.monotonic() < end_s:
        done += 1
        wrong += _goes_wrong(program, code)
    return Chance(done, wrong)


def _run_on(stepper: Stepper, prefixes: list[tuple[int, ...]]) -> None:
    """Run to the end, preferring the first worker; add to `prefixes` each point where the other could run instead."""
    while choices := stepper.runnable():
        prefixes.extend((*stepper.order, other) for other in choices[1:])
        stepper.step(choices[0])


class _ImpatientLock:
    """A lock whose waiter gives up in a deadlock, so that a deadlocked run ends."""

    def __init__(self, gave_up: threading.Event) -> None:
        self._lock = threading.Lock()
        self._gave_up = gave_up

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=_DEADLOCK_S):
            self._gave_up.set()
            raise TimeoutError

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _goes_wrong(program: SchedulerProgram, code: Any) -> bool:
    shared, gave_up = SimpleNamespace(**program.shared), threading.Event()
    namespace: dict[str, Any] = {"shared": shared, **{name: _ImpatientLock(gave_up) for name in program.locks}}
    exec(code, namespace)
    start = threading.Barrier(len(program.functions))

    def work(name: str) -> None:
        start.wait()
        try:
            namespace[name]()
        except TimeoutError:
            pass  # the other one holds the lock for ever; `gave_up` says so

    threads = [threading.Thread(target=work, args=(name,)) for name in program.functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return gave_up.is_set() or vars(shared) != dict(program.expected)
