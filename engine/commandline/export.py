"""`gilscope export`: a run of the history as CSV or as a trace."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from engine.commandline.console import say
from engine.commandline.targets import add_run_targets
from engine.commandline.verb import DONE, RequestError, Verb
from engine.history.store import Store


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", help="the run: its id, the beginning of it, or last")
    add_run_targets(parser)


def run(arguments: Namespace) -> int:
    """Write what was asked for."""
    from engine.history.csv_export import export_csv
    from engine.history.trace_export import export_trace

    if arguments.csv is None and arguments.trace is None:
        raise RequestError("say what to write: --csv FOLDER, --trace FILE.json, or both")
    with Store() as store:
        store.recover()
        run_id = store.find(arguments.run).run_id
        folder = store.folder_of(run_id)
    for export, target in ((export_csv, arguments.csv), (export_trace, arguments.trace)):
        if target is not None:
            export(folder, target)
            say(f"wrote {run_id} to {target}")
    return DONE


VERB = Verb("export", "write a kept run as CSV or as a trace", add_arguments, run)
