"""The lock on which a thread of another process sleeps now: one look, where no looker keeps the thread's files open."""

from __future__ import annotations

from engine.witness.syscalls import Waits, this_machines_calls


def lock_address(pid: int, thread: int, proc: str = "/proc") -> int | None:
    """Return the address of the futex that a thread waits for; None where it waits for none, or that is not shown."""
    calls = this_machines_calls()
    if calls is None:
        return None
    try:
        with open(f"{proc}/{pid}/task/{thread}/syscall", "rb") as file:
            fields = file.read().split()
        call = calls.get(int(fields[0]))
        return int(fields[1], 16) if call is not None and call.waits is Waits.FUTEX else None
    except (OSError, ValueError, IndexError):  # it runs, it is gone, or nobody may look
        return None
