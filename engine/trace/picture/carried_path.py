"""The parts of a task's path before it began and after it ended, where the run recorded how the task was carried."""

from __future__ import annotations

from collections.abc import Iterable

from engine.record.hand_over.carried_file import CarriedTask
from engine.trace.picture.path_parts import Part, instant, stretch
from engine.wording import figure_text as text

_ELSEWHERE = "not recorded one by one, as its worker is on another machine's clock"
_WAITS, _TRAVELS = "idle", "transport"

_End = tuple[str, int, str, str]  # a part by its title, its end, a remark and its state; it begins where the last ended


def way_there(carried: CarriedTask, due_ns: int | None, begin_ns: int, *, shares_memory: bool) -> list[Part]:
    """Return the parts from a task's arrival to its begin, without a gap; times since the run's start.

    What happened before an open loop's task was due is no part of its path.
    """
    arrived_ns = min(carried.handed_ns, begin_ns) if due_ns is None else due_ns
    words = "closed loop: taken by the model" if due_ns is None else "on its own time: an open loop"
    return [
        instant("Arrived", arrived_ns, words),
        *_in_turn(arrived_ns, begin_ns, _ends(carried, begin_ns, shares_memory)),
    ]


def way_back(carried: CarriedTask, end_ns: int, *, shares_memory: bool) -> list[Part]:
    """Return the parts from a task's end until the host had its result, without a gap."""
    size = text.size(carried.back_bytes)
    if not carried.result_unpickled_ns:
        if carried.back_bytes:
            words = f"not recorded: {size} are copied from one interpreter to the other"
            return [instant("Returned", end_ns, "its last step ended"), Part("Carried back", None, None, words)]
        how = "its result is handed back as it is" if shares_memory else "no result is carried back"
        return [instant("Returned", end_ns, f"its last step ended; {how}")]
    back_ns = max(carried.result_unpickled_ns, end_ns)
    ends: list[_End] = []
    if carried.result_pickle_ns:
        ends.append(("Before its result", carried.result_pickle_ns, "in its worker", _TRAVELS))
        ends.append(("Result pickled", carried.result_pickled_ns, f"{size}, by its worker", _TRAVELS))
    how = "on its way to the host" if carried.result_pickle_ns else f"pickled and carried, {_ELSEWHERE}"
    ends.append(("Carried back", carried.result_unpickle_ns, how, _TRAVELS))
    ends.append(("Result unpickled", back_ns, f"{size}, in the host", _TRAVELS))
    return [*_in_turn(end_ns, back_ns, ends), instant("Returned", back_ns, "the host has its result")]


def _ends(carried: CarriedTask, begin_ns: int, shares_memory: bool) -> list[_End]:
    size = text.size(carried.to_bytes)
    if not carried.pickle_ns:
        if shares_memory:
            return [("Queued", begin_ns, "in the pool's queue until a thread took it; nothing is pickled", _WAITS)]
        copied = f"not pickled: {size} are copied from one interpreter to the other"
        return [("Handed over", begin_ns, copied, _TRAVELS)]
    pickled: list[_End] = [
        ("Before pickling", carried.pickle_ns, "in the host, until the model sends it", _WAITS),
        ("Pickled", carried.pickled_ns, f"{size}, in the host", _TRAVELS),
    ]
    if not carried.unpickle_ns:
        return [*pickled, ("Queued", begin_ns, f"carried and unpickled, {_ELSEWHERE}", _TRAVELS)]
    return [
        *pickled,
        ("Queued", carried.unpickle_ns, "on its way, until its worker took it", _TRAVELS),
        ("Unpickled", carried.unpickled_ns, f"{size}, by its worker", _TRAVELS),
        ("Before its start", begin_ns, "in its worker", _TRAVELS),
    ]


def _in_turn(since_ns: int, until_ns: int, ends: Iterable[_End]) -> list[Part]:
    parts = []
    for title, at_ns, words, state in ends:
        end_ns = min(at_ns, until_ns)
        if end_ns > since_ns:
            parts.append(stretch(title, since_ns, end_ns, words, state))
            since_ns = end_ns
    return parts
