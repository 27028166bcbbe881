"""Writes an experiment as one Python file: the functions of its model and steps, and the code that calls them."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Mapping
from typing import Any

from engine import models
from engine.models import ASYNCIO, ModelDescriptor
from engine.script import limit_parts, parts
from engine.script.bundle import Bundle, ScriptError
from engine.script.plain_script import PlainScript, can_be_plain
from engine.script.plain_task import call_lines
from engine.script.words import head
from engine.workload import steps
from engine.workload.group import has_groups, numbered_steps
from engine.workload.item import NamedItem
from engine.workload.limits import semaphores
from engine.workload.limits.between_loops import BetweenLoops
from engine.workload.limits.limit import limit_of, without_limit
from engine.workload.source_check import TASK, SourceError, own_functions
from engine.workload.steps import StepContext, StepDescriptor
from engine.workload.toml_table import TomlTable

_SETTINGS = ("TASKS", "DURATION_S", "ARRIVAL_PER_S", "SEED", "WORKERS")
_OWN = ("bind_steps", "context", "main", "SHARED")


def script_of(experiment: Mapping[str, Any], name: str = "FILE") -> str:
    """Return the script of an experiment, which must be checked and have every default filled in.

    `name` is the file's name in its docstring. Nothing of the experiment is executed. Raises ScriptError, with a
    sentence, if there can be no script.
    """
    model = models.load(str(experiment["model"]["kind"]))
    if model.in_scripts is not None and can_be_plain(experiment, model):
        return PlainScript(experiment, model, name).text()
    for each in numbered_steps(experiment["workload"]):
        if steps.load(str(each["kind"])).own is not None and has_functions_around(each):
            raise ScriptError(
                "a source with functions around its task (prepare, setup ...) can be a script where all workers are "
                "threads of one process, without groups and stages, and where it means the same in another file"
            )
    return _Script(experiment, name).text()


def has_functions_around(step: Mapping[str, Any]) -> bool:
    """Return whether a step's source defines functions around its task."""
    try:
        return not own_functions(str(step["source"]), str(step.get("function") or TASK)).alone
    except SourceError:
        return False  # a wrong source is reported when it runs


