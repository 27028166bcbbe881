"""Rebuilds the result of a run that was interrupted, from what its folder holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.record.run_folder import RunFolder, write_result
from engine.trace.watched import is_watch
from engine.wire.result import RunResult


def close_off(path: Path, status: str = "", reason: str = "") -> RunResult:
    """Return the run's result; if it has none, make it from the recorded measurements and write it into the folder.

    `status` and `reason` say how the run ended, if the caller knows. Raises RunFolderError if there are no records.
    """
    folder = RunFolder(path)
    result = folder.result()
    if result is not None:
        return result
    experiment = folder.experiment()  # raises: a folder without one is not a run
    if is_watch(experiment):
        from engine.watch.recover import recovered_watch

        made = recovered_watch(folder)
    else:
        from engine.ledger.summary import summarize

        made = summarize(path)
    result = replace(made, status=status or made.status, reason=reason or made.reason)
    write_result(path, result)
    return result
