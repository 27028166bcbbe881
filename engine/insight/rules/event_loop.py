"""Coroutines that share an event loop: which calls block it, which task holds it, and which never get to run."""

from __future__ import annotations

from engine.insight.phrases import capital, opening, spent
from engine.insight.rule import Passage, Rule, Said, Suggestion, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_MUCH = 0.2
_ELSEWHERE = 0.5  # of the time that a loop computes
_OWN = 0.3  # of that time: at most this is the workers' own
_INSIDE = {
    "sleep": "it sleeps",
    "network": "it waits for the network",
    "disk": "it waits for the disk",
    "child": "it waits for a child process",
    "lock": "it waits for a lock",
    "pipe": "it waits for a pipe",
    "stopped": "its process was stopped",
}


def blocked_share(run: RunFigures) -> float | None:
    """Return the share of the run in which event loops' threads were seen blocked in a call; None: not looked at."""
    return _share_of_loops(run, [loop.blocked_s for loop in run.loops])


def _computing_share(run: RunFigures) -> float | None:
    """Return the share of the run in which event loops' threads were seen to compute; None: not looked at."""
    return _share_of_loops(run, [loop.computing_s for loop in run.loops])


def _share_of_loops(run: RunFigures, seconds: list[float | None]) -> float | None:
    """Return the share of the run that these are of all event loops together; None if one of them is not known."""
    whole = (run.elapsed_s or 0.0) * len(run.loops)
    known = [each for each in seconds if each is not None]
    return min(1.0, sum(known) / whole) if whole > 0 and len(known) == len(seconds) else None


def busy_share(run: RunFigures) -> float:
    """Return the share of the run for which the event loops ran callbacks, computing or blocked."""
    return _share_of_loops(run, [loop.busy_s for loop in run.loops]) or 0.0


def is_blocked(run: RunFigures) -> bool:
    """Whether calls that are not awaited block the loop for much of the time."""
    if not run.is_async or run.workers < 2:
        return False
    seen = blocked_share(run)
    if seen is not None:
        return seen >= _MUCH and seen > 0.5 * busy_share(run)
    if run.loops:  # recorded, but not looked at: a busy loop's time without processor time is a blocking call
        busy = busy_share(run)
        return busy >= _MUCH and _computing_threads(run) < 0.5 * busy * len(run.loops)
    if run.share("loop_wait") < _MUCH:
        return False
    return _computing_threads(run) < 0.5 and any(step.blocks_loop for step in run.steps)


def is_computing(run: RunFigures) -> bool:
    """Whether coroutines that compute keep the others waiting."""
    if not run.is_async or run.share("loop_wait") < _MUCH or is_blocked(run):
        return False
    return (busy_share(run) if run.loops else _computing_threads(run)) >= 0.5


def _computing_threads(run: RunFigures) -> float:
    """Return how many of the loops' threads, on average, ran or waited for a core."""
    return run.at_once("cpu", "cpu_wait")


def _computes_elsewhere(run: RunFigures) -> bool:
    """Whether event loops compute for much of the time, and hardly ever in the workers' own coroutines."""
    computing = _computing_share(run) if run.is_async else None
    return computing is not None and computing >= _ELSEWHERE and _own_share(run) <= _OWN * computing


def _own_share(run: RunFigures) -> float:
    """Return the share of the run in which event loops computed in the workers' own coroutines."""
    return _computing_threads(run) / len(run.loops)


def _elsewhere(run: RunFigures) -> Said:
    computing, own = text.percent(_computing_share(run) or 0.0), text.percent(_own_share(run))
    what = f"The event loop computed {computing} of the time, and only {own} in the workers' own coroutines"
    return says(f"{what}: the rest were tasks and callbacks that they created, which run on the same thread.")


def _those(run: RunFigures) -> str:
    return "all" if run.processes == 1 else "those of a process"


def _blocked(run: RunFigures) -> Said:
    seen = blocked_share(run)
    if seen is not None:
        first = f"The event loop was blocked {text.percent(seen)} of the time"
        first += f" in {_call(run)}: no other coroutine can go on meanwhile."
    else:
        first = "Calls that are not awaited blocked the event loop"
        if run.share("loop_wait") >= _MUCH:
            first += f": {spent(run, 'was ready but waited for its turn', 'loop_wait')}"
        elif run.loops:
            first += f" {text.percent(busy_share(run))} of the time"
        first += "."
    return says(capital(first), f"{capital(_those(run))} share one thread, and such a call keeps it.")


