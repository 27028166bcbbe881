"""The title of each state of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# In the order of the protocol's LEDGER_STATES.
STATE_TITLES: Final = {
    "cpu": "Running",
    "cpu_wait": "Waiting for a core",
    "gil_wait": "Waiting for the GIL",
    "io_wait": "Waiting for I/O",
    "lock_wait": "Waiting for a lock",
    "loop_wait": "Waiting for the loop",
    "transport": "Transport",
    "idle": "Idle",
}
# What waiting for I/O is, where that was seen.
IO_WAITS: Final = {
    "sleep": "sleeping",
    "network": "waiting for the network",
    "disk": "waiting for a file",
    "pipe": "waiting for a pipe",
    "child": "waiting for a child",
    "other": "waiting in another call",
}
# A state that is shown separately from idle: a worker has not begun its first task. All figures count it as `idle`.
STARTING: Final = "starting"
SHOWN_TITLES: Final = {**STATE_TITLES, STARTING: "Starting"}


def with_starting(ledger: Mapping[str, float | None], starting_s: float | None) -> dict[str, float | None]:
    """Return seconds by state for display, with starting separate from idle; unchanged if starting is not known."""
    idle = ledger.get("idle")
    if not idle or not starting_s:
        return dict(ledger)
    starting_s = max(0.0, min(starting_s, idle))
    return {**ledger, "idle": idle - starting_s, STARTING: starting_s}


def shown_ledger(result: Mapping[str, Any]) -> dict[str, float | None]:
    """Return a result's seconds by state for display; empty if there are none."""
    return with_starting(result.get("ledger_s") or {}, result.get("starting_s"))


def state_title(state: str, *, merged: bool = False, estimated: bool = False) -> str:
    """Return a state's title. `merged`: waiting for a core cannot be distinguished from waiting for the GIL.

    `estimated`: waiting for the GIL is the remaining time, and was not seen.
    """
    if state != "gil_wait":
        return SHOWN_TITLES[state]
    title = "Waiting for the GIL or a core" if merged else STATE_TITLES[state]
    return f"{title} (estimated)" if estimated else title


def in_sentence(title: str) -> str:
    """Return a title in the form used within a sentence: `waiting for the GIL`."""
    return f"{title[:1].lower()}{title[1:]}"


def counted_state(count: int, state: str) -> str:
    """Return how many workers are in a state, as part of a sentence: `3 waiting for the GIL`."""
    return f"{count} {in_sentence(SHOWN_TITLES[state])}"
