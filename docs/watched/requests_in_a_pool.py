"""Requests in a pool of threads: each computes, then writes under one lock."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

written = Lock()


def handle(number: int) -> int:
    total = sum(each * each for each in range(60_000))
    with written:
        time.sleep(0.01)
    return total


with ThreadPoolExecutor(max_workers=4) as pool:
    for _ in pool.map(handle, range(4_000)):
        pass
