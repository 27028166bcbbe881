"""Runs a model for each group of a workload, side by side; a workload without groups is one part that runs alone.

Each part runs the model's function, with its own task, items and number of workers. Parts of coroutines share one event
loop, as they would in one program; every other part runs in a thread (the last one in the main thread). A failure in
one part asks the others to stop, and is raised when all have ended.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.host.control import Control
from engine.host.event_loop import run_coroutine
from engine.host.items import RunItems
from engine.models import ModelDescriptor
from engine.workload.toml_table import TomlTable


@dataclass(frozen=True)
class HostedGroup:
    """One group's share of a run: its name ("" without groups), its task, its items and its workers."""

    name: str
    task: Callable[..., Any]
    items: RunItems
    workers: int


def run_parts(model: ModelDescriptor, parts: Sequence[HostedGroup], options: TomlTable, control: Control) -> None:
    """Run every part to its end. Raises the exception of the first part that failed."""
    if inspect.iscoroutinefunction(model.run):
        if model.card.worker_kind == "coroutine" or len(parts) == 1:
            run_coroutine(_gather(model, parts, options), options)
            return
        run = _in_a_loop_of_its_own(model.run)
    else:
        run = model.run
    _run_in_threads(run, parts, options, control)


async def _gather(model: ModelDescriptor, parts: Sequence[HostedGroup], options: TomlTable) -> None:
    if len(parts) == 1:
        await model.run(parts[0].task, parts[0].items, parts[0].workers, **options)
        return
    import asyncio

    await asyncio.gather(*(model.run(part.task, part.items, part.workers, **options) for part in parts))


def _in_a_loop_of_its_own(run: Callable[..., Any]) -> Callable[..., None]:
    def run_in_loop(*arguments: Any, **options: Any) -> None:
        run_coroutine(run(*arguments, **options), options)

    return run_in_loop


def _run_in_threads(
    run: Callable[..., Any], parts: Sequence[HostedGroup], options: TomlTable, control: Control
) -> None:
    failures: list[BaseException] = []

    def run_part(part: HostedGroup) -> None:
        try:
            run(part.task, part.items, part.workers, **options)
        except BaseException as error:  # raised again below, in the main thread
            failures.append(error)
            control.stop()

    *others, last = parts
    threads = [threading.Thread(target=run_part, args=(part,), name=f"group {part.name}") for part in others]
    for thread in threads:
        thread.start()
    run_part(last)
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
