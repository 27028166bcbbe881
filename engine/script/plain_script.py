"""Writes an experiment as a programmer would: plain functions with their values, the model's function, `main`."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from engine import models
from engine.models import ASYNCIO, ModelDescriptor
from engine.script import parts, plain_parts
from engine.script.bundle import Bundle
from engine.script.items_text import ItemsNeeds, items_text
from engine.script.own_calls import OwnCalls
from engine.script.own_source import sources_of
from engine.script.pieces import count_name, literal, names_itself, plain_name, started_and_joined
from engine.script.plain_stages import stage_lines
from engine.script.plain_task import PlainStep, TaskWriter
from engine.script.script_part import ScriptPart
from engine.script.words import head
from engine.workload import steps
from engine.workload.group import is_pipeline, numbered_steps, parts_of, steps_of_group
from engine.workload.limits.limit import limit_of
from engine.workload.toml_table import TomlTable

_OWN = ("Item", "Items", "main", "mine", "task", "items", "SEED", "tasks", "seconds", "queue", "folder")
_NO_OPTIONS = ("kind", "workers", "interpreter", "gil")


def can_be_plain(experiment: Mapping[str, Any], model: ModelDescriptor) -> bool:
    """Return whether every step has plain functions, and no step with a limit spans several processes."""
    wanted = numbered_steps(experiment["workload"])
    keys = [each.get("model") for each in parts_of(experiment["workload"])]
    every = [model, *(models.load(str(key)) for key in keys if key)]
    loaded = [steps.load(str(each["kind"])) for each in wanted]
    sources = sources_of(wanted, every)
    if sources is None or any(each.plain is None and each.own is None for each in loaded):
        return False
    if keys and not all(own.functions.alone for own in sources.values()):
        return False
    return all(each.card.shares_memory for each in every) or not any(limit_of(each) for each in wanted)


class PlainScript:
    """One script in the making."""

    def __init__(self, experiment: Mapping[str, Any], model: ModelDescriptor, name: str) -> None:
        self._experiment, self._model, self._name = experiment, model, name
        self._work: TomlTable = experiment["workload"]
        self._options = {key: value for key, value in experiment["model"].items() if key not in _NO_OPTIONS}
        self._loop = str(self._options.pop("loop", ASYNCIO))  # the module whose `run` is called
        self._sources = sources_of(numbered_steps(self._work), [model]) or {}
        self._parts = self._make_parts()
        self._around = OwnCalls.of(self._sources.values())
        roots = {"engine", *(part.model.run.__module__.partition(".")[0] for part in self._parts)}
        self._bundle = Bundle(roots, parts.__name__, (*_OWN, *(part.task for part in self._parts)))
        self._bundle.given("engine.workload.item", "Item")
        for own in self._sources.values():
            for name in own.names - {name for name, _ in own.imports}:
                self._bundle.given(__name__, name)
            for name, wanted in own.imports:
                self._bundle.need_as(wanted, name)
        kinds = [str(each["kind"]) for each in numbered_steps(self._work)]
        self._fetches = any("http" in steps.load(kind).card.services for kind in kinds)
        self._may_fail = any(step.plain.may_fail for part in self._parts for step in part.steps)
        self._remote = any(part.remote for part in self._parts)
        files = any(step.plain.files for part in self._parts for step in part.steps)
        self._needs_folder = files or self._remote

    @property
    def _pipeline(self) -> bool:
        return is_pipeline(self._work)

    def _make_parts(self) -> list[ScriptPart]:
        all_steps, tables = numbered_steps(self._work), parts_of(self._work)
        found, taken = [], {*_OWN, *(name for own in self._sources.values() for name in own.names)}
        for number, table in enumerate(tables or [{}]):
            key = table.get("model")
            model = models.load(str(key)) if key else self._model
            own = [
                PlainStep.of(step, all_steps[step], is_async=model.card.is_async, own=self._sources.get(step))
                for step in steps_of_group(self._work, number)
            ]
            asked = int(table["workers"]) if tables else int(self._experiment["model"]["workers"])
            workers = 1 if model.card.max_workers == 1 else asked
            name = str(table.get("name", ""))
            task = "do_" + (re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or f"{number + 1}")
            task = f"{task}_{number + 1}" if task in taken else task
            taken.add(task)
            task = task if tables else "do_task" if self._sources else "task"
            found.append(ScriptPart(name, task, own, workers, model, dict(table)))
        return found

    def text(self) -> str:
        """Return the file's text."""
        bundle = self._bundle
        writer = TaskWriter(bundle, self._is_tuple, self._remote, has_arguments="argument" in self._around)
        functions = [
            writer.function(
                part.task,
                part.steps,
                is_async=part.is_async,
                remote=self._remote and (part.remote or not self._pipeline),
                handed_on=self._pipeline,
            )
            for part in self._parts
        ]
        bundle.need("signal")
        main = self._main()
        if self._fetches:
            bundle.add("server", plain_parts.start_server)
        if writer.keeps:
            bundle.need("threading")
        sections = [
            self._settings(),
            bundle.text("steps"),
            *(own.text for own in self._sources.values()),
            "\n".join([*writer.constants, *self._kept(writer)]),
            bundle.text("parts"),
            *functions,
            *self._items_texts(),
            bundle.text("model"),
            bundle.text("server"),
            main,
        ]
        body = "\n\n\n".join(each for each in sections if each)
        first = head(self._experiment, self._model, self._name)
        future = ["from __future__ import annotations", ""] if names_itself(body) else []
        return "\n".join([*first, "", *future, *bundle.imports(), "", body]) + "\n"

    def _kept(self, writer: TaskWriter) -> list[str]:
        lines = ["mine = threading.local()  # each worker's own values"] if writer.keeps else []
        if shared := self._around.kept():
            self._bundle.need("typing", "Any")
            lines += shared
        return [*lines, "failures: list[str] = []"] if self._may_fail and not self._remote else lines

    @property
    def _is_tuple(self) -> bool:
        return self._model.card.key == "interpreters" and not self._pipeline

    # The items.

    def _needs(self, part: ScriptPart, number: int) -> ItemsNeeds:
        """Return the needs of a part's items; in a pipeline all items belong to the first part."""
        tasks = part.table.get("tasks", self._work.get("tasks"))
        rate = part.table.get("arrival_per_s", self._work.get("arrival_per_s"))
        groups = 1 if self._pipeline else len(self._parts)
        duration_s = self._work.get("duration_s")
        function = part.model.run_stage if self._pipeline else part.model.run
        source = inspect.getsource(function) if function is not None else ""
        has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
        threads = "Thread(" in source and ("in items" in source or self._pipeline)
        takes_async = part.on_loop if self._pipeline else inspect.iscoroutinefunction(part.model.run)
        return ItemsNeeds(
            None if tasks is None else repr(int(tasks) * groups),
            None if duration_s is None else repr(duration_s),
            None if rate is None else repr(rate),
            takes_async,
            threads and (not has_gil or rate is not None or "argument" in self._around),
            self._remote,
            self._item(),
            len(self._parts) == 1 and not self._fetches and not self._needs_folder and self._around.own is None,
        )

    def _item(self) -> str:
        """Return the source of an item."""
        if "argument" in self._around:
            return f"number, {self._around.call('argument', 'number')}"
        return '(0, number, b"")' if self._is_tuple else "number"

    def _each_needs(self) -> list[ItemsNeeds]:
        own = self._parts[:1] if self._pipeline else self._parts
        return [self._needs(part, number) for number, part in enumerate(own)]

    def _items_name(self, needs: ItemsNeeds) -> str:
        different = list(dict.fromkeys(self._each_needs()))
        place = different.index(needs)
        return "Items" if not place else f"Items{place + 1}"

    def _items_texts(self) -> list[str]:
        several = len(self._each_needs()) > 1
        found = []
        for needs in dict.fromkeys(self._each_needs()):
            text = items_text(needs, ", first: int" if several else "")
            text = text.replace("class Items(", f"class {self._items_name(needs)}(")
            if several:
                text = text.replace("itertools.count(),", f"itertools.count(first, {len(self._parts)}),")
            found.append(text)
        return found

    def _settings(self) -> str:
        kind = "tuple[int, int, bytes]" if self._is_tuple else "int"
        lines = [f"Item = {kind}  # a task's number"]
        if "argument" in self._around:
            self._bundle.need("typing", "Any")
            lines = ["Item = tuple[int, Any]  # a task's number and its argument"]
        draws = any(step.needs_seed for part in self._parts for step in part.steps)
        if draws or any(needs.arrival_per_s for needs in self._each_needs()):
            lines.append(f"SEED = {self._work['seed']}  # of all random numbers")
        return "\n".join(lines)

    # The end of the file.

    def _main(self) -> str:
        for needs in self._each_needs():
            for module in needs.modules:
                self._bundle.need(module)
            self._bundle.need("collections.abc", "AsyncIterator" if needs.is_async else "Iterator")
        names = self._items_names()
        made = [
            f"{name} = {self._items_name(needs)}({number if len(names) > 1 else ''})"
            for number, (name, needs) in enumerate(zip(names, self._each_needs(), strict=True))
        ]
        inner = [*self._around.before(), *made, *self._ending(names)]
        inner += self._stages(names[0]) if self._pipeline else self._run_lines(names)
        inner += self._report(names)
        inner = self._set_up(inner)
        lines = ["def main() -> None:", *(f"    {line}" if line else "" for line in inner), "", ""]
        lines += ['if __name__ == "__main__":', "    main()"]
        if self._remote or self._fetches:
            note = "signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles Ctrl-C"
            lines += ['elif __name__ == "__mp_main__":', f"    {note}"]
        return "\n".join(lines)

    def _items_names(self) -> list[str]:
        if self._pipeline or len(self._parts) == 1:
            return ["items"]
        return [part.task.removeprefix("do_") + "_items" for part in self._parts]

    def _ending(self, names: Sequence[str]) -> list[str]:
        if len(names) == 1:
            ending = f'signal.signal(signal.SIGINT, lambda *_: setattr({names[0]}, "ended", True))'
            return [f"{ending}  # Ctrl-C: tasks that have begun are finished"]
        ended = " = ".join(f"{name}.ended" for name in names)
        lines = ["def end(*_: object) -> None:", f"    {ended} = True  # Ctrl-C: tasks that have begun are finished"]
        return ["", *lines, "", "signal.signal(signal.SIGINT, end)"]

    def _given(self) -> str:
        return "".join(f", {key}={literal(value)}" for key, value in self._options.items())

    def _run_lines(self, names: Sequence[str]) -> list[str]:
        run = self._bundle.add("model", self._model.run, **(self._model.in_scripts or {}))
        is_coroutine = inspect.iscoroutinefunction(self._model.run)
        if is_coroutine:
            self._bundle.need(self._loop)
        calls = [
            f"{run}({part.task}, {name}, {part.workers}{self._given()})"
            for part, name in zip(self._parts, names, strict=True)
        ]
        if len(calls) == 1:
            return [f"{self._loop}.run({calls[0]})" if is_coroutine else calls[0]]
        if is_coroutine and self._model.card.worker_kind == "coroutine":
            self._bundle.need("asyncio")
            lines = ["", "async def run_groups() -> None:", "    await asyncio.gather("]
            return [*lines, *(f"        {call}," for call in calls), "    )", "", f"{self._loop}.run(run_groups())"]
        self._bundle.need("threading")
        calls = [f"{self._loop}.run({call})" if is_coroutine else call for call in calls]
        lines = ["groups = [", *(f"    threading.Thread(target=lambda: {call})," for call in calls), "]"]
        return [*lines, *started_and_joined("groups")]

    def _stages(self, items: str) -> list[str]:

        return stage_lines(self._bundle, self._parts, items, self._options, self._loop, may_fail=self._may_fail)

    def _report(self, names: Sequence[str]) -> list[str]:
        groups = len(names)
        lines = []
        for number, (name, needs) in enumerate(zip(names, self._each_needs(), strict=True)):
            count = f"next({name}.numbers)"
            count = f"min({count}, {needs.tasks})" if needs.tasks is not None else count
            count = f"-(-({count} - {number}) // {groups})" if groups > 1 else count
            lines.append(f"{'tasks' if groups == 1 else count_name(name)} = {count}")
        elapsed = f"{names[0]}.elapsed_s()" if self._remote else f"time.perf_counter() - {names[0]}.start_s"
        lines = [f"seconds = {elapsed}", *lines] if groups > 1 else [f"tasks, seconds = {count}, {elapsed}"]
        if groups > 1:
            counts = [count_name(name) for name in names]
            lines.append(f"tasks = {' + '.join(counts)}")
            told = [
                f'print(f"{plain_name(part.name)}: {{{count}}} tasks, {{{count} / seconds:.3f}} tasks/s")'
                for part, count in zip(self._parts, counts, strict=True)
            ]
            lines += told
        lines += self._around.after()
        if not self._may_fail:
            lines.append(
                'print(f"tasks: {tasks}\\nseconds: {seconds:.6f}\\nthroughput: {tasks / seconds:.3f} tasks/s")'
            )
            return lines
        failed = f"{self._bundle.add('parts', plain_parts.failures)}()" if self._remote else "len(failures)"
        shown = [] if self._remote else ["print(*failures[:1], end='', file=sys.stderr)"]
        return [
            *lines,
            *shown,
            f"failed = {failed}",
            'print(f"tasks: {tasks}" + (f", of which {failed} failed" if failed else ""))',
            'print(f"seconds: {seconds:.6f}\\nthroughput: {(tasks - failed) / seconds:.3f} tasks/s")',
        ]

    def _set_up(self, inner: list[str]) -> list[str]:
        if self._fetches:
            inner = ["start_server()", *inner]
        if not self._needs_folder:
            return inner
        for module in ("os", "tempfile"):
            self._bundle.need(module)
        inner = ["os.chdir(folder)", *inner, "os.chdir(before)"]
        folder = "with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:"
        return ["before = os.getcwd()", folder, *(f"    {line}" if line else "" for line in inner)]
