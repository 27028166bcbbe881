"""Two threads that compute all the time."""

from __future__ import annotations

from own_clocks import OwnClocks, side_by_side


def spin() -> None:
    own = OwnClocks()
    while own.goes_on():
        pass
    own.tell()


side_by_side(spin, spin)
