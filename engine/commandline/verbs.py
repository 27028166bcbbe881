"""Every verb of the command line, and the exit code for each kind of failure."""

from __future__ import annotations

import importlib
import shlex
import subprocess
import sys
from argparse import Action, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from engine.commandline import verb_places
from engine.commandline.console import say
from engine.commandline.verb import FAILED, WRONG, Verb
from engine.log_file import start_logging, where_the_log_is
from engine.wording.versions import app_version

VERBS: Final[dict[str, Verb]] = {}  # the verbs imported so far
# Modules of the errors that end a command with one line. A module that is not imported cannot have raised its errors.
_WRONG: Final = {
    "engine.workload.errors": ("ExperimentError",),
    "engine.commandline.verb": ("RequestError",),
    "engine.history.store": ("HistoryError",),
    "engine.record.atomic_folder": ("TargetRefusedError",),
}
_FAILED: Final = {
    "engine.commandline.verb": ("FailedError",),
    "engine.comparison.errors": ("SavedError",),
    "engine.wire.client": ("ConductorError",),
    "engine.record.atomic_folder": ("ExportError",),
    "engine.record.run_folder": ("RunFolderError",),
}


def verb_called(name: str) -> Verb:
    """Return a verb, importing its module at first use: importing all takes longer than most verbs run."""
    if name not in VERBS:
        module, verb = verb_places.VERBS[name]
        VERBS[name] = getattr(importlib.import_module(f"engine.commandline.{module}"), verb)
    return VERBS[name]


def carry_out(argv: Sequence[str] | None) -> int:
    """Carry out a command and return its exit code. A signal that interrupts it raises KeyboardInterrupt."""
    try:
        given = sys.argv[1:] if argv is None else argv
        known = given[:1] if given and given[0] in verb_places.VERBS else [*verb_places.VERBS]
        arguments = _parser_of(known).parse_args(given)
        arguments.pasted = pasted(given)
        return verb_called(arguments.verb).run(arguments)
    except SystemExit as end:  # argparse has printed why
        return int(end.code or 0)
    except Exception as error:
        for kinds, code in ((_WRONG, WRONG), (_FAILED, FAILED)):
            if isinstance(error, tuple(_imported(kinds))):
                say(f"gilscope: {error}")
                return code
        start_logging("command line").exception("unexpected error")
        say(f"gilscope: unexpected error: {type(error).__name__}: {error}. {where_the_log_is()}".rstrip())
        return FAILED


def _imported(kinds: Mapping[str, Sequence[str]]) -> Iterator[type[Exception]]:
    """Yield the errors of the modules that are imported."""
    for module, names in kinds.items():
        if module in sys.modules:
            yield from (getattr(sys.modules[module], name) for name in names)


class _ShowVersion(Action):
    """Prints the version and ends the command. Reading it takes 20 ms, so other commands do not."""

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        """Carry out `--version`."""
        print(f"gilscope {app_version()}")
        parser.exit()


def pasted(argv: Sequence[str]) -> str:
    """Return a command as it can be pasted into a terminal."""
    given = ["gilscope", *argv]
    return subprocess.list2cmdline(given) if sys.platform == "win32" else shlex.join(given)


def parser_of_all() -> ArgumentParser:
    """Return the argument parser of all verbs."""
    return _parser_of([*verb_places.VERBS])


def _parser_of(names: Sequence[str]) -> ArgumentParser:
    parser = ArgumentParser(
        prog="gilscope",
        usage="gilscope [FILE.toml]\n       gilscope VERB ...",
        description="See how Python runs concurrent work: threads, processes and coroutines.\n"
        "Without a verb the window opens, with FILE.toml in it if one is given.",
        epilog="exit codes: 0 done, 1 the run failed, 2 the request was wrong, 130 interrupted",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show program's version number and exit")
    verbs = parser.add_subparsers(prog="gilscope", dest="verb", metavar="VERB", required=True)
    for verb in map(verb_called, names):
        own = verbs.add_parser(
            verb.name, help=verb.summary, description=verb.summary, formatter_class=RawDescriptionHelpFormatter
        )
        verb.add_arguments(own)
    return parser
