"""The colour of each state of the ledger, the same in the window, in hand-outs and in pictures."""

from __future__ import annotations

from typing import Final

# Similar in meaning to those of Visual Studio's Concurrency Visualizer, from Okabe and Ito's colour-blind-safe palette.
# The keys and their order are the protocol's LEDGER_STATES.
STATE_COLORS: Final = {
    "cpu": "#009E73",
    "cpu_wait": "#F0E442",
    "gil_wait": "#D55E00",
    "io_wait": "#CC79A7",
    "lock_wait": "#0072B2",
    "loop_wait": "#56B4E9",
    "transport": "#E69F00",
    "idle": "#9AA0A6",
}
# With a colour for workers that have not begun yet, shown separately from idle (see `state_names.STARTING`).
SHOWN_COLORS: Final = {**STATE_COLORS, "starting": "#D5D8DC"}