def _call(run: RunFigures) -> str:
    inside = run.loop_hold.inside if run.loop_hold is not None else ""
    return f"a call that is not awaited ({_INSIDE.get(inside, inside)})" if inside else "calls that are not awaited"


def _computing(run: RunFigures) -> Said:
    waited = spent(run, "was ready but waited for its turn", "loop_wait")
    return says(
        f"{capital(opening(run))}{waited}.",
        f"{capital(_those(run))} share one thread, and a task that computes keeps it.",
    )


def _is_late(run: RunFigures) -> bool:
    return run.is_async and run.share("loop_wait") >= _MUCH


def _got_no_turn(run: RunFigures) -> bool:
    """Whether coroutines were ready while their loop was hardly busy: the loop's thread had to wait."""
    return bool(run.loops) and busy_share(run) < 0.5 * run.share("loop_wait")


def _late(run: RunFigures) -> Said:
    if not _got_no_turn(run):
        waited = spent(run, "was ready but waited for its turn", "loop_wait")
        return says(f"{opening(run)}{waited}: {_those(run)} share one thread.")
    waited = spent(run, "was ready but waited for the event loop", "loop_wait")
    held = sum(gil.other_s for gil in run.gil) / (run.elapsed_s or 1.0) / max(1, len(run.gil))
    if held < _MUCH or run.gil_enabled is False:
        return says(f"{opening(run)}{waited}, which was not busy: its thread got to run late.")
    share = text.percent(held)
    return says(
        f"{opening(run)}{waited}.", f"The loop's thread has to wait for the GIL, which other threads held {share}."
    )


def _never_waits(run: RunFigures) -> bool:
    """Whether coroutines' tasks never wait: one keeps the thread, and the others do not even get a task."""
    threads = run.at_once("cpu", "cpu_wait", "gil_wait")
    return (
        run.is_async and run.workers > 1 and threads >= 0.8 * run.processes and run.share("io_wait", "lock_wait") < 0.1
    )


def _one_at_a_time(run: RunFigures) -> Said:
    first = f"{opening(run)}{_those(run)} share one thread, so one computes at a time."
    return says(first, "A task that never waits does not let another begin.")


def _holds(run: RunFigures) -> bool:
    hold = run.loop_hold
    if hold is None or hold.waiting <= 0 or _got_no_turn(run):
        return False
    return run.share("loop_wait") >= _MUCH or is_blocked(run)


def _longest(run: RunFigures) -> Said:
    hold = run.loop_hold
    assert hold is not None  # see _holds
    others = "1 other was" if hold.waiting == 1 else f"{text.number(hold.waiting)} others were"
    what = f"{hold.step} in task {hold.task:,} took {text.seconds(hold.held_s)}"
    return says(f"{capital(hold.worker)} held it longest: {what}, and {others} ready and waited.")


def _unblock(run: RunFigures) -> Said:
    if run.has_async_code:
        return says("Await it instead (asyncio.sleep, an async library), or hand it to a thread: asyncio.to_thread.")
    count = min(run.workers, 64)
    return says(
        "In threads such calls run at the same time; so do calls that are awaited.",
        suggestion=Suggestion("thread-pool", count, f"Try a pool of {count} threads"),
    )


MAIN = (
    Rule("loop-blocked", Passage.MAIN, is_blocked, _blocked),
    Rule("loop-busy", Passage.MAIN, is_computing, _computing),
    Rule("loop-late", Passage.MAIN, _is_late, _late),
    Rule("one-at-a-time", Passage.MAIN, _never_waits, _one_at_a_time),
)
BESIDE = (
    Rule("loop-computes-elsewhere", Passage.BESIDE, _computes_elsewhere, _elsewhere),
    Rule("loop-held-longest", Passage.BESIDE, _holds, _longest),
)
ADVICE = (Rule("await-it", Passage.ADVICE, is_blocked, _unblock),)
