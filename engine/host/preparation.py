"""Prepares what a host runs from its run's folder, and checks what only the interpreter that runs it can check."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from engine import registry
from engine.host.event_loop import NOT_RECORDED, check_loop, records_itself
from engine.host.items import RunItems
from engine.host.probe import HostRun
from engine.host.side_by_side import HostedGroup
from engine.host.task import attach, task_of
from engine.models import ModelDescriptor, refuse_fork
from engine.models import load as load_model
from engine.record.host_files import LOOPS, HostSettings, StageSettings, TaskSettings, read_request, write_request
from engine.record.stack_file import FOLDER as STACKS
from engine.workload import steps as step_registry
from engine.workload.catalogue import ModelCard
from engine.workload.errors import ExperimentError
from engine.workload.group import is_pipeline, numbered_steps, parts_of, step_paths, steps_of_group, workers_of
from engine.workload.limits.limit import limit_of
from engine.workload.limits.semaphores import make_shared
from engine.workload.toml_table import TomlTable
from engine.workload.workload import Workload

if TYPE_CHECKING:
    from engine.host.own.host_side import OwnCodes
    from engine.host.stages.pipeline import Pipeline


Noting = Callable[[Any, int], Any]  # from a group's items and its number


class Prepared(NamedTuple):
    """What a host runs: a model, its options, the run that its workers share, its parts, and notes for the person."""

    model: ModelDescriptor
    options: TomlTable
    run: HostRun
    parts: list[HostedGroup]
    notes: list[str]
    pipeline: Pipeline | None  # instead of parts, if the workload has stages
    noting: Noting
    own: OwnCodes | NoOwnCode


def prepare(folder: str) -> Prepared:
    """Read the experiment, and check what can only be checked under the interpreter that runs it."""
    settings = read_request(folder, HostSettings)
    if settings.nice and hasattr(os, "nice"):  # Windows has none
        os.nice(settings.nice)
    registry.use_plugins(settings.plugins)
    experiment = settings.experiment
    options = dict(experiment["model"])
    model = load_model(options.pop("kind"))
    reason = model.unavailable()
    if reason:
        raise ExperimentError("model.kind", reason)
    workload = experiment["workload"]
    groups = parts_of(workload)
    asked = workers_of(experiment)
    options.pop("workers", None)
    options.pop("interpreter", None)
    options.pop("gil", None)
    # Options that an older experiment or a benchmark leaves out have their defaults.
    options = {**{each.name: each.default for each in model.card.parameters}, **options}
    models: list[ModelDescriptor] = []
    if is_pipeline(workload):
        from engine.host.stages.stage_models import stage_models  # late: without stages a host starts sooner

        models = stage_models(workload, model, options)
    elif groups:
        _check_groups(model, options)
    check_loop(options)
    workers = asked if groups else model.card.workers_of(asked)
    notes = []
    if workers != asked:
        notes.append(f"{model.card.title} has one worker by its nature; workers = {asked} was not used.")
    if not records_itself(options):
        notes.append(NOT_RECORDED)
    for name in ("lanes", LOOPS, STACKS, "errors"):
        os.makedirs(os.path.join(folder, name), 0o700, exist_ok=True)
    for_workers = TaskSettings(
        experiment=experiment,
        services=settings.services,
        phases_limit=settings.phases_limit,
        plugins=settings.plugins,
        is_async=any(each.card.is_async for each in models or [model]),
        shares_memory=all(each.card.shares_memory for each in models or [model]),
        queues=model.has_queue(workers, options),
        workers=workers,
        host_pid=os.getpid(),
        lane_files=_lane_files(model.card, workers, options) + max(0, len(groups) - 1),
        stages=tuple(StageSettings(each.card.key, each.card.is_async, each.card.shares_memory) for each in models),
        limits=_make_limits(workload, model, models, options),
    )
    write_request(folder, for_workers)
    run = attach(folder).run
    _check_steps(run)
    if options.get("start_method") == "forkserver":
        own_steps = [step_registry.load(step["kind"]) for step in run.steps]
        preload([model.run, *(each.run for each in models), *(each.bind for each in own_steps)])
    own = _own_codes(run)
    own.prepare()
    if models:
        from engine.host.stages.stage_models import pipeline_of

        pipeline = pipeline_of(workload, models, options, run, _workload(workload), own.items)
        return Prepared(model, options, run, [], notes, pipeline, _as_they_are, own)
    noting = _noting(model, run, notes)
    return Prepared(model, options, run, _parts(workload, model, run, own, noting), notes, None, noting, own)


def _as_they_are(items: Any, group: int) -> Any:
    return items


def _noting(model: ModelDescriptor, run: HostRun, notes: list[str]) -> Noting:
    """Return what makes a group's items note how they are handed over; it returns the items themselves if none do."""
    copies = not run.settings.shares_memory
    groups = [group for group in run.groups() if run.notes_carrying(group)]
    if copies and not model.returns:  # nothing comes back that would tell when own code's argument was unpickled
        groups = [group for group in groups if not run.carries_own(group)]
    if not groups or (copies and model.pickles is None):
        return _as_they_are
    from engine.host.payloads.carrying import CarriedItems, HandedItems, Recorder  # only these need it

    try:
        recorder = Recorder(run.folder, run.settings.phases_limit // 2)
    except OSError as error:
        notes.append(f"When payloads were carried is not recorded: {error.strerror}.")
        return _as_they_are

    def noting(items: Any, group: int) -> Any:
        if group not in groups:
            return items
        if copies and run.carries_own(group):  # its values are pickled under every model
            items.time_pickling()
            return items
        if copies and model.pickles:
            return CarriedItems(items, own_copies=run.in_chunks)
        payload = run.payload(group)
        sizes = (payload.to * 1024, payload.back * 1024 if model.returns else 0) if copies else (0, 0)
        return HandedItems(items, recorder, *sizes)

    return noting


class NoOwnCode:
    """In the place of OwnCodes for a run whose steps carry no code of the user's."""

    def prepare(self) -> None:
        """There is nothing to call."""

    def items(self, items: Any, group: int = 0) -> Any:
        """Return the items themselves."""
        return items

    def end(self) -> None:
        """There is nothing to call."""


def _own_codes(run: HostRun) -> OwnCodes | NoOwnCode:
    if not any(run.carries_own(group) for group in run.groups()):
        return NoOwnCode()
    from engine.host.own.host_side import OwnCodes  # late: without such code a host starts sooner

    return OwnCodes(run)


def _parts(
    data: TomlTable, model: ModelDescriptor, run: HostRun, own: OwnCodes | NoOwnCode, noting: Noting
) -> list[HostedGroup]:
    groups = data.get("groups")
    if not groups:
        made = RunItems(_workload(data), run.control, run.payload().there(), begun_here=run.begun_at_once)
        items = noting(own.items(made), 0)
        return [HostedGroup("", task_of(run, model.in_place), items, run.workers)]
    parts = []
    for number, group in enumerate(groups):
        amount = {"tasks": group["tasks"]} if "tasks" in group else {}
        workload = _workload({**data, **amount, "arrival_per_s": group.get("arrival_per_s"), "seed": run.seed + number})
        payload = run.payload(number).there()
        begun = run.begun_at_once
        items = RunItems(workload, run.control, payload, begun_here=begun, group=number, groups=len(groups))
        items = noting(own.items(items, number), number)
        parts.append(HostedGroup(str(group["name"]), attach(run.folder, number), items, int(group["workers"])))
    return parts


def _check_groups(model: ModelDescriptor, options: TomlTable) -> None:
    if model.card.no_groups:
        raise ExperimentError("workload.groups", model.card.no_groups)
    refuse_fork(options, "groups")


def _lane_files(card: ModelCard, workers: int, options: TomlTable) -> int:
    """Return how many lane files the run has: the coroutines of an event loop share one."""
    if card.worker_kind != "coroutine":
        return workers
    return 1 if card.shares_memory else -(-workers // int(options.get("coroutines_each", 1)))


def _make_limits(
    workload: TomlTable, model: ModelDescriptor, stages: list[ModelDescriptor], options: TomlTable
) -> dict[str, str]:
    """Make the semaphores of steps with a limit, if the workers share no memory; return their names by step."""
    names = {}
    own_models = [own for stage, own in enumerate(stages) for _ in steps_of_group(workload, stage)]
    steps, paths = numbered_steps(workload), step_paths(workload)
    for number, (step, path, own) in enumerate(zip(steps, paths, own_models or [model] * len(steps), strict=True)):
        limit = limit_of(step)
        if limit is None or own.card.shares_memory:
            continue
        if options.get("address"):
            raise ExperimentError(f"{path}.limit", "workers on other machines share no semaphore; leave out address")
        names[str(number)] = make_shared(limit, f"{path}.limit")
    return names


def _check_steps(run: HostRun) -> None:
    # Binding once here, before any worker exists, refuses a run with a faulty step, by a message that names the step.
    for number, given in enumerate(run.steps):
        step = step_registry.load(given["kind"])
        if step.check is not None:
            step.check(given, run.paths[number])
        run.bind(number)


def preload(functions: Iterable[Callable[..., Any]]) -> None:
    """Make a fork server import the modules of these functions, and those that every worker needs, before it forks.

    A script's fork server imports the script in the same way. None of these modules starts a thread, so forks are safe.
    """
    import multiprocessing

    modules = {each.__module__ for each in functions} - {"__main__"}
    multiprocessing.set_forkserver_preload(["__main__", "engine.host.task", "engine.host.recording", *sorted(modules)])


def _workload(data: TomlTable) -> Workload:
    return Workload(
        steps=(),
        tasks=data.get("tasks"),
        duration_s=data.get("duration_s"),
        until_stopped=bool(data.get("until_stopped")),
        arrival_per_s=data.get("arrival_per_s"),
        seed=int(data["seed"]),
    )
