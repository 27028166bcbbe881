"""Waiting for something outside Python, such as a disk, a database, a child process: whether the waits overlap."""

from __future__ import annotations

from collections.abc import Callable, Collection

from engine.insight.parts import StepFigures
from engine.insight.phrases import also, opening, spent, waited_for
from engine.insight.rule import Passage, Rule, Said, Suggestion, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_MUCH = 0.5
_WORTH = 1.5


def _waits(run: RunFigures) -> bool:
    return run.share("io_wait") >= _MUCH


def _waited(run: RunFigures) -> Said:
    on = " on one thread" if run.is_async and run.processes == 1 and run.workers > 1 else ""
    return says(f"{opening(run, on)}{spent(run, waited_for(run), 'io_wait')}{also(run)}.")


def _independent_s(run: RunFigures) -> float | None:
    """Return the seconds that the same tasks would wait if run one after another; None if not known.

    Known are waits that do not depend on other tasks: for a clock, or a server that answers each request independently.
    Not known are waits for a disk, a database or a child process, and those in the user's own functions.
    """
    if not run.waits_alone:
        return None
    seen_s = run.waits_s("sleep", "network")
    known_s = run.ledger_s.get("io_wait")
    if seen_s is not None and known_s is not None:
        return min(seen_s, known_s) if not run.is_async else known_s
    return known_s


def times_as_long(run: RunFigures) -> float | None:
    """Return how many times as long one task after the other would take; None if not known."""
    waits_s, cpu_s = _independent_s(run), run.ledger_s.get("cpu")
    if waits_s is None or cpu_s is None or not run.elapsed_s:
        return None
    return (waits_s + cpu_s) / run.elapsed_s


def _overlap(run: RunFigures) -> bool:
    return run.workers > 1 and _independent_s(run) is not None and run.at_once("io_wait") >= _WORTH


def _overlapping(run: RunFigures) -> Said:
    count = text.number(round(run.at_once("io_wait"), 1))
    return says(f"A wait takes no core and no GIL: {count} of them went on at the same time.")


def _would_take_longer(run: RunFigures) -> bool:
    closed = run.workers > 1 and run.arrival_per_s is None and _waits(run)
    return closed and (times_as_long(run) or 0.0) >= _WORTH


def _one_at_a_time(run: RunFigures) -> Said:
    times = text.number(float(f"{times_as_long(run) or 0.0:.2g}"))
    return says(
        f"One task after the other would take about {times} times as long.",
        suggestion=Suggestion("sequential", 1, "Run sequentially"),
    )


def _uses_sqlite(run: RunFigures) -> bool:
    return any(step.kind == "sqlite-insert" for step in run.steps)


def _groups_with(run: RunFigures, uses: Callable[[StepFigures], bool]) -> list[str]:
    """Return the groups ("": the workload itself) that have such a step and whose other steps do not sleep."""
    found = {step.group for step in run.steps if uses(step)}
    sleep = {step.group for step in run.steps if step.waits_on == "time" or (step.is_code and not uses(step))}
    return sorted(group for group in found - sleep if group or not run.has_groups)


def _slept(run: RunFigures, groups: Collection[str]) -> float | None:
    """Return the share of their time for which the workers of these groups slept; None if they were not looked at."""
    workers = [each for each in run.by_worker if each.group in groups and each.waits_s is not None]
    total_s = sum(each.total_s for each in workers)
    if len(workers) < 2 or not total_s:
        return None
    return sum((each.waits_s or {}).get("sleep") or 0.0 for each in workers) / total_s


def _in_database(run: RunFigures) -> list[str]:
    return _groups_with(run, lambda step: step.kind == "sqlite-insert")


def _database_waits(run: RunFigures) -> bool:
    groups = _in_database(run)
    if not groups or run.workers < 2:
        return False
    share = _slept(run, groups)
    if share is None:  # not looked at: with groups or stages it is then not known which of them waits
        return not run.has_groups and run.waits_s("sleep") is None and run.share("io_wait") >= 0.3
    return share >= 0.1


