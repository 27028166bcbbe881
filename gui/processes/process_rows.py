"""Rows of the tree of processes and threads: what stands in each column, and what it is sorted by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from engine.insight import figure_text as figures

# A column's title, what it means, and its widest text.
COLUMNS: Final = (
    ("Process or thread", "As the operating system has them: threads under their process", ""),
    ("ID", "The operating system's number", "9999999"),
    ("Threads", "How many threads the process has", "Threads"),
    ("CPU", "Of one core, just now", "1000 %"),
    ("Memory", "Resident: in the machine's memory, shared with others or not (RSS)", "Memory  "),
    ("Its own", "Unique: what it shares with no other, and its end would free (USS)", "999 MB  "),
    (
        "Gave up/s",
        "How often a second it gave its core up by itself: to wait (voluntary switches)",
        "Gave up/s ",
    ),
    ("Taken/s", "How often a second its core was taken from it (involuntary switches)", "Taken/s  "),
    ("Start-up", "From its start to its first task", "<10 ms  "),
    ("Gave up", "Voluntary context switches since it started", "1.25 million"),
    ("Taken", "Involuntary context switches since it started", "1.25 million"),
)
_ROLES: Final = {"host": "Host", "child": "Child", "service": "Server"}
# Of `Process-2 Thread-3 (work)`: its process stands above it.
_OWN_NAME: Final = re.compile(r"[^\s()]+(?: \([^()]*\))?$")
_GRAIN_S: Final = 0.01  # when a process started is known to that

Key = tuple[int, int]  # a process and 0, or a process and its thread


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One line: its key, its parent's (None: at the root), texts and sort values by column."""

    key: Key
    parent: Key | None
    texts: tuple[str, ...]
    values: tuple[float | str, ...]


def rows_of(processes: list[dict[str, Any]]) -> list[ProcessRow]:
    """Return a line for each process and each of its threads, parents first."""
    known = {process["pid"] for process in processes}
    rows: list[ProcessRow] = []
    placed: set[int] = set()
    waiting = list(processes)
    while waiting:  # a child may be told before its parent
        parents = [each for each in waiting if each.get("parent") not in known or each["parent"] in placed]
        for process in parents or waiting:
            pid, parent = process["pid"], process.get("parent")
            placed.add(pid)
            below = (int(parent), 0) if parent is not None and parent in known and parents else None
            rows.append(_row((pid, 0), below, _name(process), process))
            for thread in process.get("thread_list") or ():
                rows.append(_row((pid, thread["tid"]), (pid, 0), _thread_name(pid, thread), thread))
        waiting = [each for each in waiting if each["pid"] not in placed]
    return rows


def unknown_columns(processes: list[dict[str, Any]]) -> list[str]:
    """Return what this system does not tell of any process, once there was a census."""
    counted = [each for each in processes if "uss_bytes" in each]
    names = {"uss_bytes": "memory of its own", "voluntary_switches": "context switches"}
    names["involuntary_switches"] = "context switches against its will"
    if not counted:
        return []
    found = [name for key, name in names.items() if all(each.get(key) is None for each in counted)]
    return found[:-1] if names["voluntary_switches"] in found else found


def _row(key: Key, parent: Key | None, name: str, facts: dict[str, Any]) -> ProcessRow:
    startup_s = _startup_s(facts)
    threads = facts.get("threads")
    shown: list[tuple[str, float | None]] = [
        (str(key[1] or key[0]), key[1] or key[0]),
        (figures.number(threads), threads) if not key[1] else ("", None),
        (figures.percent(facts.get("cpu")), facts.get("cpu")),
        (figures.size(facts.get("rss_bytes")), facts.get("rss_bytes")) if not key[1] else ("", None),
        (figures.size(facts.get("uss_bytes")), facts.get("uss_bytes")) if not key[1] else ("", None),
        (figures.rate(facts.get("voluntary_per_s")), facts.get("voluntary_per_s")),
        (figures.rate(facts.get("involuntary_per_s")), facts.get("involuntary_per_s")),
        (_startup(startup_s), startup_s),
        (figures.number(facts.get("voluntary_switches")), facts.get("voluntary_switches")),
        (figures.number(facts.get("involuntary_switches")), facts.get("involuntary_switches")),
    ]
    values = tuple(-1.0 if value is None else float(value) for _, value in shown)
    return ProcessRow(key, parent, (name, *(text for text, _ in shown)), (name, *values))


def _startup_s(facts: dict[str, Any]) -> float | None:
    started_s, first_s = facts.get("started_s"), facts.get("first_task_s")
    return None if started_s is None or first_s is None else max(0.0, float(first_s) - float(started_s))


def _startup(startup_s: float | None) -> str:
    if startup_s is None:
        return figures.UNKNOWN
    return "<10 ms" if startup_s < _GRAIN_S else figures.seconds(round(startup_s, 2))


def _name(process: dict[str, Any]) -> str:
    role = _ROLES.get(str(process.get("role")), str(process.get("role")))
    return f"{role}: {process['name']}" if process.get("name") else role


def _thread_name(pid: int, thread: dict[str, Any]) -> str:
    worker = str(thread.get("worker") or "")
    found = None if "coroutine " in worker else _OWN_NAME.search(worker)
    return found[0] if found else "main thread" if thread["tid"] == pid else "thread"
