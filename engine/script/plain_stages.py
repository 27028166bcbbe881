"""Writes the source that runs a script's stages: their queues, and each stage under its model's own function."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

from engine.script import plain_parts
from engine.script.bundle import Bundle
from engine.script.script_part import ScriptPart


def stage_lines(
    bundle: Bundle, stages: Sequence[ScriptPart], items: str, options: Mapping[str, Any], loop: str, *, may_fail: bool
) -> list[str]:
    """Return the lines of `main` that run all stages at once, until all have ended; `loop` is a loop's module."""
    return _Stages(bundle, stages, items, options, loop, may_fail).lines()


class _Stages:
    def __init__(
        self,
        bundle: Bundle,
        stages: Sequence[ScriptPart],
        items: str,
        options: Mapping[str, Any],
        loop: str,
        may_fail: bool,
    ) -> None:
        self._bundle, self._stages, self._items, self._options = bundle, stages, items, options
        self._loop, self._may_fail = loop, may_fail

    def lines(self) -> list[str]:
        lines = [line for number in range(len(self._stages)) for line in self._queue(number)]
        self._bundle.need("threading")
        threads, coroutines = [], []
        if self._stages[0].takes_in_processes:
            feed = self._bundle.add("parts", plain_parts.feed)
            workers = self._stages[0].workers
            threads.append(f"threading.Thread(target={feed}, args=({self._items}, queue_0, {workers}))")
        for number, stage in enumerate(self._stages):
            if stage.on_loop:
                coroutines.append(self._coroutine(number))
            else:
                threads.append(f"threading.Thread(target=lambda: {self._call(number)})")
        lines += ["stages = [", *(f"    {each}," for each in threads), "]"] if threads else []
        lines += ["for each in stages:", "    each.start()"] if threads else []
        if coroutines:
            for module in ("asyncio", self._loop):
                self._bundle.need(module)
            pool = sum(2 * stage.workers for stage in self._stages if stage.on_loop)
            self._bundle.need("concurrent.futures", "ThreadPoolExecutor")
            lines += [
                "",
                "async def run_coroutines() -> None:",
                f"    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor({pool}))",
                "    await asyncio.gather(",
                *(f"        {each}," for each in coroutines),
                "    )",
                "",
                f"{self._loop}.run(run_coroutines())",
            ]
        lines += ["for each in stages:", "    each.join()"] if threads else []
        return lines

    def _queue(self, number: int) -> list[str]:
        """Return the source of the queue before a stage; the first stage has one only if it runs in processes."""
        stage = self._stages[number]
        if number == 0:
            return [self._process_queue("queue_0", 2 * stage.workers)] if stage.takes_in_processes else []
        before = self._stages[number - 1]
        bound = int(before.table.get("queue") or 1)
        if stage.takes_in_processes or before.takes_in_processes:
            return [self._process_queue(f"queue_{number}", bound)]
        module = "asyncio" if stage.on_loop and before.on_loop else "queue"
        self._bundle.need(module) if module == "asyncio" else self._bundle.need("queue", "Queue")
        kind = "asyncio.Queue" if module == "asyncio" else "Queue"
        return [f"queue_{number}: Any = {kind}({bound})"]

    def _process_queue(self, name: str, bound: int) -> str:
        self._bundle.need("multiprocessing")
        method = self._options.get("start_method", "spawn")
        return f"{name}: Any = multiprocessing.get_context({json.dumps(method)}).Queue({bound})"

    def _run(self, number: int) -> str:
        stage = self._stages[number]
        key = stage.model.card.key.replace("-", "_")
        return self._bundle.add("model", stage.model.run_stage, f"run_{key}")

    def _call(self, number: int) -> str:
        """Return the call that runs a stage off the loop."""
        one = self._bundle.add("parts", plain_parts.run_one)
        stage = self._stages[number]
        first = f"({stage.task}, {self._source(number)}, {self._sink(number)}, {stage.workers})"
        return f"{one}({self._run(number)}, {first}{self._following(number)}{self._given(stage)})"

    def _given(self, stage: ScriptPart) -> str:
        """Return the options of a stage's model that its function does not have by itself."""
        assert stage.model.run_stage is not None
        parameters = inspect.signature(stage.model.run_stage).parameters
        values = {each.name: self._options.get(each.name, each.default) for each in stage.model.card.parameters}
        given = {name: value for name, value in values.items() if parameters[name].default != value}
        return "".join(
            f", {name}={json.dumps(value) if isinstance(value, str) else repr(value)}" for name, value in given.items()
        )

    def _coroutine(self, number: int) -> str:
        one = self._bundle.add("parts", plain_parts.run_one_async)
        stage = self._stages[number]
        first = f"({stage.task}, {self._source(number)}, {self._sink(number)}, {stage.workers})"
        return f"{one}({self._run(number)}, {first}{self._following(number)}{self._given(stage)})"

    def _following(self, number: int) -> str:
        if number + 1 == len(self._stages):
            return ""
        return f", {self._end(number + 1, number)}, {self._stages[number + 1].workers}"

    def _end(self, queue: int, user: int) -> str:
        """Return an end of the queue before stage `queue` for the stage `user`."""
        name = f"queue_{queue}"
        if not self._stages[user].on_loop or self._is_loops(queue):
            return name
        return f"{self._bundle.add('parts', plain_parts.InThread)}({name})"

    def _is_loops(self, queue: int) -> bool:
        return queue > 0 and self._stages[queue].on_loop and self._stages[queue - 1].on_loop

    def _source(self, number: int) -> str:
        stage = self._stages[number]
        if number or stage.takes_in_processes:
            return self._end(number, number)
        kind = plain_parts.AsyncFirstItems if stage.on_loop else plain_parts.FirstItems
        return f"{self._bundle.add('parts', kind)}({self._items})"

    def _sink(self, number: int) -> str:
        stage = self._stages[number]
        if number + 1 == len(self._stages):
            last = plain_parts.AsyncLastPut if stage.on_loop else plain_parts.LastPut
            return f"{self._bundle.add('parts', last)}()"
        end = self._end(number + 1, number)
        if not self._may_fail:
            return end
        passed = plain_parts.AsyncPassed if stage.on_loop else plain_parts.Passed
        return f"{self._bundle.add('parts', passed)}({end})"
