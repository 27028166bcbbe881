"""One worker's own code: its steps' states, the current task's arguments, and its tasks' results."""

from __future__ import annotations

import contextvars
import inspect
import pickle
from collections.abc import Mapping
from typing import Any

from engine.workload.item import NamedItem
from engine.workload.own.own_code import OwnCode, OwnCodeError


class OwnWorker:
    """One worker's data for the steps (by number) whose own code defines more than a task."""

    def __init__(self, codes: Mapping[int, OwnCode]) -> None:
        self.codes = codes
        self.states: dict[int, Any] = {}
        self.arguments: dict[int, Any] = {}
        self.results: dict[int, Any] = {}
        self.broken = False  # its `setup` failed, so it does no task

    def set_up(self) -> None:
        """Call every `setup`. Raises OwnCodeError; steps that were set up before the error stay set up."""
        for number, code in self.codes.items():
            self.states[number] = code.set_up()

    async def set_up_async(self) -> None:
        """As `set_up`, and await the functions that are asynchronous."""
        for number, code in self.codes.items():
            self.states[number] = await resolved(code, "setup", code.set_up())

    def tear_down(self) -> None:
        """Call `teardown` for each state, then raise the first OwnCodeError, if any."""
        failures = []
        while self.states:
            number, state = self.states.popitem()
            try:
                self.codes[number].tear_down(state)
            except OwnCodeError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    async def tear_down_async(self) -> None:
        """As `tear_down`, and await the functions that are asynchronous."""
        failures = []
        while self.states:
            number, state = self.states.popitem()
            try:
                await resolved(self.codes[number], "teardown", self.codes[number].tear_down(state))
            except OwnCodeError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def take(self, carried: tuple[bytes, Mapping[int, Any]], task: int, *, pickled: bool) -> bytes:
        """Keep the arguments that came with a task; return the payload that came beside them."""
        payload, arguments = carried
        self.results = {}
        self.arguments = {
            number: self.codes[number].argument_of(data, task) if pickled else data
            for number, data in arguments.items()
            if number in self.codes
        }
        return payload

    def bound(self, number: int) -> Any:
        """Return the function that runs step `number` on this worker."""
        code = self.codes[number]
        task = code.task_with()
        if code.makes_arguments:

            def with_argument(item: NamedItem) -> None:
                self.results[number] = task(self.arguments.get(number), self.states[number])

            return with_argument

        def with_number(item: NamedItem) -> None:
            self.results[number] = task(item.number, self.states[number])

        return with_number


# The worker that the current coroutine belongs to: each asyncio task has a context of its own.
current: contextvars.ContextVar[OwnWorker] = contextvars.ContextVar("gilscope_own_worker")


def bound_async(code: OwnCode, number: int) -> Any:
    """Return the function that runs a step on the calling coroutine; asynchronous if the step's task is."""
    task = code.task_with()
    makes_arguments = code.makes_arguments

    def call(item: NamedItem) -> Any:
        worker = current.get()
        given = worker.arguments.get(number) if makes_arguments else item.number
        return task(given, worker.states[number])

    def called(item: NamedItem) -> None:
        current.get().results[number] = call(item)

    async def awaited(item: NamedItem) -> None:
        current.get().results[number] = await call(item)

    return awaited if code.awaits else called


async def resolved(code: OwnCode, name: str, value: Any) -> Any:
    """Return what a function of user code returned, awaited if need be. Raises OwnCodeError, naming the function."""
    if not inspect.isawaitable(value) or name not in code.functions.around:
        return value
    try:
        return await value
    except (Exception, SystemExit) as error:
        raise code.failed(name, error) from error


def pack(payload: bytes, worker: OwnWorker, task: int, *, pickled: bool) -> Any:
    """Return what a worker sends back after a task: the payload and the results. Raises OwnCodeError."""
    if not pickled:
        return payload, worker.results
    results = {number: worker.codes[number].result_of(task, value) for number, value in worker.results.items()}
    return pickle.dumps((payload, results), pickle.HIGHEST_PROTOCOL)
