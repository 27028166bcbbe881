"""Computing, and waiting for a core: too many workers, other programs, a native library's own threads."""

from __future__ import annotations

from engine.insight.phrases import opening, percent, spent
from engine.insight.rule import Passage, Rule, Said, Suggestion, says
from engine.insight.rules.interpreter_lock import waits_for_gil
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_MUCH = 0.15
_FULL = 0.85  # of the cores
_AT_ONCE = 1.15  # workers that computed at the same time, on average
_VARIABLES = {
    "openblas": ("OpenBLAS", "OPENBLAS_NUM_THREADS"),
    "mkl": ("MKL", "MKL_NUM_THREADS"),
    "blis": ("BLIS", "BLIS_NUM_THREADS"),
    "accelerate": ("Accelerate", "VECLIB_MAXIMUM_THREADS"),
    "numexpr": ("NumExpr", "NUMEXPR_MAX_THREADS"),
    "gomp": ("OpenMP", "OMP_NUM_THREADS"),
    "iomp": ("OpenMP", "OMP_NUM_THREADS"),
    "libomp": ("OpenMP", "OMP_NUM_THREADS"),
    "tbb": ("TBB", "TBB_NUM_THREADS"),
    "torch": ("PyTorch", "OMP_NUM_THREADS"),
    "arrow": ("Arrow", "ARROW_NUM_THREADS"),
    "polars": ("Polars", "POLARS_MAX_THREADS"),
}


def library_words(file: str) -> tuple[str, str]:
    """Return a native library's name, and the environment variable that limits its threads ("" if none is known)."""
    name = file.rpartition("/")[2]
    for part, words in _VARIABLES.items():
        if part in name.lower():
            return words
    return name, ""


def _has_native_threads(run: RunFigures) -> bool:
    """Whether a native library's threads, besides the workers, outnumber the machine's cores."""
    if not run.libraries or not run.machine_cores or run.workers < 2:
        return False
    own = _other_threads(run)
    if own == 0 or run.workers + (own or 1) <= run.machine_cores:
        return False
    return _waits_for_library(run) or (own is not None and run.share("cpu_wait") >= _MUCH)


def _other_threads(run: RunFigures) -> int | None:
    """Return the number of threads besides the workers and each process's main thread; None: not known."""
    if run.threads_peak is None or run.worker_kind != "thread":
        return None
    return max(0, run.threads_peak - run.workers - run.processes)


def _waits_for_library(run: RunFigures) -> bool:
    return run.waits_share("library") >= 0.05


def _native(run: RunFigures) -> Said:
    name, variable = library_words(run.libraries[0].name)
    cores = text.counted(run.machine_cores or 0, "core")
    first = f"{opening(run)}{name} computes with threads of its own beside them, more than the {cores} can run at once."
    return says(first, f"{variable}=1 in the environment leaves the cores to the workers." if variable else "")


def _is_crowded(run: RunFigures) -> bool:
    return run.share("gil_wait" if run.merged else "cpu_wait") >= _MUCH


def is_crowded_out(run: RunFigures) -> bool:
    """Whether other programs used more of the machine than the run, which alone would have had free cores."""
    if run.other_cores is None or run.run_cores is None or not run.machine_cores:
        return False
    return run.run_cores < 0.5 * run.machine_cores <= run.other_cores


def _crowded(run: RunFigures) -> Said:
    merged = run.merged and run.gil_enabled is not False
    did = "waited for the GIL or a core" if merged else "waited for a core"
    gil = run.share("gil_wait") if waits_for_gil(run) and not run.merged else 0.0
    more = f", and for the GIL {percent(run, 'gil_wait')}" if gil >= 0.1 else ""
    return says(f"{opening(run)}{spent(run, did, 'gil_wait' if run.merged else 'cpu_wait')}{more}.")


def caused_by_others(run: RunFigures) -> bool:
    """Whether workers wait for cores that other programs use."""
    return _is_crowded(run) and is_crowded_out(run)


def _by_others(run: RunFigures) -> Said:
    used = f"{run.other_cores:.1f} of the machine's {run.machine_cores} cores"
    return says(f"Waiting for a core is caused by other programs here, which used {used}.")


