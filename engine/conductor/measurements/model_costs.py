"""What a model costs on this machine: a worker's start and end, its memory, and the overhead of each task.

Each figure is a difference, between many workers and one, or between empty tasks under the model and in a plain loop.
Only the model's function runs, so the figures include neither the host's start nor the overhead of observing a run.
Each is the median of REPEATS such differences; one that is not above zero was lost in noise, and is None.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from engine.conductor.measurements.uninstrumented_run import UninstrumentedRuns
from engine.record.queries.requests import UninstrumentedRun
from engine.workload.catalogue import ModelCard
from engine.workload.parameter import Value

REPEATS: Final = 5
MEMORY_REPEATS: Final = 3
PLAIN: Final = "sequential"
_FEW_TASKS: Final = 100

# By kind of worker: how many workers are compared with one, for how long each is kept busy, and how many empty tasks
# are run.
_PLANS: Final = {
    "thread": (65, 0.1, 10_000),
    "coroutine": (2001, 0.2, 10_000),
    "interpreter": (9, 0.3, 2_000),
    "process": (5, 0.2, 1_000),
}


@dataclass(frozen=True, slots=True)
class ModelCosts:
    """See this module; `forkserver_worker_s` is `create_worker_s` with that start method.

    All None for a model that can only have one worker: the others are compared with it.
    """

    create_worker_s: float | None = None
    worker_bytes: float | None = None
    task_overhead_s: float | None = None
    forkserver_worker_s: float | None = None


def measure(card: ModelCard, runs: UninstrumentedRuns) -> ModelCosts:
    """Measure a model's costs; takes some seconds. Raises UninstrumentedRunError."""
    if card.max_workers == 1:
        return ModelCosts()
    workers, busy_s, tasks = _plan(card)
    return ModelCosts(
        _known(_create_worker_s(card, runs, workers, busy_s)),
        _known(_worker_bytes(card, runs, workers, busy_s)),
        _known(_task_overhead_s(card, runs, tasks)),
        _known(_create_worker_s(_from_fork_server(card), runs, workers, busy_s)) if _has_fork_server(card) else None,
    )


def _has_fork_server(card: ModelCard) -> bool:
    return card.start_method is not None and "forkserver" in card.start_method.choices


def _from_fork_server(card: ModelCard) -> ModelCard:
    """Return the card with the start method forkserver as its default."""
    parameters = (
        replace(each, default="forkserver") if each.name == "start_method" else each for each in card.parameters
    )
    return replace(card, parameters=tuple(parameters))


def _create_worker_s(card: ModelCard, runs: UninstrumentedRuns, workers: int, busy_s: float) -> float:
    # As many tasks as workers, each long enough that all workers exist at the same time. The first run warms up.
    one, many = _run(card, 1, 1, busy_s), _run(card, workers, workers, busy_s)
    _, *seconds = runs.run([one, *[one, many] * REPEATS]).seconds
    return median(late - early for early, late in _pairs(seconds)) / (workers - 1)


def _worker_bytes(card: ModelCard, runs: UninstrumentedRuns, workers: int, busy_s: float) -> float:
    found = []
    for _ in range(MEMORY_REPEATS):
        one, many = (
            runs.run([_run(card, count, count, 2 * busy_s)], watch_memory=True).own_bytes for count in (1, workers)
        )
        found.append((many - one) / (workers - 1))
    return median(found)


def _task_overhead_s(card: ModelCard, runs: UninstrumentedRuns, tasks: int) -> float:
    plain = [_run(None, 1, count, 0.0) for count in (_FEW_TASKS, tasks)]
    model = [_run(card, 1, count, 0.0) for count in (_FEW_TASKS, tasks)]
    _, *seconds = runs.run([model[0], *[*plain, *model] * REPEATS]).seconds
    slopes = [(late - early) / (tasks - _FEW_TASKS) for early, late in _pairs(seconds)]
    return median(theirs - plain_s for plain_s, theirs in _pairs(slopes))


def _plan(card: ModelCard) -> tuple[int, float, int]:
    carrier = card.worker_kind if card.shares_memory or card.worker_kind == "interpreter" else "process"
    workers, busy_s, tasks = _PLANS[carrier]
    for parameter in card.parameters:
        if parameter.name in ("threads_each", "coroutines_each"):
            workers = 4 * int(parameter.default) + 1  # five processes
    return min(workers, card.max_workers), busy_s, tasks


def _run(card: ModelCard | None, workers: int, tasks: int, busy_s: float) -> UninstrumentedRun:
    """Return a run under a model, or in a plain loop if `card` is None."""
    options: dict[str, Value] = {} if card is None else {each.name: each.default for each in card.parameters}
    model = PLAIN if card is None else card.key
    return UninstrumentedRun(model, options, workers, tasks, busy_s)


def _pairs(values: list[float]) -> list[tuple[float, float]]:
    return list(zip(values[::2], values[1::2], strict=True))


def _known(value: float) -> float | None:
    return value if value > 0 else None
