"""A pool of two processes; a task computes, then sleeps."""

from __future__ import annotations

import multiprocessing
import time

from own_clocks import OwnClocks


def work(_number: int) -> None:
    own = OwnClocks()
    while own.goes_on(2.0):
        end = time.perf_counter() + 0.05
        while time.perf_counter() < end:
            pass
        own.sleep(0.05)
    own.tell()


if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(work, range(4), chunksize=1)
