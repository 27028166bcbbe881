"""Rows of the tree of processes and threads: each column's text, and the value that it is sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.wire.known_process import KnownProcess
from engine.wire.tick import ProcessFigures, ProcessUsage, ThreadUsage
from engine.wire.tick_samples import startup_s
from engine.wording import figure_text as figures
from gui.processes.process_names import ProcessNames, own_name

# A column's title, what it means, and its widest text.
COLUMNS: Final = (
    ("Process or thread", "As the operating system reports them: threads under their process", ""),
    ("ID", "The operating system's number", "9999999"),
    ("Threads", "How many threads the process has", "Threads"),
    ("CPU", "Of one core, just now", "1000 %"),
    ("Memory", "Resident memory, including memory shared with other processes (RSS)", "Memory  "),
    ("Private memory", "Memory shared with no other process, which its end would free (USS)", "999 MB  "),
    (
        "Voluntary/s",
        "Voluntary context switches a second: it gave up its core, to wait",
        "Voluntary/s ",
    ),
    ("Involuntary/s", "Involuntary context switches a second: its core was taken from it", "Involuntary/s "),
    ("Start-up", "From its start to its first task", "<10 ms  "),
    ("Voluntary switches", "Voluntary context switches since it started", "1.25 million"),
    ("Involuntary switches", "Involuntary context switches since it started", "1.25 million"),
)
_GRAIN_S: Final = 0.01  # the resolution of a process's start time

# A process and 0, or a process and its thread; and whose: 0 is the run that is shown, 1 and 2 are those behind it.
# The line with a run's name has the process 0.
Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One line: its key, its parent's key (None: at the root), texts and sort values by column, and its tooltip."""

    key: Key
    parent: Key | None
    texts: tuple[str, ...]
    values: tuple[float, ...]
    tip: str = ""


@dataclass(frozen=True, slots=True)
class _Title:
    """A process's or thread's title here, its position among its siblings, and its name in the system."""

    words: str
    place: int
    system_name: str


def rows_of(processes: list[KnownProcess], names: ProcessNames) -> list[ProcessRow]:
    """Return a line for each process and each of its threads, parents first; sorting by title restores this order."""
    known = {process.figures.pid for process in processes}
    rows: list[ProcessRow] = []
    placed: set[int] = set()
    waiting = list(processes)
    while waiting:  # a child may be listed before its parent
        parents = [each for each in waiting if each.figures.parent not in known or each.figures.parent in placed]
        for process in parents or waiting:
            pid, parent = process.figures.pid, process.figures.parent
            placed.add(pid)
            below = (parent, 0, 0) if parent is not None and parent in known and parents else None
            title = _Title(names.process(process.figures), names.place(process.figures), process.figures.name)
            rows.append(_row((pid, 0, 0), below, title, process.figures, process.usage))
            for place, thread in enumerate(process.threads):
                title = _Title(names.thread(pid, thread), place, own_name(thread))
                rows.append(_row((pid, thread.usage.tid, 0), (pid, 0, 0), title, None, thread.usage))
        waiting = [each for each in waiting if each.figures.pid not in placed]
    return rows


def named_rows(rows: Sequence[ProcessRow], words: str, whose: int) -> list[ProcessRow]:
    """Return the line with a run's name, and below it the run's lines."""
    name = (0, 0, whose)
    first = ProcessRow(name, None, (words, *[""] * (len(COLUMNS) - 1)), (float(whose),) * len(COLUMNS), words)
    below = (
        replace(row, key=(*row.key[:2], whose), parent=name if row.parent is None else (*row.parent[:2], whose))
        for row in rows
    )
    return [first, *below]


def is_name(key: Key) -> bool:
    """Whether a line has a run's name."""
    return key[0] == 0


def is_behind(key: Key) -> bool:
    """Whether a line is of a run behind."""
    return key[2] > 0


def unknown_columns(processes: list[KnownProcess]) -> list[str]:
    """Return which figures this system reports for no process, once there was a census."""
    counted = [each.usage for each in processes if each.usage is not None]
    names = {"uss_bytes": "private memory", "voluntary_switches": "context switches"}
    names["involuntary_switches"] = "involuntary context switches"
    if not counted:
        return []
    found = [name for key, name in names.items() if all(getattr(each, key) is None for each in counted)]
    return found[:-1] if names["voluntary_switches"] in found else found


def _row(
    key: Key,
    parent: Key | None,
    title: _Title,
    process: ProcessFigures | None,
    usage: ProcessUsage | ThreadUsage | None,
) -> ProcessRow:
    """Return the line of a process, or (if `process` is None) of a thread."""
    whose = process if process is not None else usage
    cpu = getattr(whose, "cpu", None)
    begun_s = startup_s(getattr(whose, "started_s", None), getattr(whose, "first_task_s", None))
    unique_bytes: float | None = getattr(usage, "uss_bytes", None)
    per_s = (usage.voluntary_per_s, usage.involuntary_per_s) if usage is not None else (None, None)
    switches = (usage.voluntary_switches, usage.involuntary_switches) if usage is not None else (None, None)
    shown: list[tuple[str, float | None]] = [
        (str(key[1] or key[0]), key[1] or key[0]),
        (figures.number(process.threads), process.threads) if process is not None else ("", None),
        (figures.percent(cpu), cpu),
        (figures.size(process.rss_bytes), process.rss_bytes) if process is not None else ("", None),
        (figures.size(unique_bytes), unique_bytes) if process is not None else ("", None),
        *((figures.rate(each), each) for each in per_s),
        (_startup(begun_s), begun_s),
        *((figures.number(each), each) for each in switches),
    ]
    values = tuple(-1.0 if value is None else float(value) for _, value in shown)
    texts = (title.words, *(text for text, _ in shown))
    return ProcessRow(key, parent, texts, (float(title.place), *values), title.system_name)


def _startup(begun_s: float | None) -> str:
    if begun_s is None:
        return figures.UNKNOWN
    return "<10 ms" if begun_s < _GRAIN_S else figures.seconds(round(begun_s, 2))
