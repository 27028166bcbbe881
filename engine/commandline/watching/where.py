"""`gilscope watch --pid PID --where`: every thread's Python stack and state, now."""

from __future__ import annotations

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
                "stack": [frame.words for frame in each.frames],
            }
        )
    if as_json:
        emit_json({"pid": pid, "threads": threads})
    else:
        emit(whereabouts_text([{**each, "name": f"{each['name'] or 'thread'} {each['tid']}"} for each in threads]))
    return DONE
