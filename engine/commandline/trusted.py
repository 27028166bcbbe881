"""What must be known before an experiment runs: what there is to run, and whether its code may."""

from __future__ import annotations

from argparse import Namespace

from engine.wire.client import Conductor
from engine.wire.commands import QueryCatalogue
from engine.wire.facts import CatalogueFound
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import Experiment
from engine.workload.group import step_paths
from engine.workload.parameter import Kind


def catalogue_of(conductor: Conductor, interpreter: str | None = None) -> Catalogue:
    """Return what can run under an interpreter, by default the app's own."""
    return conductor.ask(QueryCatalogue(interpreter), CatalogueFound).catalogue


def require_trust(experiment: Experiment, catalogue: Catalogue, arguments: Namespace, verb: str) -> None:
    """Raise ExperimentError where the experiment carries code and the person did not say that it may run."""
    if experiment.has_code(catalogue) and not arguments.trust:
        raise ExperimentError(
            _code_key(experiment, catalogue),
            f"is Python code; read it, and if you trust it run it with --trust: "
            f"gilscope {verb} {arguments.file or ''} --trust",
        )


def _code_key(experiment: Experiment, catalogue: Catalogue) -> str:
    return next(
        f"{path}.{parameter.name}"
        for path, step in zip(step_paths(experiment.to_dict()["workload"]), experiment.workload.steps, strict=True)
        for parameter in catalogue.steps[step.kind].parameters
        if parameter.kind is Kind.CODE
    )
