"""The calls that a worker makes for a task's steps, including the wait for its turn before a step with a limit.

A step without a limit is called directly, at no extra cost. A step with a limit takes two calls: the first waits for
the semaphore, and is recorded as a phase of its own; the second runs the step. The semaphore is released once the
step's phase is recorded (before the next call, or at the task's end, however it ended). So no more recorded phases than
the limit allows overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol

from engine.workload.limits.semaphores import Semaphore
from engine.workload.steps import ByNumber
from engine.workload.toml_table import TomlTable

# The semaphore held by each thread, and by each coroutine.
_held: ContextVar[Semaphore | None] = ContextVar("held", default=None)


class StepBinder(Protocol):
    """Binds a workload's steps for a worker: see `engine.host.probe.HostRun`."""

    steps: list[TomlTable]

    def bind(self, number: int) -> tuple[Any, bool]: ...

    def semaphore(self, number: int) -> Semaphore | None: ...


class StepCall(NamedTuple):
    """One call in a task: of step `number`, or, if `for_limit`, of the wait for a turn before it.

    `by_number`: the call takes only the task's number. `awaited`: its result is awaited; `sleep_s`: as in ByNumber.
    """

    function: Callable[[Any], Any]
    by_number: bool
    awaited: bool
    number: int
    for_limit: bool = False
    sleep_s: float = 0.0


def calls_of(run: StepBinder, steps: Iterable[int], *, is_async: bool = False) -> list[StepCall]:
    """Return a task's calls, bound for the worker that asks; `is_async`: its tasks are awaited."""
    calls: list[StepCall] = []
    holds = False
    for number in steps:
        step, awaited = run.bind(number)
        by_number = isinstance(step, ByNumber)
        function = step.function if by_number else step  # one call less for each task
        semaphore = run.semaphore(number)
        if semaphore is not None:
            wait = _awaited_turn(semaphore) if is_async else _turn(semaphore)
            calls.append(StepCall(wait, False, is_async, number, for_limit=True))
        elif holds:
            function = _after_release(function)
        sleep_s = step.sleep_s if isinstance(step, ByNumber) else 0.0
        calls.append(StepCall(function, by_number, awaited, number, sleep_s=sleep_s))
        holds = semaphore is not None
    return calls


def releasing(lane: Callable[[Any], Any], calls: Sequence[StepCall], *, is_async: bool = False) -> Callable[[Any], Any]:
    """Wrap `lane` so that a task's semaphore is released at its end; return `lane` itself if no step has a limit."""
    if not any(call.for_limit for call in calls):
        return lane

    def run_task(item: Any) -> Any:
        try:
            return lane(item)
        finally:
            _release()

    async def run_task_async(item: Any) -> Any:
        try:
            return await lane(item)
        finally:
            _release()

    return run_task_async if is_async else run_task


def _turn(semaphore: Semaphore) -> Callable[[Any], None]:
    def wait_for_turn(_: Any) -> None:
        _release()
        semaphore.acquire()
        _held.set(semaphore)

    return wait_for_turn


def _awaited_turn(semaphore: Any) -> Callable[[Any], Any]:
    async def wait_for_turn(_: Any) -> None:
        _release()
        await semaphore.acquire()
        _held.set(semaphore)

    return wait_for_turn


def _after_release(step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run_step(given: Any) -> Any:
        _release()
        return step(given)

    return run_step


def _release() -> None:
    semaphore = _held.get()
    if semaphore is not None:
        _held.set(None)
        semaphore.release()
