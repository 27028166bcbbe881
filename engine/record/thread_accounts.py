"""What the system said of the threads that ran a run's tasks, as threads.json keeps it: one account a lane file."""

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
    """What the system said of one lane file's thread: since its first task, at its newest reading.

    `clock_ns` is the thread's clock (see engine.trace.spans) at that reading. `queue_ns` is None where the platform
    does not tell. `late_ns` is how late a sleeper wakes that nobody holds up.

    `span_cpu_ns` and `span_queue_ns` are the same between two instants, `from_ns` and `at_ns`, whatever the thread did:
    what a thread that is looked at is accounted by.
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
    """Write the accounts by their lane files' names, whole, and the share of the process. Raises OSError."""
    threads = {name: asdict(each) for name, each in accounts.items()}
    write_atomically(folder / THREADS, json.dumps({"threads": threads, "process_cpu": process_cpu}))


def load_accounts(folder: Path) -> tuple[dict[str, Account], float | None]:
    """Return the saved accounts by their lane files' names, and the saved share of the process; none without a file."""
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
