"""The words for what must wait because a run is under way."""

from __future__ import annotations

from typing import Final

UNDER_WAY: Final = "a run is under way"


def stop_first(then: str = "") -> str:
    """Return that the run must be stopped first, before the user can do `then`."""
    return f"A run is under way: stop it first{f', then {then}' if then else ''}."
