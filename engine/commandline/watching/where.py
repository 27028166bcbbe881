"""`gilscope watch --pid PID --where`: every thread's Python stack and state, now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.commandline.console import emit, emit_json
from engine.commandline.verb import DONE, RequestError
from engine.insight.whereabouts import whereabouts_text
from engine.watch.stack_sampler import sample_stacks
from engine.watch.thread_state import states_now
from engine.watch.watch_figures import STATE_OF


def show_where(pid: int, *, as_json: bool) -> int:
    """Print where each thread of a process is in its code. Raises RequestError with the reason if it cannot be read."""
    sample = sample_stacks([pid])
    if not sample.stacks:
        raise RequestError(sample.reasons[0] if sample.reasons else f"process {pid}: has no threads")
    threads = []
    stacks = sorted(sample.stacks[0][1], key=lambda stack: stack.tid)
    states = states_now(pid, [each.tid for each in stacks])
    for each in stacks:
        seen = states.get(each.tid)
        state = "cpu" if each.holds_gil else None if seen is None else STATE_OF.get(seen, "cpu")
        threads.append(
            {
                "pid": each.pid,
                "tid": each.tid,
                "name": each.name,
                "holds_gil": each.holds_gil,
                "state": state,
                "waits_for": seen.name.lower() if state == "io_wait" and seen is not None else None,
                "stack": [frame.words for frame in each.frames],
            }
        )
    if as_json:
        emit_json({"pid": pid, "threads": threads})
    else:
        emit(whereabouts_text([{**each, "name": _title(each)} for each in threads]))
    return DONE


def _title(thread: Mapping[str, Any]) -> str:
    """Return a thread's name and number; py-spy does not tell the number of every thread of an older Python."""
    name = str(thread["name"] or "thread")
    return f"{name} {thread['tid']}" if thread["tid"] else name
