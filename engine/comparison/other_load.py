"""Measures how much of the machine other programs use before a run of a comparison."""

from __future__ import annotations

import contextlib

import psutil

# User time already includes a guest's time. Time that a hypervisor gives to other machines counts as used by others.
_IDLE = ("idle", "iowait", "guest", "guest_nice")


class OtherLoad:
    """Measures from its creation on. The app's own processes, such as the window, do not count as other programs."""

    def __init__(self) -> None:
        self._total_s, self._busy_s = _machine()
        self._ours_s = _ours()

    def read(self) -> float | None:
        """Return the share of the machine, 0 to 1, that others used since then; None if no time has passed."""
        total_s, busy_s = _machine()
        total_s, busy_s = total_s - self._total_s, busy_s - self._busy_s
        if total_s <= 0.0:
            return None
        return round(min(1.0, max(0.0, (busy_s - max(0.0, _ours() - self._ours_s)) / total_s)), 4)


def _machine() -> tuple[float, float]:
    """Return the processor seconds available since the machine started, and those that were used."""
    times = psutil.cpu_times()._asdict()
    total_s = sum(value for name, value in times.items() if not name.startswith("guest"))
    return total_s, sum(value for name, value in times.items() if name not in _IDLE)


def _ours() -> float:
    """Return the processor seconds of this process and everything it started, including ended processes."""
    used_s = 0.0
    with contextlib.suppress(psutil.Error):
        this = psutil.Process()
        for process in (this, *this.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                used_s += times.user + times.system
        ended = this.cpu_times()
        used_s += ended.children_user + ended.children_system
    return used_s
