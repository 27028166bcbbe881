"""Writes the functions that do a script's tasks: a call of a plain function for each step, with its values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.script import plain_parts
from engine.script.bundle import Bundle
from engine.script.own_calls import OwnCalls
from engine.script.own_source import OwnSource
from engine.workload import steps
from engine.workload.limits.limit import limit_of, without_limit
from engine.workload.plain import ONCE, WORKER, Made, Name, Plain
from engine.workload.toml_table import TomlTable

WIDTH = 100


@dataclass(frozen=True)
class PlainStep:
    """A step of a script: its plain functions, whether it is awaited, and how many may be in it at once."""

    plain: Plain
    is_async: bool
    limit: int | None
    own: OwnSource | None = None  # in place of a plain function

    @classmethod
    def of(cls, number: int, given: TomlTable, *, is_async: bool, own: OwnSource | None) -> PlainStep:
        """Return step `number` of a workload."""
        if own is not None:
            task = own.functions.task
            return cls(Plain(task.name, _not_called, {}, may_fail=True), task.is_async, limit_of(given), own)
        values = {key: value for key, value in without_limit(given).items() if key != "kind"}
        step = steps.load(str(given["kind"]))
        assert step.plain is not None
        plain = step.plain(number, **values)
        return cls(plain, is_async and plain.awaited is not None, limit_of(given))

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments of its function."""
        awaited = self.plain.awaited_arguments if self.is_async else None
        return self.plain.arguments if awaited is None else awaited

    @property
    def needs_seed(self) -> bool:
        """Whether it uses random numbers."""
        return any(_needs_seed(value) for value in self.arguments.values())


@dataclass
class TaskWriter:
    """Writes the functions of tasks, and collects the top-level definitions that they need."""

    bundle: Bundle
    is_tuple: bool  # items are tuples, with the number in the middle
    remote: bool = False  # tasks are done by several processes
    has_arguments: bool = False  # items are pairs of the number and what `argument` made for it
    constants: list[str] = field(default_factory=list)
    keeps: bool = False  # a worker keeps something between its tasks
    _names: set[str] = field(default_factory=set)

    def function(
        self, name: str, own: Sequence[PlainStep], *, is_async: bool, remote: bool, handed_on: bool = False
    ) -> str:
        """Return the function `name`, which does the steps of one task; `handed_on`: it returns the item."""
        kept: list[str] = []
        set_up = OwnCalls.of(step.own for step in own if step.own is not None).set_up()
        self.keeps = self.keeps or bool(set_up)
        calls = [line for step in own for line in self._calls(step, kept, is_async=is_async)]
        if remote:
            self._keep(kept, "begun", f"mine.begun = {self.bundle.add('parts', plain_parts.note_start)}() is None")
        body = [*(["number = item[1]"] if self.is_tuple else []), *kept, *calls]
        if any(step.plain.may_fail for step in own):
            if self.remote:
                note = f"{self.bundle.add('parts', plain_parts.note_failure)}()"
            else:
                self.bundle.need("traceback")
                note = "failures.append(traceback.format_exc())"
            after = ["    return None"] if handed_on else []
            body = [
                "try:",
                *(f"    {line}" for line in body),
                "except Exception:  # noqa: BLE001",
                f"    {note}",
                *after,
            ]
        returned = ["return item"] if handed_on else []
        kind = "async def" if is_async else "def"
        answer = "Item | None" if handed_on else "None"
        lines = [*set_up, *body, *returned]
        return "\n".join([f"{kind} {name}(item: Item) -> {answer}:", *(f"    {line}" for line in lines)])

    def _keep(self, kept: list[str], name: str, line: str) -> None:
        self.keeps = True
        kept += [f'if not hasattr(mine, "{name}"):', f"    {line}"]

    def _own_call(self, step: PlainStep, own: OwnSource) -> str:
        around = OwnCalls(own)
        number = "number" if self.is_tuple else "item"
        argument = "item[1]" if "argument" in around else number
        given = ", ".join([argument, around.state()][: own.functions.task.takes])
        return f"{'await ' if step.is_async else ''}{step.plain.name}({given})"

    def _calls(self, step: PlainStep, kept: list[str], *, is_async: bool) -> list[str]:
        if step.own is not None:
            return self._limited(step, [self._own_call(step, step.own)], is_async=is_async)
        function: Any = step.plain.awaited if step.is_async else step.plain.function
        self.bundle.make_brief(function)
        name = self.bundle.add("steps", function, step.plain.name)
        written = [f"{key}={self._written(key, value, kept)}" for key, value in step.arguments.items()]
        call = call_lines(f"{'await ' if step.is_async else ''}{name}", written)
        return self._limited(step, call, is_async=is_async)

    def _limited(self, step: PlainStep, call: list[str], *, is_async: bool) -> list[str]:
        if step.limit is None:
            return call
        module = "asyncio" if is_async else "threading"
        self.bundle.need(module)
        semaphore = self._constant("AT_ONCE", f"{module}.Semaphore({step.limit})")
        return [f"{'async ' if is_async else ''}with {semaphore}:", *(f"    {line}" for line in call)]

    def _written(self, name: str, value: Any, kept: list[str]) -> str:
        """Return the source of an argument."""
        if isinstance(value, Name):
            if value.startswith("os."):
                self.bundle.need("os")
            if value == "item" and self.has_arguments:
                return "item[0]"
            return "number" if value == "item" and self.is_tuple else str(value)
        if not isinstance(value, Made):
            return json.dumps(value) if isinstance(value, str) else repr(value)
        self.bundle.make_brief(value.function)
        function = self.bundle.add("steps", value.function)
        given = [f"{key}={self._written(key, each, kept)}" for key, each in value.arguments.items()]
        call = f"{function}({', '.join(given)})"
        if value.when == ONCE:
            return self._constant(name.upper(), call)
        if value.when != WORKER:
            return call
        own = self._free(name)
        self._keep(kept, own, f"mine.{own} = {call}")
        return f"mine.{own}"

    def _constant(self, name: str, value: str) -> str:
        for line in self.constants:
            if line.endswith(f" = {value}") and not name.startswith("AT_ONCE"):
                return line.partition(" = ")[0]
        found = self._free(name)
        self.constants.append(f"{found} = {value}")
        return found

    def _free(self, name: str) -> str:
        found, count = name, 2
        while found in self._names:
            found, count = f"{name}_{count}", count + 1
        self._names.add(found)
        return found


def _not_called() -> None:
    """In the place of a plain function for own code, whose source has the function."""


def _needs_seed(value: Any) -> bool:
    if isinstance(value, Made):
        return any(_needs_seed(each) for each in value.arguments.values())
    return isinstance(value, Name) and value == "SEED"


def call_lines(name: str, arguments: Sequence[str]) -> list[str]:
    """Return the lines of a call: one, or one for each argument where that would be too long."""
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return [line]
    return [f"{name}(", *(f"    {each}," for each in arguments), ")"]
