"""`gilscope export`: a run of the history as CSV or as a trace."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from engine.commandline.console import say
from engine.commandline.kept import export, recover
from engine.commandline.targets import add_run_targets
from engine.commandline.verb import DONE, RequestError, Verb
from engine.history.store import Store


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", help="the run: its id, the beginning of it, or last")
    add_run_targets(parser)


def run(arguments: Namespace) -> int:
    """Write what was asked for."""
    if arguments.csv is None and arguments.trace is None:
        raise RequestError("say what to write: --csv FOLDER, --trace FILE.json, or both")
    with Store(reading=True) as store:
        recover(store)
        run_id = store.find(arguments.run).run_id
        folder = store.folder_of(run_id)
    for target in export(folder, csv=arguments.csv, trace=arguments.trace):
        say(f"wrote {run_id} to {target}")
    return DONE


VERB = Verb("export", "write a kept run as CSV or as a trace", add_arguments, run)
