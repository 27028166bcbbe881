"""Decides which processes get a row for their GIL, and words the row where there is no holder to draw."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.record.host_files import modules_that_turned_the_gil_on
from engine.record.run_folder import LIFE, RunFolder, RunFolderError
from engine.trace.picture.run_looks import RunLooks

_MOST_ROWS: Final = 8  # of processes with one worker each; those with more have a row in any case


@dataclass(frozen=True, slots=True)
class GilFacts:
    """What a run's folder says about its GIL. `enabled` is None while that is not known.

    `turned_on_by` are the modules whose import turned the GIL on in a free-threaded build.
    """

    enabled: bool | None = None
    turned_on_by: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> GilFacts:
        """Read what the folder says so far."""
        enabled = None
        try:
            environment = RunFolder(folder).environment()
            enabled = _boolean((environment.get("interpreter") or {}).get("gil_enabled"))
            life: dict[str, Any] = json.loads((folder / LIFE).read_text(encoding="utf-8"))
            enabled = _boolean(life.get("gil"), enabled)
        except (OSError, ValueError, RunFolderError):
            pass  # the run has hardly begun, or the file is damaged
        named = tuple(modules_that_turned_the_gil_on(str(folder)))
        return cls(True if named else enabled, named)

    def enabled_in(self, looks: RunLooks | None, pid: int) -> bool | None:
        """Return whether a process has a GIL: as was read from it, else as its interpreter was said to be."""
        process = looks.process(pid) if looks is not None else None
        if process is None or (process.gil_enabled is None and not process.gil_unknown):
            return self.enabled
        return process.gil_enabled

    def words(self, looks: RunLooks | None, pid: int) -> str:
        """Return what the row of a process says where there is no holder to draw."""
        if self.enabled_in(looks, pid) is False:
            return "There is no GIL: a free-threaded Python, and threads run at the same time"
        if looks is not None and (process := looks.process(pid)) is not None and process.gil_unknown:
            return "Whether there is a GIL is not known: this free-threaded Python does not tell"
        if looks is not None and looks.tables.reason:
            return f"Who holds the GIL was not seen: {looks.tables.reason}"
        return "Who holds the GIL was not seen"

    @property
    def note(self) -> str:
        """A remark on a GIL that was off at first and was turned on; "" for any other."""
        if not self.turned_on_by:
            return ""
        return f"turned on by importing {' and '.join(self.turned_on_by)}"


def rows_of(pids: Sequence[int], facts: GilFacts, looks: RunLooks | None) -> list[int]:
    """Return the processes that get a row, from each worker's process; none for an older run, which has no looks."""
    looked = looks is not None and (looks.tables.method != "none" or bool(looks.tables.reason))
    if facts.enabled is not False and not looked:
        return []
    workers = Counter(pids)
    with_more = [pid for pid, count in workers.items() if count > 1]
    alone = [pid for pid, count in workers.items() if count == 1]
    return with_more + (alone if len(alone) <= _MOST_ROWS else [])


def _boolean(value: Any, otherwise: bool | None = None) -> bool | None:
    return value if isinstance(value, bool) else otherwise
