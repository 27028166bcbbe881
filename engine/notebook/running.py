"""Runs experiments and comparisons for scripts and notebooks, through the same conductor as the window.

An interrupt (Ctrl-C, or the notebook's stop button) ends a run properly: its measurements so far are returned, with
status `stopped`. Messages go to standard error.
"""

from __future__ import annotations

import contextlib
import os
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.commandline.comparing.comparison_run import ComparisonRun
from engine.commandline.interrupts import Interrupts
from engine.commandline.run import overridden
from engine.commandline.run_watch import RunWatch
from engine.commandline.trusted import catalogue_of, not_allowed
from engine.commandline.verb import RequestError
from engine.comparison.comparison import Comparison
from engine.comparison.plan import DEFAULT_PRECISION, DEFAULT_REPEATS, Axes, cells_of
from engine.comparison.saved import SavedComparisons
from engine.history.store import Store
from engine.interpreters.known import is_known
from engine.notebook.comparison_data import ComparisonData
from engine.notebook.run_data import Run
from engine.notebook.temporary_folder import TemporaryFolder
from engine.record.run_folder import new_run_id
from engine.wire.client import Conductor
from engine.workload import experiment_file
from engine.workload.catalogue import Catalogue
from engine.workload.code_permission import permission_needed
from engine.workload.errors import ExperimentError
from engine.workload.experiment import Experiment, check
from engine.workload.parameter import Value
from engine.workload.toml_table import TomlTable

Source = str | os.PathLike[str] | Mapping[str, Any]  # an experiment's file, or its tables


def load(path: str | os.PathLike[str]) -> TomlTable:
    """Return an experiment file's tables, to run or to change. Raises ExperimentError for any other file."""
    return experiment_file.read(Path(path))


def run(
    experiment: Source,
    *,
    model: str | None = None,
    workers: int | Mapping[str, int] | None = None,
    interpreter: str | None = None,
    tasks: int | None = None,
    duration_s: float | None = None,
    trust: bool = False,
    keep: bool = True,
) -> Run:
    """Run an experiment to its end, and return the run.

    Arguments replace values of the experiment; for groups, `workers={"clients": 8}`. `trust` permits running its own
    Python code, and a program that it names as its interpreter. The run is kept in the history, or with `keep=False`
    only for as long as the returned object lives. Raises ExperimentError, with the key, for an experiment that cannot
    be run.
    """
    data = _tables(experiment)
    data = _overridden(data, workers, model=model, interpreter=interpreter, tasks=tasks, duration=duration_s)
    life = None if keep else TemporaryFolder()
    try:
        with Store(None if life is None else life.path) as store, Conductor() as conductor:
            catalogue = catalogue_of(conductor)
            checked = check(data, catalogue)
            _require_trust([checked], catalogue, trust=trust, named=interpreter is not None)
            run_id = new_run_id()
            RunWatch(conductor, run_id, store).run(checked, trust=trust or interpreter is not None)
            return Run(store.folder_of(run_id), life)
    except BaseException:
        if life is not None:
            life.remove()
        raise


def compare(
    experiment: Source,
    *,
    models: Sequence[str] | None = None,
    workers: Sequence[int] | None = None,
    interpreters: Sequence[str | None] | None = None,
    parameters: Mapping[str, Sequence[Value]] | None = None,
    tasks: int | None = None,
    duration_s: float | None = None,
    repeats: int = DEFAULT_REPEATS,
    precision: float = DEFAULT_PRECISION,
    budget_s: float | None = None,
    trust: bool = False,
) -> ComparisonData:
    """Run every combination of the given values, in turn and repeatedly, and return the comparison.

    Everything else comes from the experiment; None among `interpreters` is this Python. A combination is repeated until
    its interval is within `precision` of its median, at most `repeats` times; no run begins after `budget_s` seconds of
    runs. All runs are kept in the history. Raises ExperimentError, like `run`.
    """
    data = _tables(experiment)
    data = _overridden(data, None, model=None, interpreter=None, tasks=tasks, duration=duration_s)
    model = data.get("model")
    said: Mapping[str, Any] = model if isinstance(model, Mapping) else {}
    axes = Axes(
        tuple(models) if models is not None else (str(said.get("kind", "")),),
        tuple(workers) if workers is not None else (said.get("workers", 1),),
        tuple(interpreters) if interpreters is not None else (said.get("interpreter") or None,),
        {key: tuple(values) for key, values in (parameters or {}).items()},
    )
    with Store() as store, Conductor() as conductor, Interrupts() as interrupts:
        catalogue = catalogue_of(conductor)
        cells = cells_of(data, axes, catalogue)
        named = interpreters is not None
        _require_trust((check(each.experiment, catalogue) for each in cells), catalogue, trust=trust, named=named)
        places = SavedComparisons(store.folder)
        title = str(data.get("title") or "Untitled")
        saved = places.begin(title, Comparison(cells, repeats, precision, budget_s))
        with contextlib.suppress(KeyboardInterrupt):  # the measurements so far are returned
            ComparisonRun(conductor, store, places, saved, trust=trust or named).run(interrupts)
        return ComparisonData(saved)


def kept(name: str = "last") -> Run:
    """Return a run of the history by its id, a unique beginning of it, or `last`. Raises HistoryError without one."""
    with Store(reading=True) as store:
        store.recover()
        return Run(store.folder_of(store.find(name).run_id))


def _tables(experiment: Source) -> TomlTable:
    return dict(experiment) if isinstance(experiment, Mapping) else load(experiment)


def _overridden(data: TomlTable, workers: int | Mapping[str, int] | None, **given: Any) -> TomlTable:
    """Return the experiment with values replaced by the given ones, as the command's options do."""
    if given["tasks"] is not None and given["duration"] is not None:
        raise ExperimentError("workload", "give tasks or duration_s, not both")
    named = workers if isinstance(workers, Mapping) else {} if workers is None else {"": workers}
    try:
        return overridden(data, Namespace(**given, gil=None, workers=list(named.items())))
    except RequestError as error:
        raise ExperimentError("workers", str(error).removeprefix("--workers: ")) from None


def _require_trust(experiments: Iterable[Experiment], catalogue: Catalogue, *, trust: bool, named: bool) -> None:
    """Raise ExperimentError for the first code that lacks a needed permission; the caller's own choice needs none."""
    for experiment in experiments:
        needed = not_allowed(permission_needed(experiment.to_dict(), catalogue, is_known), trust=trust, named=named)
        if needed is not None:
            raise ExperimentError(needed.key, f"{needed.what}; look at it, and if you trust it: trust=True")
