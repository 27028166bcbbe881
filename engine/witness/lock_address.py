"""The lock on which a thread of another process sleeps now: a single look, for use without a looker."""

from __future__ import annotations

from engine.witness.memory.parking_lot import is_on_stack, parked_lock
from engine.witness.memory.process_memory import ProcessMemory
from engine.witness.syscalls import Waits, this_machines_calls


def lock_address(pid: int, thread: int, proc: str = "/proc") -> int | None:
    """Return the address of the lock that a thread waits for; None if it waits for none, or may not be looked at.

    It is the lock's word in memory that the thread sleeps on, if there is one.
    """
    calls = this_machines_calls()
    if calls is None:
        return None
    memory = ProcessMemory(pid, proc)
    try:
        with open(f"{proc}/{pid}/task/{thread}/syscall", "rb") as file:
            fields = file.read().split()
        call = calls.get(int(fields[0]))
        if call is None or call.waits is not Waits.FUTEX:
            return None
        address = int(fields[1], 16)
        parked = parked_lock(memory.read, address) if is_on_stack(address, int(fields[-2], 16)) else None
        return address if parked is None else parked
    except (OSError, ValueError, IndexError):  # the thread is running or gone, or may not be looked at
        return None
    finally:
        memory.close()
