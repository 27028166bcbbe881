"""A step's own code in one process: calls prepare, argument, setup, the task, teardown and finish.

Guarantees. If a person's function raises, an OwnCodeError names the function and the step's key, with the traceback.
Where memory is not shared, the results of `prepare` and `argument` are pickled here, in the host, so that a value which
cannot be pickled is reported before a model gets it; a worker unpickles them after it has executed the module.
"""

from __future__ import annotations

import inspect
import os
import pickle
import threading
from collections.abc import Callable
from typing import Any

from engine.workload.errors import ExperimentError
from engine.workload.own.module import module_of
from engine.workload.source_check import TASK, OwnFunction, OwnFunctions, SourceError, own_functions
from engine.workload.steps import StepContext


class OwnCodeError(ExperimentError):
    """A person's function failed outside of a task; the exception that it raised is the cause."""


class OwnCode:
    """The functions of one step's source in this process. `run_shares_memory` says whether all workers are in it."""

    def __init__(self, context: StepContext, source: str, function: str = TASK, import_from: str = "") -> None:
        self._context, self.path = context, f"{context.path}.source"
        self._function = function or TASK
        try:
            self.functions: OwnFunctions = own_functions(source, self._function)
        except SourceError as error:
            raise ExperimentError(self.path, str(error)) from None
        self._module = module_of(context.shared, context.number, source, context.path, import_from)
        for each in (self.functions.task, *self.functions.around.values()):
            if not callable(getattr(self._module, each.name, None)):
                raise ExperimentError(self.path, f"{each.name} is no longer a function once the source has run")

    @property
    def has_around(self) -> bool:
        """Whether the source defines more than its task."""
        return not self.functions.alone

    @property
    def makes_arguments(self) -> bool:
        """Whether tasks are called with the result of `argument(number)` instead of the number."""
        return "argument" in self.functions.around

    @property
    def awaits(self) -> bool:
        """Whether its task is `async def`."""
        return inspect.iscoroutinefunction(self.task)

    @property
    def task(self) -> Callable[..., Any]:
        """The task itself, as the source defines it."""
        found: Callable[..., Any] = getattr(self._module, self._function)
        return found

    def by_number(self) -> Callable[[int], Any]:
        """Return the task as a function of its number alone."""
        task = self.task
        return task if self.functions.task.takes == 1 else lambda number: task()

    def task_with(self) -> Callable[[Any, Any], Any]:
        """Return the task as a function of its argument and its worker's state, even if it takes only one of them."""
        task, takes = self.task, self.functions.task.takes
        if takes == 2:
            return task
        if takes == 1:
            return lambda argument, state: task(argument)
        return lambda argument, state: task()

    def refuse_awaited(self) -> None:
        """Raise ExperimentError if one of its functions is `async def`: the model calls functions without awaiting."""
        for each in (self.functions.task, *self.functions.around.values()):
            if inspect.iscoroutinefunction(getattr(self._module, each.name)):
                problem = (
                    f"async def {each.name} needs a model that awaits, such as asyncio; {self._context.model} calls"
                )
                raise ExperimentError(self.path, problem)

    # In the host.

    def prepare(self, *, pickled: bool) -> None:
        """Call `prepare` and keep its result for all workers; `pickled`: also in a file, for workers elsewhere."""
        value = self._call("prepare")
        self._context.shared[self._key] = value
        if pickled and "prepare" in self.functions.around:
            os.makedirs(os.path.dirname(self._file), 0o700, exist_ok=True)
            with open(self._file, "wb") as file:
                file.write(
                    self._pickled(
                        value,
                        "prepare() returned something that cannot be pickled, and the "
                        "workers do not share the host's memory",
                    )
                )

    def argument(self, number: int) -> Any:
        """Return the result of `argument(number)`."""
        return self._call("argument", number)

    def pickled_argument(self, number: int, value: Any) -> bytes:
        """Return the result of `argument(number)` as it is sent to a worker that shares no memory with the host."""
        return self._pickled(value, f"argument({number}) returned something that cannot be pickled")

    def finish(self) -> None:
        """Call `finish`."""
        self._call("finish", self.shared())

    # On a worker.

    def shared(self) -> Any:
        """Return the result of `prepare`: the object itself in the host and its forks, elsewhere an unpickled copy."""
        shared = self._context.shared
        if self._key not in shared and "prepare" in self.functions.around:
            with _unpickling, open(self._file, "rb") as file:
                if self._key not in shared:
                    shared[self._key] = self._unpickled(file.read(), "what prepare() returned")
        return shared.get(self._key)

    def argument_of(self, data: bytes, task: int) -> Any:
        """Return a task's argument, unpickled from `data`."""
        return self._unpickled(data, f"what argument({task}) returned")

    def result_of(self, task: int, value: Any) -> bytes:
        """Return a task's result, pickled to be sent back."""
        return self._pickled(value, f"{self._function} returned something for task {task} that cannot be pickled")

    def set_up(self) -> Any:
        """Return a worker's state: the result of `setup` (perhaps an awaitable), or else what is shared."""
        if "setup" not in self.functions.around:
            return self.shared()
        return self._call("setup", self.shared())

    def tear_down(self, state: Any) -> Any:
        """Call `teardown`; its result may be awaited."""
        return self._call("teardown", state)

    def failed(self, name: str, error: BaseException) -> OwnCodeError:
        """Return the OwnCodeError that says that a function raised `error`."""
        words = f"{type(error).__name__}: {_text(error)}".removesuffix(": ")
        found = OwnCodeError(self.path, f"{name}() failed: {words}")
        found.__cause__ = error
        return found

    @property
    def _key(self) -> str:
        return f"prepared:{self._context.number}"

    @property
    def _file(self) -> str:
        # Outside the working folder, which belongs to the person's code.
        return os.path.join(os.path.dirname(self._context.folder), "own", f"prepared-{self._context.number}.pickle")

    def _call(self, name: str, *given: Any) -> Any:
        function: OwnFunction | None = self.functions.around.get(name)
        if function is None:
            return None
        try:
            return getattr(self._module, name)(*given[: function.takes])
        except (Exception, SystemExit) as error:
            raise self.failed(name, error) from error

    def _pickled(self, value: Any, problem: str) -> bytes:
        try:
            return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # a person's __reduce__ may raise anything
            found = OwnCodeError(self.path, f"{problem} ({type(value).__name__}: {_text(error)})")
            raise found from error

    def _unpickled(self, data: bytes, what: str) -> Any:
        try:
            return pickle.loads(data)
        except Exception as error:
            found = OwnCodeError(self.path, f"{what} cannot be unpickled ({type(error).__name__}: {_text(error)})")
            raise found from error


_unpickling = threading.Lock()


def _text(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())[:300]
    except Exception:  # the __str__ of a person's own class may raise anything
        return "its message cannot be made"
