"""When processes would help: tasks long enough, payloads small enough, and cores that are free, on this machine."""

from __future__ import annotations

from engine.insight.rule import Passage, Rule, Said, Suggestion, says
from engine.insight.rules.cores import library_words
from engine.insight.rules.event_loop import is_blocked
from engine.insight.rules.interpreter_lock import waits_for_gil
from engine.insight.rules.transport import LARGE_BYTES
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_GAIN = 1.3  # times the throughput: less is neither worth the trouble nor certain
# If the cost of handing over a task was not measured: on every machine seen it was below a tenth of this.
_LONG_S = 0.005
# Tasks below this are far too short for processes.
_SHORT_S = 0.00005
_WAITS = 0.1  # of a task's time
_MOST = 16  # processes that are suggested for tasks that also wait


def held_back(run: RunFigures) -> bool:
    """Whether one GIL, or one thread, holds back work that computes."""
    if run.processes > 1 or run.gil_enabled is False or run.worker_kind not in ("thread", "coroutine"):
        return False
    if is_blocked(run) or (run.libraries and library_words(run.libraries[0].name)[1]):
        return False
    if run.workers == 1 or run.is_async:
        return run.at_once("cpu", "cpu_wait") >= 0.5
    return waits_for_gil(run)


def process_count(run: RunFigures) -> int:
    """Return how many processes could compute at once, on the cores that others leave free."""
    cores = run.machine_cores or 1
    free = int(cores - (run.other_cores or 0.0) + 0.5)
    return max(1, min(run.workers if run.workers > 1 else cores, free))


def _wanted(run: RunFigures) -> int:
    """Return how many processes to try: as many as can compute at once, and more where tasks also wait."""
    waits = run.share("io_wait", "lock_wait") >= _WAITS * run.share(
        "cpu", "cpu_wait", "gil_wait", "io_wait", "lock_wait"
    )
    return max(process_count(run), min(run.workers, _MOST)) if waits else process_count(run)


def gain(run: RunFigures, overhead_s: float) -> float:
    """Return the factor by which processes would raise throughput, if handing over a task costs `overhead_s`.

    Throughput is bounded by the cores, by the workers' waits, and by the one dispatcher.
    """
    cpu_s, ended = run.task_cpu_s, run.done + run.failed
    if not cpu_s or not run.elapsed_s or not ended:
        return 0.0
    count = process_count(run)
    waits_s = sum(run.ledger_s.get(state) or 0.0 for state in ("io_wait", "lock_wait")) / ended
    by_cores = count / (cpu_s + overhead_s)
    by_workers = _wanted(run) / (cpu_s + waits_s + overhead_s)
    by_dispatcher = 1 / overhead_s if overhead_s > 0 else float("inf")
    return min(by_cores, by_workers, by_dispatcher) * run.elapsed_s / ended


def _overhead_s(run: RunFigures) -> float | None:
    cost = run.costs.get(_model(run))
    return cost.task_overhead_s if cost is not None else None


def _model(run: RunFigures) -> str:
    return "processes" if run.model == "threads" else "process-pool"


def _is_candidate(run: RunFigures) -> bool:
    return held_back(run) and process_count(run) > 1 and run.payload_bytes < LARGE_BYTES and bool(run.task_cpu_s)


def _would_win(run: RunFigures) -> bool:
    if not _is_candidate(run):
        return False
    overhead_s = _overhead_s(run)
    if overhead_s is not None:
        return gain(run, overhead_s) >= _GAIN
    return (run.task_cpu_s or 0.0) >= _LONG_S and gain(run, _LONG_S / 10) >= _GAIN


def _has_to_be_measured(run: RunFigures) -> bool:
    if not _is_candidate(run) or _overhead_s(run) is not None or _would_win(run):
        return False
    return (run.task_cpu_s or 0.0) >= _SHORT_S and gain(run, 0.0) >= _GAIN


def _try(run: RunFigures) -> Said:
    count, model, wanted = process_count(run), _model(run), _wanted(run)
    if count < run.workers:
        cores = "both cores" if count == 2 else f"all {count} cores" if count == run.machine_cores else f"{count} cores"
        could = f"Processes, each with a GIL of its own, could use {cores} of this machine."
    else:
        could = f"{count} processes, each with a GIL of its own, could use {count} cores."
    if run.has_async_code:
        return says(could)  # neither of them runs a coroutine
    label = f"Try {wanted} processes" if model == "processes" else f"Try a pool of {wanted} processes"
    return says(could, suggestion=Suggestion(model, wanted, label))


def _measure(run: RunFigures) -> Said:
    model = _model(run)
    return says(
        f"A task computes for {text.seconds(run.task_cpu_s)}: whether processes would pay depends on what handing one "
        f"over costs on this machine, which is not measured yet (gilscope models --measure).",
        suggestion=Suggestion("", 0, "Measure what processes cost", measure=model),
    )


def _carries_too_much(run: RunFigures) -> bool:
    return held_back(run) and process_count(run) > 1 and run.payload_bytes >= LARGE_BYTES


ADVICE = (
    Rule("try-processes", Passage.ADVICE, _would_win, _try),
    Rule("measure-processes", Passage.ADVICE, _has_to_be_measured, _measure),
    Rule(
        "payload-for-processes",
        Passage.ADVICE,
        _carries_too_much,
        lambda run: says(
            f"Processes would have to copy {text.size(run.payload_bytes)} to and fro for each task: whether that pays "
            "has to be measured."
        ),
    ),
)
