"""Finds, from looks, who released a lock of the user's own code that a task's thread waited for.

In a round of looks all threads of a process are seen at one instant. If all but one of those that share a lock wait for
it, that one holds it. If one thread held it in two successive rounds, and another in the next two, the lock went over
between them, and it is known when, to within a round. Rounds in which several threads do not wait tell nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.record.look_file import LookState
from engine.record.look_reader import LookReader
from engine.record.run_folder import RunFolder, RunFolderError
from engine.trace.hand_overs.hand_over import HandOver, Released
from engine.trace.lock_holder import LockRounds, lock_rounds
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.search import Found
from engine.workload.group import numbered_steps

_AROUND_NS: Final = 200_000_000  # looks before and after the task
_LONGEST_GAP_NS: Final = 5_000_000  # between two rounds
_OWN_CODE: Final = "python"


def seen_lock_hand_overs(store: PhaseStore, found: Found) -> list[HandOver]:
    """Return which threads gave a lock to the task's thread during the task, and which got it from there."""
    own = store.lanes[found.lane]
    if store.owners[own.file].is_async or not _has_own_code(store, found):
        return []
    reader = LookReader(store.folder)
    try:
        start_ns = RunFolder(store.folder).run_start_ns()
        looks = reader.read_all()
    except (OSError, RunFolderError):
        return []
    finally:
        reader.close()
    tables = reader.tables()
    places = {(each.pid, each.tid): place for place, each in enumerate(tables.threads)}
    mine = places.get((own.pid, own.thread))
    if mine is None or not len(looks):
        return []
    looks["time_ns"] -= start_ns
    threads = [place for place, each in enumerate(tables.threads) if each.pid == own.pid]
    looks = looks[np.isin(looks["thread"], threads)]
    near = (looks["time_ns"] >= found.begin_ns - _AROUND_NS) & (looks["time_ns"] <= found.end_ns + _AROUND_NS)
    lane_of = {places[key]: each.lane for each in store.lanes if (key := (each.pid, each.thread)) in places}
    made: list[HandOver] = []
    for details in _locks(looks, mine, [each.address for each in tables.details], found):
        waits = (looks["state"] == LookState.LOCK) & np.isin(looks["detail"], details)
        rounds = lock_rounds(looks[near], details, np.unique(looks["thread"][waits]).tolist())
        made += _changes(rounds, mine, lane_of, found) if rounds is not None else []
    return made


def _has_own_code(store: PhaseStore, found: Found) -> bool:
    step = int(store.tracks[found.lane].records["step"][found.place])
    return any(each["kind"] == _OWN_CODE for each in numbered_steps(store.experiment["workload"])[: step + 1])


def _locks(looks: npt.NDArray[np.void], mine: int, addresses: list[int | None], found: Found) -> list[list[int]]:
    """Return, for each lock that the task's thread waited for, its places in the table of details."""
    inside = (looks["time_ns"] >= found.begin_ns) & (looks["time_ns"] <= found.end_ns)
    waits = inside & (looks["state"] == LookState.LOCK) & (looks["thread"] == mine)
    seen = {addresses[place] for place in np.unique(looks["detail"][waits]).tolist() if place < len(addresses)}
    return [
        [place for place, each in enumerate(addresses) if each == address] for address in seen if address is not None
    ]


def _changes(rounds: LockRounds, mine: int, lane_of: dict[int, int], found: Found) -> list[HandOver]:
    at_ns, holder = rounds.time_ns, rounds.holder
    one, other = holder[1:-2], holder[2:-1]
    sure = (one >= 0) & (other >= 0) & (one != other) & (holder[:-3] == one) & (holder[3:] == other)
    sure &= np.diff(at_ns)[1:-1] <= _LONGEST_GAP_NS
    made = []
    for place in np.flatnonzero(sure).tolist():
        released_ns, begun_ns = int(at_ns[place + 1]), int(at_ns[place + 2])
        pair = int(one[place]), int(other[place])
        to_it = pair[1] == mine and found.begin_ns <= begun_ns <= found.end_ns
        from_it = pair[0] == mine and found.begin_ns <= released_ns <= found.end_ns
        if (to_it or from_it) and all(each in lane_of for each in pair):
            made.append(HandOver(lane_of[pair[0]], released_ns, lane_of[pair[1]], begun_ns, Released.LOCK))
    return made
