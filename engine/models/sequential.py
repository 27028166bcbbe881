"""One task after the other, in one thread of one process: what every other model is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from engine.models import ModelDescriptor
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item


def run(task: Callable[[Item], Any], items: Iterable[Item], workers: int) -> None:
    for item in items:
        task(item)


MODEL = ModelDescriptor(
    ModelCard(
        key="sequential",
        title="Sequential",
        module="No module",
        since="always",
        worker="the main thread",
        worker_kind="thread",
        is_async=False,
        max_workers=1,
        no_groups="Sequential has one worker, so nothing runs beside it.",
        use_when="Always first. Nothing to get wrong, and often fast enough.",
        costs="Nothing, but while a task waits, no other task can run.",
        documentation="https://docs.python.org/3/tutorial/controlflow.html",
        no_stages="One worker alone cannot do two stages at a time: choose Threads, with 1 worker for a stage.",
    ),
    run,
    in_place=True,
)
