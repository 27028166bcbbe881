"""The lock on which a thread of another process sleeps now: a single look, for use without a looker."""

from __future__ import annotations

from engine.witness.syscalls import Waits, this_machines_calls


def lock_address(pid: int, thread: int, proc: str = "/proc") -> int | None:
    """Return the address of the futex that a thread waits for; None if it waits for none, or may not be looked at."""
    calls = this_machines_calls()
    if calls is None:
        return None
    try:
        with open(f"{proc}/{pid}/task/{thread}/syscall", "rb") as file:
            fields = file.read().split()
        call = calls.get(int(fields[0]))
        return int(fields[1], 16) if call is not None and call.waits is Waits.FUTEX else None
    except (OSError, ValueError, IndexError):  # the thread is running or gone, or may not be looked at
        return None
