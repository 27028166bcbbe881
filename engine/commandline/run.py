"""`gilscope run`: one run of an experiment file, without a window."""

from __future__ import annotations

import contextlib
import tempfile
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.commandline.alone import check_can_run_alone, run_alone
from engine.commandline.console import emit, emit_json, say
from engine.commandline.kept import export_each
from engine.commandline.measuring.observer_cost import observer_cost
from engine.commandline.report import printed, report
from engine.commandline.run_watch import RunWatch
from engine.commandline.targets import add_run_targets
from engine.commandline.trusted import add_trust, catalogue_of, require_trust
from engine.commandline.verb import DONE, FAILED, INTERRUPTED, RequestError, Verb
from engine.history.store import HistoryError, Store
from engine.record.atomic_folder import check_file, check_folder
from engine.record.run_folder import new_run_id
from engine.wire.client import Conductor
from engine.wire.result import RunResult
from engine.workload import experiment_file
from engine.workload.catalogue import Catalogue
from engine.workload.experiment import Experiment, check
from engine.workload.group import parts_key
from engine.workload.toml_table import TomlTable


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    add_experiment(parser)
    add_run_targets(parser)
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.add_argument(
        "--observer-cost",
        action="store_true",
        help="then measure the overhead: run it with and without recording and sampling, in turn, for half a minute",
    )
    parser.add_argument(
        "--alone",
        action="store_true",
        help="then run it with one worker: whether a task takes more processor time beside others than alone",
    )
    parser.add_argument(
        "--witness-budget",
        metavar="PERCENT",
        type=float,
        default=3.0,
        help="how much of one core may be used to see what threads wait for (default 3; 0: do not look)",
    )
    parser.add_argument("--no-history", action="store_true", help="do not keep the run")
    add_trust(parser)


def add_experiment(parser: ArgumentParser) -> None:
    """Declare the file argument, and the options that override parts of the file: see `overridden`."""
    parser.add_argument("file", metavar="FILE.toml", help="the experiment")
    parser.add_argument("--model", metavar="KEY", help="run under this model instead (see `gilscope models`)")
    parser.add_argument(
        "--workers",
        metavar="N",
        type=workers_argument,
        action="append",
        help="with this many workers; NAME=N for one group of a file with groups, may be repeated",
    )
    parser.add_argument("--interpreter", metavar="NAME", help='under this Python: "3.13", "3.13t", a path')
    parser.add_argument("--gil", choices=("on", "off"), help="turn a free-threaded Python's GIL on or off")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--tasks", metavar="N", type=int, help="run this many tasks")
    amount.add_argument("--duration", metavar="S", type=float, help="run for this many seconds")


def run(arguments: Namespace) -> int:
    """Run the experiment, and print its result."""
    data = overridden(experiment_file.read(arguments.file), arguments)
    if arguments.csv:
        check_folder(arguments.csv)
    if arguments.trace:
        check_file(arguments.trace)
    with _store(arguments) as store, Conductor() as conductor:
        experiment, catalogue, trust = _checked(data, conductor, arguments)
        if arguments.alone:
            check_can_run_alone(experiment)
        run_id = new_run_id()
        watch = RunWatch(conductor, run_id, store)
        result = watch.run(experiment, trust=trust, witness_percent=arguments.witness_budget)
        _raise_refusal(result, store)
        if result.incomplete:
            say(f"gilscope: {result.incomplete}")
        kept = not arguments.no_history and store.has(run_id)
        code = _exit_code(result, interrupted=watch.interrupted)
        code = code if kept or arguments.no_history else FAILED
        if arguments.observer_cost and code == DONE:
            cost, code = observer_cost(conductor, run_id, trust=trust)
            result = replace(result, observer_cost=cost)
        if arguments.alone and code == DONE:
            result, code = run_alone(conductor, store, experiment, catalogue, result, trust=trust)
        try:
            exported = export_each(store.folder_of(run_id), csv=arguments.csv, trace=arguments.trace)
        except KeyboardInterrupt:  # the run is kept, and its result is known
            say("gilscope: interrupted before all was exported")
            exported, code = True, INTERRUPTED
        if arguments.json:
            emit_json(printed(result))
        else:
            emit(report(result, experiment.title))
            if kept:
                emit(f"kept as {run_id}")
    return code if exported else code or FAILED


