"""Shared by commands on kept runs: bring the history up to date, export a run, and report damage found on the way."""

from __future__ import annotations

from pathlib import Path

from engine.commandline.console import say
from engine.history.store import Store
from engine.record.atomic_folder import ExportError
from engine.record.run_folder import RunFolderError


def recover(store: Store) -> None:
    """Bring the history up to date with its folders, and report those that cannot be read."""
    store.recover()
    for problem in store.problems:
        say(f"gilscope: {problem}")


def export(folder: Path, *, csv: Path | None, trace: Path | None) -> list[Path]:
    """Write the requested exports, and return their paths. Raises ExportError, RunFolderError."""
    from engine.history.csv_export import export_csv
    from engine.history.trace_export import export_trace

    targets = ((export_csv, csv), (export_trace, trace))
    problems: dict[str, None] = {}
    written = []
    for write, target in targets:
        if target is not None:
            problems.update(dict.fromkeys(write(folder, target)))
            written.append(target)
    for problem in problems:
        say(f"gilscope: {problem}")
    return written


def export_each(folder: Path, *, csv: Path | None, trace: Path | None) -> bool:
    """Write each requested export, say why one cannot be written, and return whether all could be."""
    done = True
    for targets in ({"csv": csv, "trace": None}, {"csv": None, "trace": trace}):
        try:
            export(folder, **targets)
        except (ExportError, RunFolderError) as error:
            say(f"gilscope: {error}")
            done = False
    return done
