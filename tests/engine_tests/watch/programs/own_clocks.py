"""A thread's own clocks: how long it was there, ran, and waited, and for what. Used by the programs of this folder.

Runs under any Python from 3.10 on. Each thread adds a line of JSON to the file that the program was started with.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

FOR_S = 4.0


class OwnClocks:
    """The clocks of the thread that makes it, from then on."""

    def __init__(self) -> None:
        self.begin, self._cpu_s, self._queue_s = _times()
        self._held_s = 0.0
        self._waits_s: dict[str, float] = {}

    def there_s(self) -> float:
        return time.perf_counter() - self.begin

    def goes_on(self, for_s: float = FOR_S) -> bool:
        return self.there_s() < for_s

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Count what is done inside as waiting for `what`, but for its time on a core: kinds, with a space between."""
        asked, ran = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            self.waited(what, time.perf_counter() - asked - (time.thread_time() - ran))

    def waited(self, what: str, for_s: float) -> None:
        """Count so much time as waiting for `what`."""
        self._waits_s[what] = self._waits_s.get(what, 0.0) + for_s

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Count what is done inside as holding the GIL."""
        began = time.perf_counter()
        yield
        self._held_s += time.perf_counter() - began

    def sleep(self, for_s: float) -> None:
        with self.waiting("sleep"):
            time.sleep(for_s)

    def told(self) -> dict[str, object]:
        now, cpu_s, queue_s = _times()
        return {
            "pid": os.getpid(),
            "tid": threading.get_native_id(),
            "name": threading.current_thread().name,
            "there_s": now - self.begin,
            "cpu_s": cpu_s - self._cpu_s,
            "queue_s": queue_s - self._queue_s,
            "held_s": self._held_s,
            "waits_s": self._waits_s,
        }

    def tell(self) -> None:
        """Write them where the program was told to."""
        with open(sys.argv[1], "a", encoding="utf-8") as file:
            file.write(json.dumps(self.told()) + "\n")


def _times() -> tuple[float, float, float]:
    """Return the time, and for how long this thread was on a core until then, and ready for one."""
    while True:
        before = time.perf_counter()
        with open(f"/proc/self/task/{threading.get_native_id()}/schedstat", encoding="ascii") as file:
            cpu_ns, queue_ns, _ = file.read().split()
        now = time.perf_counter()
        if now - before < 0.002:  # else it was taken off its core in between
            return now, int(cpu_ns) / 1e9, int(queue_ns) / 1e9


def side_by_side(*work: object) -> None:
    """Run functions in threads of their own, to their end."""
    threads = [threading.Thread(target=each, name=getattr(each, "__name__", "thread")) for each in work]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
