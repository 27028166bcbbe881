"""Takes one look at each thread of a process now, without starting a witness."""

from __future__ import annotations

from collections.abc import Iterable

from engine.record.look_file import LookState
from engine.witness.detail_table import DetailTable
from engine.witness.memory.gil_location import GilFinder
from engine.witness.seen_process import SeenProcess
from engine.witness.syscalls import this_machines_calls


def states_now(pid: int, tids: Iterable[int], proc: str = "/proc") -> dict[int, LookState]:
    """Return what each of these threads does; threads that may not be looked at, or are gone, are left out."""
    calls = this_machines_calls()
    if calls is None:
        return {}
    found: dict[int, LookState] = {}
    try:
        process = SeenProcess(pid, calls, GilFinder(proc), DetailTable(), proc, always=True)
    except OSError:
        return {}
    try:
        process.locate()
        process.see_gil()
        process.see_stopped()
        for tid in tids:
            try:
                with open(f"{proc}/{pid}/task/{tid}/syscall", "rb") as file:
                    line = file.read(192)
            except OSError:
                continue
            if process.stopped:
                found[tid] = LookState.STOPPED
            elif line.startswith(b"running"):
                found[tid] = LookState.RUNNING
            elif line:
                key = line[: line.find(b" ", line.find(b" ") + 1)]
                found[tid] = LookState(process.classify(key, line)[0])
    except OSError:
        pass
    finally:
        process.close()
    return found
