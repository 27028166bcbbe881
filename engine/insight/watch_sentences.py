"""Makes sentences on a watched program, from its result alone, each only if the figures support it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.insight.phrases import cores_busy
from engine.wording import figure_text as text

_MUCH: Final = 0.3  # of a thread's time
_SOME: Final = 0.02
_WORKED: Final = 0.05
_LEAST_S: Final = 0.2
_STUCK_S: Final = 0.5
_OFTEN: Final = 3
_LOOP_HELD: Final = 0.05  # of its thread's time
_BLOCKED_IN: Final = {
    "sleep": "asleep",
    "network": "in a network call",
    "disk": "in a file",
    "pipe": "in a pipe",
    "child": "waiting for a child",
    "lock": "waiting for a lock",
    "library": "in a lock of a native library",
    "stopped": "because its process was stopped",
}
_LIBRARY_VARIABLES: Final = {
    "openblas": "OPENBLAS_NUM_THREADS",
    "mkl": "MKL_NUM_THREADS",
    "gomp": "OMP_NUM_THREADS",
    "omp": "OMP_NUM_THREADS",
}


def watch_sentences(result: Mapping[str, Any], cores: int) -> list[str]:
    """Return the sentences on a watch's result; `cores` is how many the program may use."""
    threads = [row for row in result.get("threads") or () if _wall_s(row) >= _LEAST_S]
    if not threads:
        return ["The program was too short, or its threads too short-lived, to say anything about them."]
    said = [_opening(result, threads)]
    said += _stopped(threads)
    said += _gil(result, threads)
    said += _loops(result, threads)
    said += _locks(result, threads)
    said += _libraries(result, threads, cores)
    said += _cores(threads, cores)
    if (result.get("witness") or {}).get("method") == "none":
        reason = (result.get("witness") or {}).get("reason")
        said.append(f"What threads wait for could not be seen here{': ' + str(reason) if reason else ''}.")
    return said


def looking_words(witness: Mapping[str, Any]) -> str:
    """Return how often a program's threads were looked at, and the cost of that; "" if they were not."""
    rate, cost = witness.get("rate_hz"), witness.get("cost_percent")
    if not witness.get("looks") or rate is None:
        return ""
    takes = f", which takes {cost:.1f} % of a core" if cost is not None else ""
    thinned = " Not all of the older looks were kept." if witness.get("thinned") else ""
    return f"Its threads are looked at {text.number(round(rate))} times a second from outside{takes}.{thinned}"


def _wall_s(row: Mapping[str, Any]) -> float:
    return float(sum(value for value in row["ledger_s"].values() if value)) + float(row.get("unseen_s") or 0.0)


def _share(row: Mapping[str, Any], state: str) -> float:
    wall = _wall_s(row)
    return (row["ledger_s"].get(state) or 0.0) / wall if wall else 0.0


def _opening(result: Mapping[str, Any], threads: Sequence[Mapping[str, Any]]) -> str:
    used = (result.get("cores") or {}).get("run")
    processes = (result.get("processes") or {}).get("peak") or 1
    busy = cores_busy(used)
    count, short = len(threads), len(result.get("threads") or ()) - len(threads)
    more = f" and at least {short} that lived for less than {_LEAST_S:g} s" if short else ""
    where = "" if processes == 1 else f" in up to {processes} processes"
    return f"{count} thread{'s' * (count != 1)}{more}{where} {busy or 'were seen'}."


def _stopped(threads: Sequence[Mapping[str, Any]]) -> list[str]:
    said = []
    for pid in sorted({row["pid"] for row in threads}):
        stopped = [row for row in threads if row["pid"] == pid and _stopped_s(row) >= _SOME * _wall_s(row)]
        if stopped:
            for_s = max(_stopped_s(row) for row in stopped)
            said.append(f"Process {pid} was stopped for {text.seconds(for_s)}, by a signal (SIGSTOP) or a debugger.")
    return said


def _stopped_s(row: Mapping[str, Any]) -> float:
    return float((row.get("waits_s") or {}).get("stopped") or 0.0)


def _gil(result: Mapping[str, Any], threads: Sequence[Mapping[str, Any]]) -> list[str]:
    said = []
    looked = (result.get("witness") or {}).get("looks") or 0
    untold = any(row["ledger_s"].get("gil_wait", 0.0) is None for row in threads)
    if looked and untold and (result.get("interpreter") or {}).get("gil_enabled", False) is None:
        said.append("Whether there is a GIL is not known: this free-threaded Python does not report it.")
    for process in result.get("gil") or ():
        if process.get("since_s") is not None:
            said.append(
                f"The GIL of process {process['pid']} was off at first, and on after {process['since_s']:.1f} s: "
                "a module was imported that needs it."
            )
        waiting = [row for row in threads if row["pid"] == process["pid"] and _share(row, "gil_wait") >= 0.05]
        if not waiting:
            continue
        span_s = max(_wall_s(row) for row in threads if row["pid"] == process["pid"])
        at_once = sum((row["ledger_s"].get("gil_wait") or 0.0) for row in waiting) / span_s if span_s else 0.0
        held = process.get("held_s") or {}
        known = sum(held.values())
        sentence = f"{len(waiting)} threads of process {process['pid']} waited for the GIL, {at_once:.1f} at a time"
        if len(waiting) == 1:
            share = text.percent(_share(waiting[0], "gil_wait"))
            sentence = f"1 thread of process {process['pid']} waited for the GIL {share} of the time"
        if known > 0.3 * span_s:
            name = max(held, key=lambda each: float(held[each]))
            sentence += f"; {name} held it {text.percent(held[name] / span_s)} of the time"
        said.append(f"{sentence}.")
    return said


