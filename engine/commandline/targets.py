"""Options that name a file or folder to write to."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from engine.commandline.verb import RequestError


def place(option: str, kind: str) -> Callable[[str], Path]:
    """Return an argparse type that makes a path of an option's value. It raises RequestError for an empty value.

    (An empty path would silently mean the current folder.)
    """

    def path(value: str) -> Path:
        if not value:
            raise RequestError(f"{option}: must name a {kind}")
        return Path(value)

    return path


def add_run_targets(parser: ArgumentParser) -> None:
    """Declare the options that say where a run is exported to."""
    parser.add_argument(
        "--csv",
        metavar="FOLDER",
        type=place("--csv", "folder"),
        help="write runs.csv, samples.csv and phases.csv there, and carried.csv if payloads were carried",
    )
    parser.add_argument(
        "--trace", metavar="FILE.json", type=place("--trace", "file"), help="write a trace that Perfetto opens"
    )
