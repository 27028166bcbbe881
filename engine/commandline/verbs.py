"""Every verb of the command line, and how each kind of failure ends."""

from __future__ import annotations

import importlib
import shlex
import subprocess
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Final

from engine.commandline import verb_places
from engine.commandline.console import say
from engine.commandline.verb import FAILED, WRONG, FailedError, RequestError, Verb
from engine.comparison.errors import SavedError
from engine.history.store import HistoryError
from engine.log_file import start_logging, where_the_log_is
from engine.record.atomic_folder import ExportError, TargetRefusedError
from engine.record.run_folder import RunFolderError
from engine.wire.client import ConductorError
from engine.wording.versions import app_version
from engine.workload.errors import ExperimentError

VERBS: Final[dict[str, Verb]] = {
    name: getattr(importlib.import_module(f"engine.commandline.{module}"), verb)
    for name, (module, verb) in verb_places.VERBS.items()
}
_WRONG: Final = (ExperimentError, RequestError, HistoryError, TargetRefusedError)
_FAILED: Final = (FailedError, SavedError, ConductorError, ExportError, RunFolderError)


def carry_out(argv: Sequence[str] | None) -> int:
    """Carry out a command and return its exit code. A signal that interrupts it raises KeyboardInterrupt."""
    try:
        arguments = parser_of_all().parse_args(argv)
        arguments.pasted = pasted(sys.argv[1:] if argv is None else argv)
        return VERBS[arguments.verb].run(arguments)
    except SystemExit as end:  # argparse has said why
        return int(end.code or 0)
    except _WRONG as error:
        say(f"gilscope: {error}")
        return WRONG
    except _FAILED as error:
        say(f"gilscope: {error}")
        return FAILED
    except Exception as error:
        start_logging("command line").exception("unexpected error")
        say(f"gilscope: unexpected error: {type(error).__name__}: {error}. {where_the_log_is()}".rstrip())
        return FAILED


def pasted(argv: Sequence[str]) -> str:
    """Return a command as it can be pasted into a terminal."""
    given = ["gilscope", *argv]
    return subprocess.list2cmdline(given) if sys.platform == "win32" else shlex.join(given)


def parser_of_all() -> ArgumentParser:
    """Return what reads the arguments of every verb."""
    parser = ArgumentParser(
        prog="gilscope",
        usage="gilscope [FILE.toml]\n       gilscope VERB ...",
        description="See how Python runs concurrent work: threads, processes and coroutines.\n"
        "Without a verb the window opens, with FILE.toml in it if one is given.",
        epilog="exit codes: 0 done, 1 the run failed, 2 the request was wrong, 130 interrupted",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"gilscope {app_version()}")
    verbs = parser.add_subparsers(prog="gilscope", dest="verb", metavar="VERB", required=True)
    for verb in VERBS.values():
        own = verbs.add_parser(
            verb.name, help=verb.summary, description=verb.summary, formatter_class=RawDescriptionHelpFormatter
        )
        verb.add_arguments(own)
    return parser
