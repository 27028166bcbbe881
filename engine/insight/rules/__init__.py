"""Every rule, in the order in which they are checked."""

from __future__ import annotations

from engine.insight.rule import Rule
from engine.insight.rules import (
    arrivals,
    beginnings,
    cores,
    ending,
    event_loop,
    failures,
    interpreter_lock,
    limits,
    locks,
    memory,
    others,
    processes,
    stages,
    stalls,
    transport,
    waits,
    workers,
)

RULES: tuple[Rule, ...] = (
    *stalls.RULES,
    *ending.BEFORE_FAILURES,
    *failures.RULES,
    *ending.AFTER_FAILURES,
    *arrivals.PACE,
    # What the time went to: the first that holds.
    *event_loop.MAIN,
    *transport.MAIN,
    *cores.MAIN_FIRST,
    *beginnings.MAIN,
    *workers.FIRST,
    *locks.MAIN,
    *waits.MAIN,
    *interpreter_lock.MAIN,
    *cores.MAIN,
    *workers.LAST,
    # Why, and who: all that hold.
    *event_loop.BESIDE,
    *transport.BESIDE,
    *limits.BESIDE,
    *locks.BESIDE,
    *waits.BESIDE,
    *interpreter_lock.BESIDE,
    *cores.BESIDE,
    *stages.BESIDE,
    *workers.BESIDE,
    *beginnings.BESIDE,
    *memory.BESIDE,
    # What could be tried: the first that holds.
    *event_loop.ADVICE,
    *limits.ADVICE,
    *locks.ADVICE,
    *transport.ADVICE,
    *beginnings.ADVICE,
    *arrivals.ADVICE,
    *processes.ADVICE,
    *interpreter_lock.ADVICE,
    *cores.ADVICE,
    *waits.ADVICE,
    *others.AROUND,
)
