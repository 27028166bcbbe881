"""Workers that begin late, and the time that another start method saves."""

from __future__ import annotations

from engine.insight.phrases import opening
from engine.insight.rule import Passage, Rule, Said, Suggestion, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_MOSTLY = 0.5  # of the workers' time
_MUCH = 0.1
_LEAST_SAVED_S = 0.25
_LEAST_RATIO = 1.5  # of the two start methods' costs


def _mostly_starting(run: RunFigures) -> bool:
    return run.starting_share >= _MOSTLY


def _starting(run: RunFigures) -> Said:
    return says(f"{opening(run)}on average they had not begun {text.percent(run.starting_share)} of the time.")


def _last_began_s(run: RunFigures) -> float | None:
    """Return how long after the first worker the last one began; None unless every worker is known to have begun."""
    if run.workers < 2 or len(run.by_worker) < run.workers or not all(each.had_task for each in run.by_worker):
        return None
    return max(each.starting_s for each in run.by_worker)


def _began_late(run: RunFigures) -> bool:
    return run.over and run.starting_share >= _MUCH and bool(_last_began_s(run))


def _late(run: RunFigures) -> Said:
    last_s = _last_began_s(run) or 0.0
    lost = "" if _mostly_starting(run) else f": that is {text.percent(run.starting_share)} of their time"
    return says(f"The last of the {run.who} began its first task {text.seconds(last_s)} after the first{lost}.")


def _start_up_s(run: RunFigures) -> float | None:
    """Return how long it took from the run's start until every worker had begun; None if not known."""
    last_s = _last_began_s(run)
    return None if last_s is None or run.startup_s is None else run.startup_s + last_s


def _is_spawned(run: RunFigures) -> bool:
    """Whether processes were spawned one by one for much of the run, and could come from a fork server."""
    start_up_s = _start_up_s(run)
    if run.start_method != "spawn" or not run.has_forkserver or not run.over or start_up_s is None or not run.elapsed_s:
        return False
    return start_up_s >= max(_LEAST_SAVED_S, _MUCH * ((run.startup_s or 0.0) + run.elapsed_s))


def _costs_s(run: RunFigures) -> tuple[float, float] | None:
    """Return the time to start a process by spawn and from a fork server, as measured here."""
    cost = run.costs.get(run.model)
    if cost is None or not cost.create_worker_s or not cost.forkserver_worker_s:
        return None
    return cost.create_worker_s, cost.forkserver_worker_s


def _saved_s(run: RunFigures) -> float | None:
    """Return how much sooner all would have begun; None if not known, or if the run's figures contradict it."""
    costs, start_up_s = _costs_s(run), _start_up_s(run)
    if costs is None or start_up_s is None:
        return None
    saved_s = (costs[0] - costs[1]) * run.processes
    return saved_s if saved_s < start_up_s and costs[0] >= _LEAST_RATIO * costs[1] else None


def _would_save(run: RunFigures) -> bool:
    return _is_spawned(run) and (_saved_s(run) or 0.0) >= _LEAST_SAVED_S


def _took(run: RunFigures) -> str:
    return f"It took {text.seconds(_start_up_s(run) or 0.0)} until every process had begun."


def _fork_server(run: RunFigures) -> Said:
    spawned_s, forked_s = _costs_s(run) or (0.0, 0.0)
    return says(
        f"{_took(run)} Here a process starts and ends in {text.seconds(spawned_s)} by spawn and in "
        f"{text.seconds(forked_s)} from a fork server, which is as safe with threads: about "
        f"{text.seconds(_saved_s(run) or 0.0)} less for {run.processes}.",
        suggestion=Suggestion(run.model, run.workers, "Try the start method forkserver", start_method="forkserver"),
    )


def _is_not_measured(run: RunFigures) -> bool:
    return _is_spawned(run) and run.processes > (run.machine_cores or 1) and _costs_s(run) is None


def _measure(run: RunFigures) -> Said:
    return says(
        f"{_took(run)} How much less it would be from a fork server is not measured yet on this machine "
        "(gilscope models --measure).",
        suggestion=Suggestion("", 0, "Measure what a process's start takes", measure=run.model),
    )


MAIN = (Rule("starting", Passage.MAIN, _mostly_starting, _starting),)
BESIDE = (Rule("began-late", Passage.BESIDE, _began_late, _late),)
ADVICE = (
    Rule("try-forkserver", Passage.ADVICE, _would_save, _fork_server),
    Rule("measure-forkserver", Passage.ADVICE, _is_not_measured, _measure),
)
