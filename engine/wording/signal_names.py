"""The names of signals."""

from __future__ import annotations

import signal


def signal_name(number: int) -> str:
    """Return a signal's name, such as `SIGTERM`; `signal 250` for one without a name here."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