def _database(run: RunFigures) -> Said:
    first, groups = "SQLite lets one connection write at a time, and the others wait.", _in_database(run)
    share = _slept(run, groups)
    if share is None:
        return says(first)
    who, time = ("They", "the time") if not run.has_groups else (f"Workers of {' and '.join(groups)}", "their time")
    return says(
        first,
        f"{who} slept in its busy handler {text.percent(share)} of {time}: meanwhile only the one write makes "
        "progress.",
    )


def _may_be_database(run: RunFigures) -> bool:
    groups = _groups_with(run, lambda step: step.names_sqlite)
    return bool(groups) and run.workers > 1 and (_slept(run, groups) or 0.0) >= 0.2


def _disk_waits(run: RunFigures) -> bool:
    seen = run.waits_s("disk")
    if seen is not None:
        return run.waits_share("disk") >= 0.2
    return run.share("io_wait") >= 0.3 and bool(run.steps) and _all_wait_on(run, "disk") and not _uses_sqlite(run)


def _disk(run: RunFigures) -> Said:
    share = run.waits_share("disk") if run.waits_s("disk") is not None else run.share("io_wait")
    who = "It" if run.workers == 1 else "They"
    served = "how many such waits overlap depends on the disk"
    return says(f"{who} waited for the file system {text.percent(share)} of the time: {served}.")


def _all_wait_on(run: RunFigures, what: str) -> bool:
    waiting = [step for step in run.steps if step.waits_on != "nothing" or step.is_code]
    return bool(waiting) and all(step.waits_on == what for step in waiting)


def _child_waits(run: RunFigures) -> bool:
    if run.waits_s("child") is not None:
        return run.waits_share("child") >= 0.3
    return run.share("io_wait") >= 0.3 and _all_wait_on(run, "child")


def _children(run: RunFigures) -> Said:
    at_once = text.number(round(run.at_once("io_wait"), 1))
    return says(f"{at_once} of them waited for a child process at the same time; starting one takes a core.")


def _could_overlap(run: RunFigures) -> bool:
    return run.workers == 1 and _waits(run) and run.arrival_per_s is None


def _threads(run: RunFigures) -> Said:
    share = run.share("io_wait")
    more = min(50, max(2, round(share / max(1 - share, 0.02))))
    if run.has_async_code:
        suggestion = Suggestion("asyncio", more, f"Try {more} coroutines")
    else:
        suggestion = Suggestion("thread-pool", more, f"Try a pool of {more} threads")
    if run.waits_alone:
        return says(
            "One wait comes after another; threads or coroutines would let them overlap.", suggestion=suggestion
        )
    return says(
        "One wait comes after another; whether more workers get more done has to be tried.", suggestion=suggestion
    )


def _unknown_gain(run: RunFigures) -> bool:
    shared = _disk_waits(run) or _database_waits(run) or _may_be_database(run) or _child_waits(run)
    could = run.workers > 1 and run.arrival_per_s is None and not run.has_async_code and not run.has_groups
    return could and shared


def _measure(run: RunFigures) -> Said:
    return says(
        "How much faster they are than one task after the other has to be measured.",
        suggestion=Suggestion("sequential", 1, "Run sequentially"),
    )


MAIN = (Rule("waiting", Passage.MAIN, _waits, _waited),)
BESIDE = (
    Rule("waits-overlap", Passage.BESIDE, _overlap, _overlapping),
    Rule("sqlite-busy", Passage.BESIDE, _database_waits, _database),
    Rule(
        "sqlite-maybe",
        Passage.BESIDE,
        _may_be_database,
        lambda run: says("This function uses SQLite: its busy handler sleeps while another connection writes."),
    ),
    Rule(
        "disk",
        Passage.BESIDE,
        lambda run: _disk_waits(run) and not _database_waits(run),
        _disk,
    ),
    Rule("children", Passage.BESIDE, _child_waits, _children),
)
ADVICE = (
    Rule("run-sequentially", Passage.ADVICE, _would_take_longer, _one_at_a_time),
    Rule("overlap-them", Passage.ADVICE, _could_overlap, _threads),
    Rule("measure-sequential", Passage.ADVICE, _unknown_gain, _measure),
)
