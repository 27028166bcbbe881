"""A concurrent.futures script: files are read, parsed and counted in a pool of threads; as argument, how many."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Lock

totals: Counter[str] = Counter()
counting = Lock()


def make(path: Path) -> Path:
    rows = [{"name": f"name {number % 97}", "value": number} for number in range(4_000)]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def count(path: Path) -> None:
    with counting:  # all of it: the lock is taken before the file is even read
        for row in json.loads(path.read_text(encoding="utf-8")):
            totals[row["name"]] += row["value"]


with tempfile.TemporaryDirectory() as folder:
    paths = [make(Path(folder, f"{number}.json")) for number in range(40)]
    end = time.monotonic() + 8.0
    done = 0
    with ThreadPoolExecutor(max_workers=int((sys.argv[1:] or ["8"])[0])) as pool:
        while time.monotonic() < end:
            for future in as_completed([pool.submit(count, path) for path in paths]):
                future.result()
                done += 1
    print(f"{done / 8.0:.0f} files/s, {len(totals)} names")
