"""What each state of the ledger is called in a person's words."""

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


def counted_state(count: int, state: str) -> str:
    """Return how many workers are in a state, as part of a sentence: `3 waiting for the GIL`."""
    title = STATE_TITLES[state]
    return f"{count} {title[0].lower()}{title[1:]}"
