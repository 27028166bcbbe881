"""The title of each state of the ledger."""

from __future__ import annotations

from typing import Final

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


def state_title(state: str, *, merged: bool = False, estimated: bool = False) -> str:
    """Return a state's title. `merged`: waiting for a core is not told from waiting for the GIL.

    `estimated`: waiting for the GIL is what is left of the time, and was not seen.
    """
    if state != "gil_wait":
        return STATE_TITLES[state]
    title = "Waiting for the GIL or a core" if merged else STATE_TITLES[state]
    return f"{title} (estimated)" if estimated else title


def in_sentence(title: str) -> str:
    """Return a title as it stands within a sentence: `waiting for the GIL`."""
    return f"{title[:1].lower()}{title[1:]}"


def counted_state(count: int, state: str) -> str:
    """Return how many workers are in a state, as part of a sentence: `3 waiting for the GIL`."""
    return f"{count} {in_sentence(STATE_TITLES[state])}"
