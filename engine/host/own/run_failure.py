"""Reports failures outside tasks that end a run: a worker writes one into the run's folder and asks the run to stop."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

from engine.host.control import FILE_NAME, Control
from engine.host.failures import WorkerFailedError, describe_error
from engine.record.private_file import private
from engine.wire.codec import decode, plain
from engine.wire.host_answers import ErrorFacts
from engine.workload.own.own_code import OwnCodeError

_FOLDER = "own"
_PREFIX = "failed-"


def tell(folder: str, error: OwnCodeError, *, stops: bool = True) -> None:
    """Keep what failed on this worker for the host, and if it `stops` the run, ask it to take no further task."""
    place = os.path.join(folder, _FOLDER)
    os.makedirs(place, 0o700, exist_ok=True)
    name = f"{_PREFIX}{time.perf_counter_ns():020d}-{os.getpid()}-{threading.get_native_id()}"
    worker = f"on {threading.current_thread().name} of process {os.getpid()}"
    told = {"path": error.path, "problem": f"{error.problem} ({worker})", "facts": plain(describe_error(error))}
    with open(os.path.join(place, name + ".new"), "w", encoding="utf-8", opener=private) as file:
        json.dump(told, file)
    os.replace(os.path.join(place, name + ".new"), os.path.join(place, name + ".json"))
    if not stops:
        return
    control = Control(os.path.join(folder, FILE_NAME))
    control.stop()
    control.close()


def first_told(folder: str) -> WorkerFailedError | None:
    """Return the first failure on a worker, None if there is none."""
    for path in sorted(Path(folder, _FOLDER).glob(f"{_PREFIX}*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        return WorkerFailedError(told["path"], told["problem"], decode(ErrorFacts, told["facts"], "error"))
    return None
