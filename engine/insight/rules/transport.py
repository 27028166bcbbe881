"""What it costs to hand over tasks and results: small tasks, and large payloads."""

from __future__ import annotations

from engine.insight.rule import Passage, Rule, Said, Suggestion, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

LARGE_BYTES = 65_536
_LARGE = 0.25
_ALONE = "sequential"  # hands no task over
_IN_TASKS = ("cpu", "cpu_wait", "gil_wait", "io_wait", "lock_wait", "loop_wait")


def _carries(run: RunFigures) -> bool:
    large = run.payload_bytes >= LARGE_BYTES and run.share("transport") >= _LARGE
    return large and run.arrival_per_s is None


def _carried(run: RunFigures) -> Said:
    spent = f"{run.who} spent {text.percent(run.share('transport'))} of {run.their} time on that"
    to, back = run.carried_bytes or (run.payload_bytes, run.payload_bytes)
    what = f"{text.size(to)} to its worker and back" if to == back else f"{text.size(to)} to its worker"
    if to != back and back:
        what = f"{what} and {text.size(back)} back" if to else f"{text.size(back)} back from its worker"
    return says(f"Each task carries {what}: {spent}.")


def _needs_carrying(run: RunFigures) -> bool:
    return _carries(run) and run.worker_kind in ("process", "interpreter")


def _share_memory(run: RunFigures) -> Said:
    count = min(run.workers, 64)
    many = text.counted(count, "thread")
    return says(
        "Threads share memory, so nothing is copied. With processes, pass a file's name instead of its content.",
        suggestion=Suggestion("thread-pool", count, f"Try a pool of {many}"),
    )


def costs_more_to_hand_over(run: RunFigures) -> bool:
    """Whether handing tasks over takes much of the time, and more than doing them."""
    if run.arrival_per_s is not None or not run.done or run.payload_bytes >= LARGE_BYTES or run.model == _ALONE:
        return False
    return run.share("transport") >= _LARGE and run.share("transport") > run.share(*_IN_TASKS)


def _handed_over(run: RunFigures) -> Said:
    per_task_s = (run.ledger_s.get("transport") or 0.0) / (run.done + run.failed)
    idle = run.without_task_share
    spent = f"{text.percent(run.share('transport'))} of {run.their} time on that"
    spent += f", and had no task {text.percent(idle)} of it" if idle >= 0.05 else ""
    takes = f" of {text.seconds(run.task_s)}" if run.task_s is not None else ""
    return says(
        f"A task{takes} costs more to hand over, {text.seconds(per_task_s)}, than to do: {run.who} spent {spent}."
    )


def _also(run: RunFigures) -> bool:
    """Whether handing over takes much of the time, and no other rule says so."""
    if run.arrival_per_s is not None or not run.done or run.model == _ALONE or run.share("cpu") >= 0.5:
        return False
    return run.share("transport") >= _LARGE and not costs_more_to_hand_over(run) and not _carries(run)


MAIN = (
    Rule("payload", Passage.MAIN, _carries, _carried),
    Rule("hand-over", Passage.MAIN, costs_more_to_hand_over, _handed_over),
)
BESIDE = (
    Rule(
        "hand-over-also",
        Passage.BESIDE,
        _also,
        lambda run: says(
            f"Handing over tasks and results took {text.percent(run.share('transport'))} of {run.their} time."
        ),
    ),
)
ADVICE = (
    Rule("share-memory", Passage.ADVICE, _needs_carrying, _share_memory),
    Rule(
        "larger-tasks",
        Passage.ADVICE,
        costs_more_to_hand_over,
        lambda run: says("Larger tasks, or several handed over at once, would use the workers better."),
    ),
)
