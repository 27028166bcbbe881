"""Measures a step of the user's own code alone, on one thread: how long a task takes, and how much of it is computing.

Its `prepare`, `setup` and `argument` are called as a run calls them, and are not counted. Calls are timed in batches
that are long beside reading the clock; the first batch warms up and is left out where there are more. Where the system
says how long the thread was ready but waited for a core (Linux), that time is other programs', and is left out too.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final, NamedTuple

from engine import registry
from engine.host.failures import describe_error
from engine.host.sampled_times import run_queue_ns
from engine.record.host_files import read_request
from engine.record.queries.requests import StepCostRequest
from engine.wire.query_answers import CostAlone
from engine.workload import steps
from engine.workload.group import numbered_steps, step_paths
from engine.workload.own.own_code import OwnCode
from engine.workload.own.worker import resolved
from engine.workload.steps import StepContext

_BATCH_S: Final = 0.005  # a batch grows until it takes that long
_MOST_CALLS: Final = 1_000_000


class _TimedBatch(NamedTuple):
    calls: int
    wall_ns: int
    cpu_ns: int


def measure_step(folder: str) -> CostAlone:
    """Measure the only step of the request's experiment; what fails in it is named with its traceback."""
    request = read_request(folder, StepCostRequest)
    registry.use_plugins(request.plugins)
    workload = request.experiment["workload"]
    [given], [path] = numbered_steps(workload), step_paths(workload)
    step = steps.load(given["kind"])
    if step.own is None:
        return CostAlone(reason=f"{given['kind']} is no step of your own code")
    known = {parameter.name for parameter in step.card.parameters}
    context = StepContext(os.path.join(folder, "work"), {}, int(workload["seed"]), 0, path=path)
    try:
        code = step.own(context, **{name: value for name, value in given.items() if name in known})
        return _measured(code, request.budget_s)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        facts = describe_error(error)
        return CostAlone(reason=": ".join(filter(None, (facts.type, facts.message))), error=facts)


def _measured(code: OwnCode, budget_s: float) -> CostAlone:
    loop = asyncio.new_event_loop()
    try:
        code.prepare(pickled=False)
        try:
            state = loop.run_until_complete(resolved(code, "setup", code.set_up()))
            try:
                batches, result = _batches(code, state, loop, budget_s)
            finally:
                loop.run_until_complete(resolved(code, "teardown", code.tear_down(state)))
        finally:
            code.finish()
    finally:
        loop.close()
    counted = batches[1:] or batches
    carried, problem = _pickled_bytes(result)
    return CostAlone(
        calls=sum(each.calls for each in counted),
        task_s=median(each.wall_ns / each.calls for each in counted) / 1e9,
        computing=sum(each.cpu_ns for each in counted) / max(1, sum(each.wall_ns for each in counted)),
        result_bytes=carried,
        unpicklable=problem,
    )


def _batches(
    code: OwnCode, state: Any, loop: asyncio.AbstractEventLoop, budget_s: float
) -> tuple[list[_TimedBatch], Any]:
    """Call the task in batches until the time is over; return them, and the last result."""
    task, awaits, result = code.task_with(), code.awaits, None
    batches: list[_TimedBatch] = []
    number, size, end_s = 0, 1, time.perf_counter() + budget_s
    while not batches or (time.perf_counter() < end_s and number + size <= _MOST_CALLS):
        numbers = range(number, number + size)
        given = [code.argument(each) for each in numbers] if code.makes_arguments else list(numbers)
        waited_ns = _core_wait_ns()
        start_ns, cpu_ns = time.perf_counter_ns(), time.process_time_ns()
        result = loop.run_until_complete(_await_all(task, given, state)) if awaits else _call_all(task, given, state)
        cpu_ns = time.process_time_ns() - cpu_ns
        wall_ns = time.perf_counter_ns() - start_ns
        batches.append(_TimedBatch(size, max(1, wall_ns - (_core_wait_ns() - waited_ns)), cpu_ns))
        number += size
        if batches[-1].wall_ns < _BATCH_S * 1e9:
            size *= 2
    return batches, result


def _core_wait_ns() -> int:
    """Return how long this thread has waited for a core so far, 0 where the system does not say."""
    return run_queue_ns("/proc/thread-self/schedstat") or 0


def _call_all(task: Callable[[Any, Any], Any], given: list[Any], state: Any) -> Any:
    result = None
    for each in given:
        result = task(each, state)
    return result


async def _await_all(task: Callable[[Any, Any], Any], given: list[Any], state: Any) -> Any:
    result = None
    for each in given:
        result = await task(each, state)
    return result


def _pickled_bytes(result: Any) -> tuple[int | None, str]:
    """Return how large a result is when it is carried between processes, or why it cannot be."""
    try:
        return len(pickle.dumps(result, pickle.HIGHEST_PROTOCOL)), ""
    except Exception as error:  # a person's __reduce__ may raise anything
        return None, f"{type(error).__name__}: {error}"[:300]