def _loops(result: Mapping[str, Any], threads: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say what held up event loops, if it took much of their threads' time."""
    walls = {(row["pid"], row["tid"]): _wall_s(row) for row in threads}
    said = []
    for loop in result.get("loop") or ():
        wall_s = walls.get((loop["pid"], loop["tid"]), 0.0)
        for each in loop["held"]:
            if each["times"] < _OFTEN or each["total_s"] < _LOOP_HELD * wall_s:
                continue
            often = f"{each['times']} times, {text.seconds(each['longest_s'])} at most"
            if each["in"] == "running":
                words = f"did not pause for 50 ms or longer {often}: one long call each, or many short ones"
            else:
                blocked = f"was blocked {_BLOCKED_IN.get(each['in'], 'in a call')} for 50 ms or longer"
                words = f"{blocked} {often}: nothing else in it went on meanwhile"
            said.append(f"The event loop of {loop['worker']} {words}.")
    return said


def _locks(result: Mapping[str, Any], threads: Sequence[Mapping[str, Any]]) -> list[str]:
    # Threads of a native library's pool wait for work in the same way: its locks tell nothing.
    own = [lock for lock in result.get("locks") or () if not lock.get("library")]
    shared = [lock for lock in own if len(lock.get("waited_s") or {}) >= 2]
    stuck = _stuck(result)
    if stuck:
        names = ", ".join(str(row["name"] or row["tid"]) for row in stuck[:4])
        for_s = min(float(row["last"]["for_s"]) for row in stuck)
        # From outside, a pool that has no work looks the same.
        sentence = f"All {len(stuck)} threads ({names}) wait for locks and none has run for {for_s:.1f} s"
        return [f"{sentence}: a deadlock, or nothing to do?"]
    said = []
    one_process = len({row["pid"] for row in result.get("threads") or ()}) == 1
    for lock in shared[:2]:
        waited = lock["waited_s"]
        total = sum(waited.values())
        if total < _LEAST_S:
            continue
        where = lock["address"] if one_process else f"{lock['address']} in process {lock['pid']}"
        sentence = f"{len(waited)} threads waited for the same lock ({where}), {total:.1f} s together"
        held = lock.get("held_s") or {}
        if held and sum(held.values()) >= float(lock.get("unknown_s") or 0.0):  # else another may have held it longer
            name = max(held, key=lambda each: float(held[each]))
            sentence += f"; {name} held it longest, {held[name]:.1f} s"
        said.append(f"{sentence}.")
    return said


def _stuck(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the threads of a program that still exists, or did at the watch's end, if all only wait for locks."""
    if result["status"] not in ("stopped", "running"):
        return []
    alive = [row for row in result["threads"] if row["ended_s"] is None]
    last = [row.get("last") or {} for row in alive]
    still = [each for each in last if each.get("state") == "lock" and each["for_s"] >= _STUCK_S]
    return alive if len(alive) >= 2 and len(still) == len(alive) else []


def _libraries(result: Mapping[str, Any], threads: Sequence[Mapping[str, Any]], cores: int) -> list[str]:
    """Say that a native library has more threads than there are cores; not of a pool that had nothing to do."""
    own = [row for row in threads if (row.get("waits_s") or {}).get("library")]
    if sum(_share(row, "cpu") + _share(row, "cpu_wait") >= _WORKED for row in own) <= cores:
        return []
    said = []
    for library in result.get("libraries") or ():
        if library["threads"] <= cores:
            continue
        name = str(library["name"]).rpartition("/")[2]
        variable = next((each for key, each in _LIBRARY_VARIABLES.items() if key in name.lower()), None)
        hint = f" {variable}={cores} would bound them." if variable else ""
        said.append(f"{library['threads']} threads of {name} on {cores} core{'s' * (cores != 1)}.{hint}")
    return said


def _cores(threads: Sequence[Mapping[str, Any]], cores: int) -> list[str]:
    waiting = [row for row in threads if _share(row, "cpu_wait") >= _MUCH]
    if not waiting:
        return []
    least = min(_share(row, "cpu_wait") for row in waiting)
    many = "s" * (len(waiting) != 1)
    share = text.percent(least)
    return [f"{len(waiting)} thread{many} waited for a core at least {share} of the time; it may use {cores} of them."]