def overridden(data: TomlTable, arguments: Namespace) -> TomlTable:
    """Return an experiment with the command's options in place of the file's values."""
    model, workload = data.get("model"), data.get("workload")
    if isinstance(model, dict):
        given = {
            "kind": arguments.model,
            "workers": _one_number(arguments, workload),
            "interpreter": arguments.interpreter,
            "gil": None if arguments.gil is None else arguments.gil == "on",
        }
        model = {**model, **{key: value for key, value in given.items() if value is not None}}
    amount = {"tasks": arguments.tasks, "duration_s": arguments.duration}
    amount = {key: value for key, value in amount.items() if value is not None}
    if isinstance(workload, dict) and amount:
        kept = {key: value for key, value in workload.items() if key not in ("tasks", "duration_s", "until_stopped")}
        workload = {**amount, **kept}
    workload = _with_group_workers(workload, arguments)
    changed = {"model": model, "workload": workload}
    return {**data, **{key: value for key, value in changed.items() if key in data}}


def workers_argument(text: str) -> tuple[str, int]:
    """Return the group's name ("" for all workers) and the number in `N` or `NAME=N`."""
    name, equals, number = text.rpartition("=")
    if equals and not name.strip():
        raise ArgumentTypeError(f"must be N or NAME=N, got {text!r}")
    try:
        return name.strip(), int(number)
    except ValueError:
        raise ArgumentTypeError(f"must be a whole number, or NAME=N, got {text!r}") from None


def _one_number(arguments: Namespace, workload: object) -> int | None:
    """Return the number that `--workers N` gives for the whole experiment, None without it."""
    numbers = [number for name, number in arguments.workers or () if not name]
    key = parts_key(workload) if isinstance(workload, dict) else None
    if numbers and key is not None:
        raise RequestError(f"--workers: each {key[:-1]} says its own here: give NAME=N")
    return numbers[-1] if numbers else None


def _with_group_workers(workload: Any, arguments: Namespace) -> Any:
    """Return the workload with the numbers of `--workers NAME=N` in its groups."""
    changed = {name: number for name, number in arguments.workers or () if name}
    if not changed:
        return workload
    key = parts_key(workload) if isinstance(workload, dict) else None
    groups = workload[key] if key is not None else None
    named = [group for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    for name in changed:
        if not any(group.get("name") == name for group in named):
            known = ", ".join(str(group.get("name")) for group in named) or "there are no groups"
            raise RequestError(f"--workers: no group of this file is called {name!r} ({known})")
    assert key is not None  # else no group has such a name
    return {**workload, key: [_with_workers(group, changed) for group in groups or ()]}


def _with_workers(group: Any, changed: dict[str, int]) -> Any:
    if isinstance(group, dict) and group.get("name") in changed:
        return {**group, "workers": changed[group["name"]]}
    return group


def _checked(data: TomlTable, conductor: Conductor, arguments: Namespace) -> tuple[Experiment, Catalogue, bool]:
    """Return the checked experiment, the catalogue, and whether the experiment needed permission, and got it."""
    catalogue = catalogue_of(conductor)
    experiment = check(data, catalogue)
    return experiment, catalogue, require_trust(experiment, catalogue, arguments)


@contextmanager
def _store(arguments: Namespace) -> Iterator[Store]:
    """Open the history, or a temporary one for a run that is not to be kept."""
    if arguments.no_history:
        from engine.processes.guard import Guard

        temporary = tempfile.TemporaryDirectory(prefix="gilscope-", ignore_cleanup_errors=True)
        with temporary as folder, contextlib.closing(Guard()) as guard, Store(Path(folder)) as store:
            guard.watch_folder(Path(folder))  # it is removed, too, if this process is killed
            yield store
        return
    try:
        store = Store()
    except HistoryError as error:
        raise RequestError(f"{error}; run with --no-history, or set GILSCOPE_DATA to another folder") from None
    with store:
        yield store


def _raise_refusal(result: RunResult, store: Store) -> None:
    """Raise ExperimentError for a run that its host refused to begin, for example for a mistake in a step's source."""
    tasks, first = result.tasks, result.errors.first if result.errors is not None else None
    if first is not None and first.type == "ExperimentError" and not (tasks and (tasks.done or tasks.failed)):
        store.delete(result.run_id)
        raise RequestError(first.message)


def _exit_code(result: RunResult, *, interrupted: bool) -> int:
    if result.status == "failed" or result.incomplete:
        return FAILED
    return INTERRUPTED if interrupted and result.status == "stopped" else DONE


VERB = Verb("run", "run an experiment and print its result", add_arguments, run)
