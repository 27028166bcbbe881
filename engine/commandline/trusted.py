"""Before an experiment runs: gets the catalogue, and checks that its code has permission to run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from engine.interpreters.known import is_known
from engine.wire.client import Conductor
from engine.wire.commands import QueryCatalogue
from engine.wire.facts import CatalogueFound
from engine.workload.catalogue import Catalogue
from engine.workload.code_permission import INTERPRETER_KEY, Needed, permission_needed
from engine.workload.errors import ExperimentError
from engine.workload.experiment import Experiment


def add_trust(parser: ArgumentParser) -> None:
    """Declare --trust."""
    parser.add_argument(
        "--trust",
        action="store_true",
        help="let the file's own Python code run, and a program that it names as its interpreter",
    )


def catalogue_of(conductor: Conductor, interpreter: str | None = None, *, trust: bool = False) -> Catalogue:
    """Return the catalogue of an interpreter, by default the app's own; `trust` as in `QueryCatalogue`."""
    return conductor.ask(QueryCatalogue(interpreter, trust), CatalogueFound).catalogue


def require_trust(experiment: Experiment, catalogue: Catalogue, arguments: Namespace) -> bool:
    """Return whether the experiment needs permission, and has it; the conductor must then be told.

    Raises ExperimentError if it has code of its own, or names an unknown program, and the person did not allow that.
    """
    needed = permission_needed(experiment.to_dict(), catalogue, is_known)
    require(needed, arguments)
    return bool(needed)


def require(needed: tuple[Needed, ...], arguments: Namespace) -> None:
    """Raise ExperimentError for the first item that the person did not allow with --trust or by naming the program."""
    named = arguments.interpreter is not None if hasattr(arguments, "interpreter") else False
    named = named or getattr(arguments, "interpreters", None) is not None
    item = not_allowed(needed, trust=arguments.trust, named=named)
    if item is not None:
        advice = f"look at it, and if you trust it: {arguments.pasted} --trust"
        raise ExperimentError(item.key, f"{item.what}; {advice}")


def not_allowed(needed: tuple[Needed, ...], *, trust: bool, named: bool) -> Needed | None:
    """Return the first item that nobody allowed; `named`: the person named the interpreter themselves."""
    left = (each for each in needed if not (named and each.key == INTERPRETER_KEY))
    return None if trust else next(left, None)
