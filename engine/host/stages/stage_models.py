"""Makes a pipeline's stages from the experiment, in the interpreter that runs them."""

from __future__ import annotations

from collections.abc import Callable

from engine.host.items import RunItems
from engine.host.probe import HostRun
from engine.host.stages.pipeline import Pipeline, PipelineStage
from engine.host.stages.stage_task import attach_stage
from engine.models import ModelDescriptor, load, refuse_fork
from engine.workload.errors import ExperimentError
from engine.workload.toml_table import TomlTable
from engine.workload.workload import Workload

# How pools take a run's items, which stages do not do.
_FOR_ITEMS = {"chunksize": 1, "submit": "bounded"}


def stage_models(workload: TomlTable, model: ModelDescriptor, options: TomlTable) -> list[ModelDescriptor]:
    """Return each stage's model. Raises ExperimentError if one cannot run stages, or cannot run in this interpreter."""
    found = []
    for number, stage in enumerate(workload["stages"]):
        key = stage.get("model")
        own = load(key) if key else model
        path = f"workload.stages[{number}].model" if key else "model.kind"
        if reason := own.unavailable() or own.card.no_stages or own.stages_unavailable():
            raise ExperimentError(path, reason)
        if own.run_stage is None:  # a third party's, whose card does not mention stages
            raise ExperimentError(path, f"{own.card.title} cannot run stages")
        found.append(own)
    for name, plain in _FOR_ITEMS.items():
        if options.get(name, plain) != plain:
            problem = "stages take one item at a time from the queue before them; leave it out"
            raise ExperimentError(f"model.{name}", problem)
    refuse_fork(options, "stages")
    return found


def pipeline_of(
    workload: TomlTable,
    models: list[ModelDescriptor],
    options: TomlTable,
    run: HostRun,
    amount: Workload,
    with_own: Callable[[RunItems], RunItems],
) -> Pipeline:
    """Return the pipeline of a run; `options` are those of the experiment's model, and of stages under the same model.

    `with_own` adds to the items what the user's own code makes for them.
    """
    stages = [
        PipelineStage(
            str(table["name"]),
            model,
            {each.name: options.get(each.name, each.default) for each in model.card.parameters},
            attach_stage(run.folder, number),
            int(table["workers"]),
            table.get("queue"),
        )
        for number, (table, model) in enumerate(zip(workload["stages"], models, strict=True))
    ]
    begun_here = models[0].card.shares_memory
    items = with_own(RunItems(amount, run.control, run.payload(0).there(), begun_here=begun_here))
    return Pipeline(stages, items, run.folder, run.control)
