"""Waiting for locks, queues and semaphores: how long, which workers share one, and which hold it."""

from __future__ import annotations

from engine.insight.parts import LockFigures
from engine.insight.phrases import also, capital, names, opening, percent, spent, waited_for
from engine.insight.rule import Passage, Rule, Said, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_MUCH = 0.2
_ALSO = 0.1
_ONE = 0.8  # of all waiting for locks: from this share on, one lock is the main one
_COUNTED = 8  # with more locks, most were short-lived
_NEARLY_ALL = 0.95
_WORTH = 0.05
_KNOWN = 4  # the holders are named if they are known for this many times as long as they are not


def _waits(run: RunFigures) -> bool:
    return run.share("lock_wait") >= _MUCH


def _waits_in_python(run: RunFigures) -> bool:
    """Whether the workers wait mostly for Python's locks, not for a native library's."""
    return _waits(run) and not _is_turn(run) and run.waits_share("library") < 0.5 * run.share("lock_wait")


def _is_turn(run: RunFigures) -> bool:
    """Whether nearly all of the waiting is for a turn in a step with a limit."""
    return run.turns_share >= _ONE * run.share("lock_wait") > 0


def _is_known_lock(run: RunFigures) -> bool:
    """Whether the workers certainly wait for a lock, and not for a queue or semaphore."""
    return not run.limits and bool(run.steps) and all(step.waits_on == "lock" or not step.is_code for step in run.steps)


def _waited(run: RunFigures) -> Said:
    if _is_turn(run):
        return says(f"{opening(run)}{spent(run, 'waited for a turn', 'lock_wait')}.")
    did = "waited for a lock" if _is_known_lock(run) else "waited for a lock, a queue or a semaphore"
    rest = also(run)
    more = f"{waited_for(run)} {percent(run, 'io_wait')}" if run.share("io_wait") >= _ALSO else ""
    more = f", {more}" if more and rest else f", and {more}" if more else ""
    return says(f"{opening(run)}{spent(run, did, 'lock_wait')}{more}{rest}.")


def _main_lock(run: RunFigures) -> LockFigures | None:
    """Return the lock that caused nearly all of the waiting, None if there are several."""
    waited = {lock.address: sum(lock.waited_s.values()) for lock in run.locks}
    whole = sum(waited.values())
    found = max(run.locks, key=lambda lock: waited[lock.address], default=None)
    return found if found is not None and whole > 0 and waited[found.address] >= _ONE * whole else None


def _sharing(lock: LockFigures) -> list[str]:
    return sorted({*lock.waited_s, *(name for name, held_s in lock.held_s.items() if held_s > 0)})


def _is_shared(run: RunFigures) -> bool:
    lock = _main_lock(run)
    return _waits_in_python(run) and lock is not None and len(_sharing(lock)) > 1


def _who_holds(run: RunFigures) -> Said:
    lock = _main_lock(run)
    assert lock is not None  # see _is_shared
    sharing = _sharing(lock)
    who = capital(run.all_of_them) if len(sharing) == run.workers else names(sharing, run.one)
    sentence = f"{who} share one lock (at {lock.address})"
    held = sorted(lock.held_s.items(), key=lambda pair: -pair[1])
    if run.elapsed_s and sum(lock.held_s.values()) > _KNOWN * lock.unknown_s:
        parts = [f"{name} {text.percent(held_s / run.elapsed_s)}" for name, held_s in held[:3]]
        rest = sum(held_s for _, held_s in held[3:]) / run.elapsed_s
        more = f", the others {text.percent(rest)}" if rest >= _WORTH else ""
        sentence += f"; of the time it was held by {', '.join(parts)}{more}"
    return says(f"{sentence}.")


def _several(run: RunFigures) -> bool:
    # In several processes one lock can have several addresses.
    several = 1 < len(run.locks) <= _COUNTED and _main_lock(run) is None and run.processes == 1
    return _waits_in_python(run) and several and not _has_own(run)


def _has_own(run: RunFigures) -> bool:
    """Whether each worker waits for a lock of its own, as in a condition of the standard library."""
    waited_s = sum(sum(lock.waited_s.values()) for lock in run.locks)
    alone_s = sum(sum(lock.waited_s.values()) for lock in run.locks if len(lock.waited_s) == 1)
    return run.processes == 1 and len(run.locks) > 1 and alone_s >= _NEARLY_ALL * waited_s


def _one_lock(run: RunFigures) -> bool:
    """Whether the workers wait for something that only one can hold: known from the step, or from the lock itself."""
    if _is_turn(run):
        return False
    by_step = any(step.waits_on == "lock" and not step.is_code for step in run.steps) and not run.has_code
    # The waiting that results if one worker always holds it, and the others queue.
    queued = run.share("lock_wait") >= _ONE * (run.workers - 1) / run.workers
    lock = _main_lock(run)
    held_s = sum(lock.held_s.values()) if lock is not None else 0.0
    always_held = bool(run.elapsed_s) and held_s >= _ONE * (run.elapsed_s or 0.0)
    return _waits(run) and run.workers > 1 and ((by_step and queued) or always_held)


MAIN = (Rule("lock", Passage.MAIN, _waits, _waited),)
BESIDE = (
    Rule("lock-held-by", Passage.BESIDE, _is_shared, _who_holds),
    Rule(
        "locks-own",
        Passage.BESIDE,
        lambda run: _waits_in_python(run) and _has_own(run),
        lambda run: says("Each waits for a lock of its own, as in a queue, a condition or a future."),
    ),
    Rule(
        "locks-several",
        Passage.BESIDE,
        _several,
        lambda run: says(f"They wait for {text.counted(len(run.locks), 'different lock')}; none of them dominates."),
    ),
)
ADVICE = (
    Rule(
        "hold-it-less",
        Passage.ADVICE,
        _one_lock,
        lambda run: says(
            "Only one can hold it at a time, so more workers get no more done; holding it for less time would."
        ),
    ),
)
