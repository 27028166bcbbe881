"""`gilscope script`: saves an experiment as a self-contained Python file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from engine.commandline.console import emit, say
from engine.commandline.run import add_experiment, overridden
from engine.commandline.targets import place
from engine.commandline.trusted import add_trust, catalogue_of, require
from engine.commandline.verb import DONE, FailedError, Verb
from engine.interpreters.known import is_known
from engine.record.atomic_folder import check_file
from engine.wire.client import Conductor
from engine.wire.commands import SaveScript
from engine.wire.facts import Failure, ScriptFailed, ScriptSaved
from engine.workload import experiment_file
from engine.workload.code_permission import program_needed
from engine.workload.errors import ExperimentError


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    add_experiment(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE.py",
        type=place("--output", "file"),
        help="write it there instead of printing it",
    )
    add_trust(parser)


def run(arguments: Namespace) -> int:
    """Make the script. No step of the experiment runs; an unknown interpreter that would write it needs --trust."""
    data = overridden(experiment_file.read(arguments.file), arguments)
    path: Path | None = arguments.output
    if path is not None:
        check_file(path)
    needed = program_needed(data, is_known)
    require(needed, arguments)
    with Conductor() as conductor:
        if needed:
            catalogue_of(conductor, data["model"]["interpreter"], trust=True)
        conductor.send(SaveScript(data, None if path is None else str(path.absolute())))
        source = _answer(conductor)
    if path is None:
        emit(source.removesuffix("\n"))
    else:
        say(f"wrote {path}")
    return DONE


def _answer(conductor: Conductor) -> str:
    for fact in conductor.facts():
        if isinstance(fact, ScriptSaved):
            return fact.source
        if isinstance(fact, ScriptFailed) and fact.key:
            raise ExperimentError(fact.key, fact.reason)
        if isinstance(fact, (ScriptFailed, Failure)):
            raise FailedError(fact.reason)
    raise AssertionError("facts end by raising")


VERB = Verb("script", "save an experiment as a Python file of its own", add_arguments, run)
