"""The system's times of the threads that ran a run's tasks (`threads.json`): one account for each lane file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from engine.record.atomic_file import write_atomically

THREADS: Final = "threads.json"


@dataclass(slots=True)
class Account:
    """The system's times of one lane file's thread, from its first task to the last reading.

    `clock_ns` is the thread's clock (see engine.trace.spans) at that reading. `queue_ns` is None if the platform
    does not report it. `late_ns` is how late an undisturbed sleep returns.

    `span_cpu_ns` and `span_queue_ns` are the times between two instants, `from_ns` and `at_ns`, inside and outside of
    tasks: the ledger uses them for threads that the witness sees.
    """

    cpu_ns: float = 0.0
    queue_ns: float | None = None
    clock_ns: float = 0.0
    late_ns: float = 0.0
    span_cpu_ns: float = 0.0
    span_queue_ns: float = 0.0
    from_ns: int = 0
    at_ns: int = 0


def save_accounts(folder: Path, accounts: Mapping[str, Account], process_cpu: float | None) -> None:
    """Write the accounts by lane file name, and the process's share, atomically. Raises OSError."""
    threads = {name: asdict(each) for name, each in accounts.items()}
    write_atomically(folder / THREADS, json.dumps({"threads": threads, "process_cpu": process_cpu}))


def load_accounts(folder: Path) -> tuple[dict[str, Account], float | None]:
    """Return the saved accounts by lane file name, and the saved share of the process; none without a file."""
    try:
        data = json.loads((folder / THREADS).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}, None
    known = {each.name for each in fields(Account)}
    accounts = {
        name: Account(**{key: value for key, value in saved.items() if key in known})
        for name, saved in data["threads"].items()
    }
    return accounts, data["process_cpu"]
