"""`gilscope export`: a run of the history as CSV, as a trace, or as a hand-out in one HTML file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from engine.commandline.console import say
from engine.commandline.kept import export, recover
from engine.commandline.targets import add_run_targets, place
from engine.commandline.verb import DONE, RequestError, Verb
from engine.history.store import Store


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", help="the run: its id, the beginning of it, or last")
    add_run_targets(parser)
    parser.add_argument("--html", metavar="FILE", type=place("--html", "file"), help="write a hand-out: one HTML file")
    parser.add_argument("--against", metavar="RUN", help="with --html: show another run beside it, on the same axes")


def run(arguments: Namespace) -> int:
    """Write the requested files."""
    if arguments.csv is None and arguments.trace is None and arguments.html is None:
        raise RequestError("say what to write: --csv FOLDER, --trace FILE.json, --html FILE, or several")
    with Store(reading=True) as store:
        recover(store)
        run_id = store.find(arguments.run).run_id
        folder = store.folder_of(run_id)
        other = store.folder_of(store.find(arguments.against).run_id) if arguments.against is not None else None
    for target in export(folder, csv=arguments.csv, trace=arguments.trace):
        say(f"wrote {run_id} to {target}")
    if arguments.html is not None:
        from engine.handout.run_handout import export_html, export_pair_html

        if other is None:
            export_html(folder, arguments.html)
        else:
            export_pair_html(folder, other, arguments.html)
        say(f"wrote {run_id} to {arguments.html}")
    return DONE


VERB = Verb("export", "write a kept run as CSV, as a trace, or as a hand-out", add_arguments, run)
