"""Runs a comparison, or the rest of one, and prints the result."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable

from engine.commandline.comparing.comparison_run import ComparisonRun
from engine.commandline.comparing.request import axes_of, check_bounds, with_amount
from engine.commandline.console import emit, emit_json, say, table
from engine.commandline.interrupts import Interrupts
from engine.commandline.trusted import catalogue_of, require_trust
from engine.commandline.verb import DONE, FAILED, INTERRUPTED, RequestError
from engine.comparison.comparison import Comparison
from engine.comparison.csv_files import export_csv
from engine.comparison.driver import trial_of
from engine.comparison.environment import cautions, sentences
from engine.comparison.errors import SavedError
from engine.comparison.estimate import estimate, estimate_text, known_task_s, task_s_of
from engine.comparison.judged import Judged
from engine.comparison.judgement import judge
from engine.comparison.plan import DEFAULT_PRECISION, DEFAULT_REPEATS, Axes, Cell, cells_of
from engine.comparison.saved import Saved, SavedComparisons
from engine.comparison.table import fit_lines, header_and_rows, markdown, sentence
from engine.history.store import HistoryError, Store
from engine.record.atomic_folder import ExportError, check_folder
from engine.wire.client import Conductor
from engine.workload import experiment_file
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.toml_table import TomlTable


def run(arguments: Namespace) -> int:
    """Run the comparison, or the rest of it, and print the result."""
    check_bounds(arguments)
    if arguments.csv:
        check_folder(arguments.csv)
    data = None if arguments.file is None else with_amount(experiment_file.read(arguments.file), arguments)
    with _store() as store, Conductor() as conductor, Interrupts() as interrupts:
        places = SavedComparisons(store.folder)
        catalogue = catalogue_of(conductor)
        saved = _comparison(arguments, data, catalogue, conductor, places)
        trust = _require_trust(saved.comparison.cells, catalogue, arguments)
        running = ComparisonRun(conductor, store, places, saved, trust=trust)
        _announce(saved, store, running, interrupts)
        running.run(interrupts)
        interrupted = interrupts.count > 0 and not saved.comparison.complete
    if interrupted:
        trusted = " --trust" if trust else ""
        say(f"gilscope: interrupted; continue with: gilscope compare --resume {saved.id}{trusted}")
    return _end(saved, arguments, interrupted=interrupted)


def _store() -> Store:
    try:
        return Store()
    except HistoryError as error:
        raise RequestError(f"{error}; set GILSCOPE_DATA to another folder") from None


def _comparison(
    arguments: Namespace,
    data: TomlTable | None,
    catalogue: Catalogue,
    conductor: Conductor,
    places: SavedComparisons,
) -> Saved:
    """Return the comparison to run: the one to continue, or a new one."""
    cells: list[Cell] = []
    if data is not None:
        axes = axes_of(arguments, data)
        cells = cells_of(data, axes, catalogue)
        _check_interpreters(axes, conductor, trust=_require_trust(cells, catalogue, arguments))
    try:
        if arguments.resume:
            saved = places.load(arguments.resume)
            if cells and cells != saved.comparison.cells:
                raise RequestError(f"--resume: {saved.id} compared something else; leave the file and the axes out")
        else:
            found = None if arguments.new else places.unfinished(cells)
            title = str((data or {}).get("title") or "Untitled")
            saved = found or places.begin(title, Comparison(cells, *_bounds(arguments)))
    except SavedError as error:
        raise RequestError(str(error)) from None
    _take_bounds(saved.comparison, arguments)
    return saved


def _bounds(arguments: Namespace) -> tuple[int, float, float | None]:
    repeats = DEFAULT_REPEATS if arguments.repeats is None else arguments.repeats
    return repeats, DEFAULT_PRECISION if arguments.precision is None else arguments.precision / 100, arguments.budget


def _take_bounds(comparison: Comparison, arguments: Namespace) -> None:
    """Apply the bounds given on the command line to a comparison that is continued."""
    repeats, precision, budget_s = _bounds(arguments)
    if arguments.repeats is not None:
        comparison.repeats = repeats
    if arguments.precision is not None:
        comparison.precision = precision
    if arguments.budget is not None:
        comparison.budget_s = budget_s


def _require_trust(cells: Iterable[Cell], catalogue: Catalogue, arguments: Namespace) -> bool:
    """Return whether a cell needed permission, and got it."""
    needed = [require_trust(check(cell.experiment, catalogue), catalogue, arguments) for cell in cells]
    return any(needed)


def _check_interpreters(axes: Axes, conductor: Conductor, *, trust: bool) -> None:
    for name in axes.interpreters:
        try:
            catalogue_of(conductor, name, trust=trust)
        except ExperimentError as error:
            raise RequestError(f"--interpreters: {error.problem}") from None


def _announce(saved: Saved, store: Store, running: ComparisonRun, interrupts: Interrupts) -> None:
    """Print how many runs there will be and how long they take, before the first."""
    comparison = saved.comparison
    done = comparison.runs_done()
    if done:
        left = comparison.runs_left()
        rest = "nothing is left to run" if comparison.complete else f"at most {left} are left"
        say(f"gilscope: continuing comparison {saved.id}: {done} {'run is' if done == 1 else 'runs are'} done, {rest}")
        return
    first = comparison.cells[0].experiment
    known = estimate(comparison.cells, comparison.repeats, comparison.budget_s)
    if known.high_s is None or known.high_s == comparison.budget_s:
        task_s = known_task_s(store, first)
        if task_s is None:
            task_s = _try(first, running, interrupts)
        known = estimate(comparison.cells, comparison.repeats, comparison.budget_s, task_s)
    say(f"gilscope: comparison {saved.id}: {estimate_text(len(comparison.cells), known)}")


def _try(experiment: TomlTable, running: ComparisonRun, interrupts: Interrupts) -> float | None:
    result = running.trial(trial_of(experiment), interrupts)
    return None if result is None else task_s_of(result)


def _end(saved: Saved, arguments: Namespace, *, interrupted: bool) -> int:
    judged = judge(saved.comparison)
    exported = _export(saved.comparison, arguments)
    if arguments.json:
        emit_json({**judged, "id": saved.id, "complete": saved.comparison.complete})
    elif arguments.markdown:
        emit(markdown(saved.title, judged))
    else:
        emit(report(saved, judged))
    if interrupted:
        return INTERRUPTED
    measured = any(cell["repeats"] for cell in judged["cells"])
    return DONE if measured and exported else FAILED


def report(saved: Saved, judged: Judged) -> str:
    """Return the comparison as a page of text: the table, the laws, the verdict."""
    header, rows = header_and_rows(judged)
    lines = [saved.title, "", table(header, rows), ""]
    lines += [*fit_lines(judged), ""] if fit_lines(judged) else []
    lines += [*sentences(judged["environment"]), *cautions(judged["environment"]), ""]
    if judged["baseline"]:
        lines.append(f"speed-up and efficiency are against {judged['baseline']}")
    lines.append(f"verdict: {sentence(judged['verdict'])}")
    lines.append(f"kept as comparison {saved.id}")
    return "\n".join(lines)


def _export(comparison: Comparison, arguments: Namespace) -> bool:
    if arguments.csv is None:
        return True
    try:
        export_csv(comparison, arguments.csv)
    except ExportError as error:
        say(f"gilscope: {error}")
        return False
    return True
