"""Exports: a run's CSV folder and its trace, beside the main thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.history.csv_export import export_csv
from engine.history.trace_export import export_trace
from engine.record.atomic_folder import ExportError
from engine.record.run_folder import RunFolderError


def export(
    run_id: str, folder: Path, csv: str | None, trace: str | None, say: Callable[[dict[str, Any]], None]
) -> None:
    """Export the run in `folder`, and say that it is done, or why not."""
    try:
        if csv is not None:
            export_csv(folder, csv)
        if trace is not None:
            export_trace(folder, trace)
    except (ExportError, RunFolderError, OSError) as error:
        say({"type": "export_failed", "run_id": run_id, "reason": str(error)})
    except Exception as error:  # the person waits for an answer, whatever went wrong
        say({"type": "export_failed", "run_id": run_id, "reason": f"{type(error).__name__}: {error}"})
    else:
        say({"type": "exported", "run_id": run_id, "csv": csv, "trace": trace})
