"""Exports a run's CSV folder and its trace, in a separate thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.history.csv_export import export_csv
from engine.history.trace_export import export_trace
from engine.record.atomic_folder import ExportError
from engine.record.run_folder import RunFolderError
from engine.wire.commands import ExportRun
from engine.wire.facts import Exported, ExportFailed


def export(command: ExportRun, folder: Path, say: Callable[[Exported | ExportFailed], None]) -> None:
    """Export the run in `folder`, and report that it is done, or why not."""
    try:
        if command.csv:
            export_csv(folder, command.csv)
        if command.trace:
            export_trace(folder, command.trace)
    except (ExportError, RunFolderError, OSError) as error:
        say(ExportFailed(command.run_id, str(error)))
    except Exception as error:  # the person waits for an answer in any case
        say(ExportFailed(command.run_id, f"{type(error).__name__}: {error}"))
    else:
        say(Exported(command.run_id, command.csv, command.trace))