def has_extra_workers(run: RunFigures) -> bool:
    """Whether there are more workers that compute than cores."""
    many = run.machine_cores is not None and run.workers > run.machine_cores
    at_work = run.share("cpu", "cpu_wait", "gil_wait") * run.workers
    crowded = many and _is_crowded(run) and not is_crowded_out(run) and at_work > 1.2 * (run.machine_cores or 0)
    return crowded and _cores_are_full(run) and not (waits_for_gil(run) and not run.merged) and not _takes_turns(run)


def _takes_turns(run: RunFigures) -> bool:
    """Whether one core would have been enough: threads under a GIL that hardly ever computed at the same time."""
    threads = run.worker_kind == "thread" and run.gil_enabled is True and run.processes == 1
    return threads and run.at_once("cpu") <= _AT_ONCE


def _cores_are_full(run: RunFigures) -> bool:
    """Whether hardly any core was free, as far as is known."""
    if run.run_cores is None or run.other_cores is None or not run.machine_cores:
        return True
    return run.run_cores + run.other_cores >= _FULL * run.machine_cores


def _extra(run: RunFigures) -> Said:
    cores = run.machine_cores or 1
    free = run.gil_enabled is False and run.worker_kind == "thread" and not run.merged
    start = "There is no GIL to wait for, but extra workers don't help" if free else "Extra workers don't help"
    sentence = f"{start}: there {'is' if cores == 1 else 'are'} only {text.counted(cores, 'core')}."
    # Fewer workers are about as fast only if none of them waits for anything else meanwhile.
    if not run.model or cores < 2 or run.merged or run.share("io_wait", "lock_wait", "idle") >= 0.1:
        return says(sentence)
    return says(sentence, suggestion=Suggestion(run.model, cores, f"Try {cores} workers"))


def _computes(run: RunFigures) -> bool:
    return run.share("cpu") >= 0.5


def _ran(run: RunFigures) -> Said:
    return says(f"{opening(run)}{spent(run, 'ran', 'cpu')}.")


def _releases(run: RunFigures) -> bool:
    """Whether the processor times of threads show that they compute in parallel in spite of a GIL."""
    threads = run.worker_kind == "thread" and run.gil_enabled is True and run.processes == 1
    return threads and run.workers > 1 and run.share("cpu") >= 0.3 and run.at_once("cpu") > _AT_ONCE


def _have_their_own(run: RunFigures) -> bool:
    own = run.worker_kind in ("process", "interpreter") and run.workers > 1
    return own and run.share("cpu") >= 0.5 and run.at_once("cpu") > _AT_ONCE


def _price(run: RunFigures) -> bool:
    return _have_their_own(run) and bool(_price_parts(run))


def _price_parts(run: RunFigures) -> list[str]:
    parts = []
    if run.startup_s is not None and run.elapsed_s and run.startup_s > 0.05 * run.elapsed_s:
        parts.append(f"{text.seconds(run.startup_s)} until the first task began")
    if run.share("transport") >= 0.02:
        parts.append(f"{text.percent(run.share('transport'))} of their time to hand over tasks and results")
    return parts


MAIN_FIRST = (Rule("native-threads", Passage.MAIN, _has_native_threads, _native),)
MAIN = (Rule("crowded", Passage.MAIN, _is_crowded, _crowded), Rule("computing", Passage.MAIN, _computes, _ran))
BESIDE = (
    Rule("caused-by-others", Passage.BESIDE, caused_by_others, _by_others),
    Rule(
        "releases-gil",
        Passage.BESIDE,
        lambda run: _releases(run) and not waits_for_gil(run),
        lambda run: says("This work releases the GIL while it computes, so threads run at the same time."),
    ),
    Rule(
        "gil-of-its-own",
        Passage.BESIDE,
        _have_their_own,
        lambda run: says("Each has an interpreter and a GIL of its own, so they run at the same time."),
    ),
    Rule("price", Passage.BESIDE, _price, lambda run: says(f"The price: {' and '.join(_price_parts(run))}.")),
)
ADVICE = (Rule("fewer-workers", Passage.ADVICE, has_extra_workers, _extra),)
