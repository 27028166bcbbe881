"""Describes a watched thread at an instant: its state, what it waits on, how long, and who else waits on it."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.record.look_file import LookDetail, LookState
from engine.trace.picture.run_looks import RunLooks
from engine.trace.picture.thread_looks import ThreadLooks
from engine.trace.picture.thread_store import ThreadStore
from engine.wording import figure_text as figures

_NEAR_NS: Final = 250_000_000
_DOES: Final = {
    LookState.RUNNING: "running, or ready for a core",
    LookState.GIL: "waiting for the GIL",
    LookState.LOCK: "waiting for a lock",
    LookState.LIBRARY: "waiting for a lock of a native library",
    LookState.SLEEP: "sleeping",
    LookState.NETWORK: "waiting for the network",
    LookState.DISK: "waiting for a file",
    LookState.PIPE: "waiting for a pipe",
    LookState.CHILD: "waiting for a child process",
    LookState.LOOP: "an event loop with nothing to do",
    LookState.OTHER: "waiting in a system call",
    LookState.STOPPED: "stopped by a signal",
}


def thread_words(store: ThreadStore, lane: int, time_ns: int) -> list[str]:
    """Return lines that describe a thread at a time."""
    each = store.lanes[lane]
    first_ns, last_ns = store.span_ns(lane)
    name = each.worker or "Thread"
    lines = [f"{name} {each.thread}, process {each.pid}, at {time_ns / 1e9:.6f} s"]
    if not first_ns <= time_ns <= last_ns:
        return [*lines, "it was not there"]
    seen = store.looks.at(lane)
    place = _near(seen, time_ns) if seen is not None else None
    if seen is None or place is None:
        return [*lines, "nobody looked at it then"]
    state, detail = LookState(int(seen.did[place])), int(seen.details[place])
    begin, end = _stretch(seen, place)
    length = figures.seconds(max(0, int(seen.times_ns[end]) - int(seen.times_ns[begin])) / 1e9)
    on = _on(store.looks, detail)
    lines.append(f"{_DOES[state]}{on}, seen so for {length}")
    if state in (LookState.LOCK, LookState.LIBRARY):
        lines += _sharing(store, lane, detail, time_ns)
    return lines


def _near(seen: ThreadLooks, time_ns: int) -> int | None:
    times = seen.times_ns
    after = min(int(np.searchsorted(times, time_ns)), len(times) - 1)
    before = max(after - 1, 0)
    nearest = before if time_ns - times[before] < times[after] - time_ns else after
    return int(nearest) if abs(int(times[nearest]) - time_ns) <= _NEAR_NS else None


def _stretch(seen: ThreadLooks, place: int) -> tuple[int, int]:
    """Return the first and last look of the run of equal looks around one."""
    same = (seen.did == seen.did[place]) & (seen.details == seen.details[place])
    other = np.flatnonzero(~same)
    after = int(np.searchsorted(other, place))
    begin = int(other[after - 1]) + 1 if after else 0
    end = int(other[after]) - 1 if after < len(other) else len(same) - 1
    return begin, end


def _detail(looks: RunLooks, place: int) -> LookDetail | None:
    return looks.tables.details[place] if 0 < place < len(looks.tables.details) else None


def _on(looks: RunLooks, place: int) -> str:
    detail = _detail(looks, place)
    if detail is None:
        return ""
    where = detail.name or (hex(detail.address) if detail.address is not None else "")
    return f": {detail.call}{' on ' + where if where else ''}"


def _sharing(store: ThreadStore, lane: int, detail: int, time_ns: int) -> list[str]:
    """Return who else waits for the same lock at that time."""
    known = _detail(store.looks, detail)
    if known is None or known.address is None:
        return []
    pid, sharing = store.lanes[lane].pid, []
    for other in store.lanes:
        if other.lane == lane or other.pid != pid:
            continue
        seen = store.looks.at(other.lane)
        place = _near(seen, time_ns) if seen is not None else None
        if seen is None or place is None:
            continue
        on = _detail(store.looks, int(seen.details[place]))
        if on is not None and on.address == known.address:
            sharing.append(f"{other.worker or 'thread'} {other.thread}")
    if not sharing:
        return []
    more = f" and {len(sharing) - 4} more" if len(sharing) > 4 else ""
    return [f"with it: {', '.join(sharing[:4])}{more}"]