class _Script:
    """One script in the making."""

    def __init__(self, experiment: Mapping[str, Any], name: str) -> None:
        self._experiment, self._name = experiment, name
        self._workload: TomlTable = experiment["workload"]
        options = dict(experiment["model"])
        self._model: ModelDescriptor = models.load(options.pop("kind"))
        if has_groups(experiment):
            raise ScriptError("a workload of several groups cannot be saved as a script yet")
        asked = int(options.pop("workers"))
        self._workers = 1 if self._model.card.max_workers == 1 else asked
        options.pop("interpreter", None)
        options.pop("gil", None)
        self._loop = str(options.pop("loop", ASYNCIO))
        self._options = options
        self._steps = [(each["kind"], steps.load(each["kind"]), each) for each in self._workload["steps"]]
        self._services = {name for _, step, _ in self._steps for name in step.card.services}
        self._sources: list[str] = []
        modules = [self._model.run.__module__, *(step.bind.__module__ for _, step, _ in self._steps)]
        roots = {"engine", *(module.partition(".")[0] for module in modules)}
        own = (*_SETTINGS, *_OWN, *(f"SOURCE_{number + 1}" for number in range(len(self._steps))))
        self._bundle = Bundle(roots, parts.__name__, own)

    def text(self) -> str:
        """Return the file's text."""
        if self._model.in_scripts is None:
            raise ScriptError(f"{self._model.card.title} cannot be saved as a script: it needs more than its own file")
        if unknown := self._services - {"http"}:
            raise ScriptError(f"a script cannot start the {', '.join(sorted(unknown))} service")
        bundle = self._bundle
        for name in ("os", "time", *([self._loop] if self._is_coroutine() else [])):
            bundle.need(name)
        # The first to use a name keeps it: first the names that the rest of the script uses, then the model's.
        bundle.add_constant("item", NamedItem.__module__, "Item")
        bundle.add("item", NamedItem)
        is_async = self._model.card.is_async
        bundle.add("items", parts.do_task_async if is_async else parts.do_task, "do_task")
        for part in (parts.Items, parts.work_folder, parts.report):
            bundle.add("items", part)
        if self._services:
            bundle.add("server", parts.http_server)
        run = bundle.add("model", self._model.run, **self._model.in_scripts)
        bind_steps = self._bind_steps()
        main = self._main(run)
        sections = [
            (None, self._head()),
            (None, self._settings()),
            (None, bundle.text("item")),
            (f"The model: {self._model.card.title}", bundle.text("model")),
            ("The steps of a task", "\n".join([bundle.text("task"), "", "", *self._sources, bind_steps])),
            ("A task, and all of them", bundle.text("items")),
            ("The server that tasks fetch from", bundle.text("server")),
            (None, main),
        ]
        blocks = [f"# --- {title}\n\n{text}" if title else text for title, text in sections if text]
        return "\n\n\n".join(blocks) + "\n"

    def _is_coroutine(self) -> bool:
        return inspect.iscoroutinefunction(self._model.run)

    def _head(self) -> str:
        lines = head(self._experiment, self._model, self._name)
        return "\n".join([*lines, "", _FUTURE, "", *self._bundle.imports()])

    def _settings(self) -> str:
        work = self._workload
        values = (
            ("TASKS", work.get("tasks"), "None: as many as there is time for"),
            ("DURATION_S", work.get("duration_s"), "None: until all tasks are done, or Ctrl-C"),
            ("ARRIVAL_PER_S", work.get("arrival_per_s"), "None: a worker takes the next task when it is free"),
            ("SEED", work["seed"], "of all random numbers"),
            ("WORKERS", self._workers, self._model.card.worker),
        )
        return "\n".join(f"{name} = {value!r}  # {about}" for name, value, about in values)

    def _bind_steps(self) -> str:
        """Copy the steps; return the function that prepares them."""
        calls = []
        for number, (kind, step, given) in enumerate(self._steps):
            key = re.sub(r"\W", "_", kind)
            is_async = self._model.card.is_async and step.bind_async is not None
            function: Any = step.bind_async if is_async else step.bind
            self._name_functions(step, key)
            name = self._bundle.add("task", function, f"bind_{key}")
            own = without_limit(given)
            parameters = [f"{each}={self._value(value)}" for each, value in own.items() if each != "kind"]
            calls.append(self._limited(number, given, "\n".join(call_lines(name, [f"context({number})", *parameters]))))
        context = self._bundle.add("task", StepContext)
        lines = [
            "SHARED: dict[str, object] = {}  # what the workers of one process share",
            "",
            "",
            f"def context(number: int) -> {context}:",
            '    """Return the context that a step may use."""',
            f"    return {context}(",
            *(f"        {line}," for line in self._context()),
            "    )",
            "",
            "",
            "def bind_steps() -> list:",
            '    """Return the steps of a task, prepared for the calling worker."""',
            "    return [",
            *(textwrap.indent(f"{call},", "        ") for call in calls),
            "    ]",
        ]
        return "\n".join(lines)

    def _limited(self, number: int, given: TomlTable, call: str) -> str:
        """Return the source that prepares a step, with the wait for its turn if it has a limit."""
        limit, card = limit_of(given), self._model.card
        if limit is None:
            return call
        name = self._bundle.add("task", limit_parts.limited_async if card.is_async else limit_parts.limited)
        if not card.shares_memory:
            semaphore = f'{self._bundle.add("task", semaphores.shared)}(os.environ["LIMIT_{number + 1}"])'
            if card.is_async:
                semaphore = f"{self._bundle.add('task', BetweenLoops)}({semaphore})"
        else:
            module = "asyncio" if card.is_async else "threading"
            self._bundle.need(module)
            semaphore = f"{module}.Semaphore({limit})"
        return "\n".join(call_lines(name, [call, f'SHARED.setdefault("limit {number + 1}", {semaphore})']))

    def _make_limits(self) -> list[str]:
        """Return the lines that make the semaphores which processes share for steps with a limit."""
        limits = [limit_of(given) for _, _, given in self._steps]
        if self._model.card.shares_memory or not any(limits):
            return []
        make = self._bundle.add("task", semaphores.make_shared)
        return [
            f'        os.environ["LIMIT_{number + 1}"] = {make}({limit}, "step {number + 1}")'
            for number, limit in enumerate(limits)
            if limit is not None
        ]

    def _name_functions(self, step: StepDescriptor, key: str) -> None:
        # Every step's function is called run; here each says what it does.
        for own, name in (("run_async", f"run_{key}_async"), ("run", f"run_{key}")):
            self._bundle.prefer(step.bind.__module__, own, name)

    def _context(self) -> list[str]:
        services = '{"http": os.environ[HTTP_ADDRESS]}' if self._services else "{}"
        return [
            "folder=os.environ[FOLDER]",
            f"services={services}",
            "seed=SEED",
            "number=number",
            f'model="{self._model.card.key}"',
            f"shares_memory={self._model.card.shares_memory}",
            "shared=SHARED",
        ]

    def _value(self, value: object) -> str:
        if isinstance(value, str) and "\n" in value:
            name = f"SOURCE_{len(self._sources) + 1}"
            self._sources.append(f"{name} = {_quoted(value)}\n\n")
            return name
        return json.dumps(value) if isinstance(value, str) else repr(value)

    def _main(self, run: str) -> str:
        options = "".join(f", {name}={self._value(value)}" for name, value in self._options.items())
        call = f"{run}(do_task, items, WORKERS{options})"
        payloads = [given for kind, _, given in self._steps if kind == "payload"]
        if sum(int(each["to_kib"]) for each in payloads) != sum(int(each["back_kib"]) for each in payloads):
            raise ScriptError("a payload with different sizes there and back cannot be saved as a script yet")
        size = " + ".join(str(given["to_kib"]) for given in payloads)
        until_stopped = bool(self._workload.get("until_stopped"))
        lines = [
            "def main() -> None:",
            '    """Do the work, and print how fast it was."""',
            f"    with work_folder(){', http_server()' if self._services else ''}:",
            *self._make_limits(),
            "        bind_steps()  # a wrong step raises here, before anything starts",
            f"        items = Items({f'os.urandom(1024) * ({size})' if size else ''})",
            *(["        signal.signal(signal.SIGINT, items.end)"] if until_stopped else []),
            "        start_ns = time.perf_counter_ns()",
            f"        {f'{self._loop}.run({call})' if self._is_coroutine() else call}",
            "        report(items, start_ns)",
            *self._finishes(),
            "",
            "",
            'if __name__ == "__main__":',
            "    main()",
        ]
        if until_stopped:
            self._bundle.need("signal")
            lines += [
                'elif __name__ == "__mp_main__":',
                "    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles Ctrl-C",
            ]
        return "\n".join(lines)

    def _finishes(self) -> list[str]:
        lines = []
        for number, (_, step, _) in enumerate(self._steps):
            if step.finish is not None:
                name = self._bundle.add("task", step.finish, f"finish_{re.sub(r'[^a-z0-9]', '_', step.card.key)}")
                lines.append(f"        print({step.card.title + ':'!r}, {name}(context({number})))")
        return lines


_FUTURE = "from __future__ import annotations"


def _quoted(text: str) -> str:
    """Return source as a literal that looks like the original, if possible."""
    for quotes in ("'''", '"""'):
        raw = f"r{quotes}{text}{quotes}"
        if quotes not in text and not text.endswith((quotes[0], "\\")) and "\r" not in text and "\0" not in text:
            return raw
    return repr(text)
