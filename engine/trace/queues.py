"""Computes the lengths of a pipeline's queues while it runs, and their figures in the result."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.record.hand_over.queue_file import EMPTY_NS, FULL_NS, PUT, TAKEN
from engine.wire.tick import QueueFigures, Tick
from engine.workload.group import DEFAULT_QUEUE, is_pipeline


def queue_names(workload: Mapping[str, Any]) -> list[str]:
    """Return each queue's name, such as `fetch → parse`; empty where the workload is no pipeline."""
    if not is_pipeline(workload):
        return []
    names = [str(stage["name"]) for stage in workload["stages"]]
    return [f"{before} → {behind}" for before, behind in itertools.pairwise(names)]


def queue_bounds(workload: Mapping[str, Any]) -> list[int]:
    """Return how many tasks each queue holds."""
    if not is_pipeline(workload):
        return []
    return [int(stage.get("queue") or DEFAULT_QUEUE) for stage in workload["stages"][:-1]]


def queue_lengths(workload: Mapping[str, Any], counters: Sequence[Sequence[int]]) -> tuple[QueueFigures, ...]:
    """Return how many tasks wait in each queue now; `counters` are the queues' (see `queue_file`)."""
    # A task is counted after it was put, and after it was taken, and the files are read one after the other: it may
    # count as taken before it counts as put, or as put long after it was taken. No queue holds more than its bound.
    bounds = queue_bounds(workload)
    lengths = [min(bound, max(0, each[PUT] - each[TAKEN])) for bound, each in zip(bounds, counters, strict=False)]
    return tuple(map(QueueFigures, queue_names(workload), bounds, lengths))


def queue_results(
    workload: Mapping[str, Any], counters: Sequence[Sequence[int]], ticks: Iterable[Tick], elapsed_s: float | None
) -> list[dict[str, object]]:
    """Return `queues` of the result: each queue's mean and greatest length over the samples, and the waits at its ends.

    `full_s` is the total time that workers of the stage before waited because the queue was full, `empty_s` that
    workers of the stage behind waited because it was empty; `full_share` and `empty_share` are these as shares of those
    workers' time. Mean and greatest are None where the run was too short for a sample.
    """
    names = queue_names(workload)
    if not names:
        return []
    lengths: list[list[int]] = [[] for _ in names]
    for tick in ticks:
        if tick.stage in ("measuring", "draining"):
            for seen, queue in zip(lengths, tick.queues or (), strict=False):
                seen.append(queue.length)
    return [
        {
            "name": name,
            "bound": bound,
            "mean": sum(seen) / len(seen) if seen else None,
            "max": max(seen) if seen else None,
            "full_s": own[FULL_NS] / 1e9,
            "empty_s": own[EMPTY_NS] / 1e9,
            "full_share": _share(own[FULL_NS], before, elapsed_s),
            "empty_share": _share(own[EMPTY_NS], behind, elapsed_s),
        }
        for name, bound, seen, own, (before, behind) in zip(
            names,
            queue_bounds(workload),
            lengths,
            counters,
            itertools.pairwise(workload["stages"]),
            strict=True,
        )
    ]


def _share(waited_ns: int, stage: Mapping[str, Any], elapsed_s: float | None) -> float | None:
    whole_ns = int(stage["workers"]) * (elapsed_s or 0.0) * 1e9
    return min(1.0, waited_ns / whole_ns) if whole_ns else None
