"""A run for scripts and notebooks: its figures, its phases and samples as arrays, and an HTML view."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.commandline.report import printed, report
from engine.handout.page import escape
from engine.handout.run_handout import figures_of_run
from engine.history.csv_export import SAMPLE_COLUMNS, sample_rows
from engine.history.run_row import run_row
from engine.lessons.run_pictures import picture_of
from engine.notebook.tables import data_frame, framed
from engine.notebook.temporary_folder import TemporaryFolder
from engine.record.phases import read_lanes, read_phases, step_names
from engine.record.run_folder import RunFolder
from engine.wire.result import RunResult

PHASE_TYPE: Final = np.dtype(
    [
        ("lane", np.int32),
        ("task", np.int64),
        ("step", np.int32),
        ("start_s", np.float64),
        ("end_s", np.float64),
        ("ok", np.bool_),
    ]
)


class Run:
    """One run that has ended. Its arrays are read at their first use.

    If the run is deleted from the history, its figures stay available, but its arrays raise RunFolderError.
    """

    def __init__(self, folder: Path, life: TemporaryFolder | None = None) -> None:
        """Read the run in `folder`; `life` keeps a temporary folder for as long as this object lives."""
        self.folder = RunFolder(folder)
        self._life = life
        self.result: RunResult = self.folder.final_result()
        self.experiment: Mapping[str, Any] = self.folder.experiment()

    @property
    def figures(self) -> Mapping[str, Any]:
        """All figures, with the keys of `gilscope run --json`. A figure that was not measured is None."""
        return printed(self.result)

    @property
    def run_id(self) -> str:
        """Its id in the history."""
        return self.result.run_id

    @property
    def title(self) -> str:
        """The experiment's title."""
        return str(self.experiment.get("title") or "Untitled")

    @property
    def status(self) -> str:
        """`finished`, `stopped` or `failed`."""
        return self.result.status

    @property
    def throughput_per_s(self) -> float | None:
        """Tasks done a second."""
        return self.result.throughput_per_s

    @property
    def ledger_s(self) -> Mapping[str, float | None]:
        """Where all workers' seconds went, by state."""
        return dict(self.result.ledger_s or {})

    @property
    def insight(self) -> tuple[str, ...]:
        """Sentences on what the run shows."""
        return self.result.insight or ()

    @functools.cached_property
    def workers(self) -> tuple[str, ...]:
        """The workers' names: a phase's `lane` is an index into them."""
        return tuple(lane.worker for lane in read_lanes(self.folder))

    @functools.cached_property
    def steps(self) -> Mapping[int, str]:
        """The steps' names by a phase's `step`; `queued` is the wait until a pool or a stage takes the task."""
        return step_names(dict(self.experiment))

    @functools.cached_property
    def phases(self) -> NDArray[np.void]:
        """Every recorded phase, by start: a structured array of PHASE_TYPE, with times in seconds of the run.

        If a run has more phases than the timeline holds, these are a sample; `figures["trace"]` counts all.
        """
        pieces = [np.empty(0, PHASE_TYPE)]
        for read in read_phases(self.folder):
            piece = np.empty(len(read.task), PHASE_TYPE)
            lanes = np.array([lane.lane for lane in read.lanes], np.int32)
            piece["lane"] = lanes[np.array(read.number, np.intp)] if len(piece) else 0
            for name in ("task", "step", "start_s", "end_s", "ok"):
                piece[name] = getattr(read, name)
            pieces.append(piece)
        joined = np.concatenate(pieces)
        return joined[np.argsort(joined["start_s"], kind="stable")]

    @functools.cached_property
    def _sample_rows(self) -> tuple[tuple[Any, ...], ...]:
        return tuple(sample_rows(self.folder))

    def measures(self) -> tuple[str, ...]:
        """The measures that `samples` accepts."""
        return tuple(dict.fromkeys(str(row[2]) for row in self._sample_rows))

    def samples(self, measure: str, subject: str = "run") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return times in seconds of the run, and the values at these times, NaN where not measured.

        Measures and subjects are those of samples.csv: `samples("core_utilization", "core0")`. Raises KeyError for
        any other.
        """
        rows = [row for row in self._sample_rows if row[2] == measure]
        found = [row for row in rows if row[3] == subject]
        if not found:
            known = sorted({str(row[3]) for row in rows}) if rows else self.measures()
            raise KeyError(f"no samples of {measure!r} for {subject!r}; there are {', '.join(known)}")
        times = np.array([row[1] for row in found], np.float64)
        return times, np.array([np.nan if row[4] is None else row[4] for row in found], np.float64)

    def to_pandas(self, table: str = "phases") -> Any:
        """Return a DataFrame: `phases`, `samples`, or `run`, one row with the experiment and its environment.

        Raises ImportError if pandas is not installed, ValueError for any other table.
        """
        if table == "phases":
            columns = {name: self.phases[name] for name in PHASE_TYPE.names or ()}
            names = np.array([*self.workers, ""], object)
            steps = np.array([self.steps[step] for step in self.phases["step"].tolist()], object)
            return data_frame({**columns, "step": steps, "worker": names[self.phases["lane"]]})
        if table == "samples":
            return data_frame(list(self._sample_rows), SAMPLE_COLUMNS)
        if table == "run":
            row = run_row(self.folder)
            return data_frame([tuple(row.values())], tuple(row))
        raise ValueError(f'no table is called {table!r}: use "phases", "samples" or "run"')

    def __repr__(self) -> str:
        model, workers = self.result.model, self.result.workers
        rate = "" if self.throughput_per_s is None else f", {self.throughput_per_s:,.1f} tasks/s"
        return f"<Run {self.run_id}: {self.title}, {model} x {workers}, {self.status}{rate}>"

    def __str__(self) -> str:
        return report(self.result, self.title)

    def _repr_html_(self) -> str:
        """Show the run in a notebook: what it shows in sentences, then its figures."""
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.insight)
        drawn = figures_of_run(picture_of(self.folder, self.title))
        return framed(f"<h3>{escape(self.title)}: {escape(self.status)}</h3>{said}{drawn}")
