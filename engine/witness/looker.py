"""Looks at threads of other processes from outside, in rounds, and records what it saw: Linux only.

A thread's `syscall` file shows, without privileges, in which system call it is blocked, or that it runs; `schedstat`
shows how long it was on a core. Both stay open and are reread: 2 to 3 microseconds a look. One round looks at every
thread; rounds come at random intervals, as often as the budget allows.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Final

from engine.record.look_file import (
    DEFAULT_CAPACITY,
    GIL_READ,
    HOLDS_GIL,
    LOOKS,
    MOST_THREADS,
    NO_CPU,
    RECORD,
    LookProcess,
    LookState,
    LookTables,
    LookThread,
    LookWriter,
)
from engine.witness.detail_table import DetailTable
from engine.witness.look_budget import LookBudget
from engine.witness.memory.gil_location import GilFinder
from engine.witness.seen_process import NOT_READ, STOPPED, SeenProcess, ThreadFiles, close_thread
from engine.witness.syscalls import this_machines_calls

DEFAULT_BUDGET: Final = 0.03  # of one core
MOST_HZ: Final = 1000.0
_NOTHING_S: Final = 0.01  # the pause while there is nothing to look at
_SCAN_S: Final = 0.02  # the interval of reading a process's list of threads; longer with many processes
_TABLES_S: Final = 0.25
_FIGURES_S: Final = 1.0  # the interval of writing the tables if only the number of looks has changed
_FLUSH_S: Final = 0.04
_WAITS_FOR_PYTHON_S: Final = 3.0
_MOST_PROCESSES: Final = 4096  # in the tables
_RUNNING: Final = b"running\n"


class Looker:
    """Looks at the processes it was told to follow and writes into `folder`. Used by one thread.

    `budget` is the share of one core that it may take, `most_hz` how many rounds a second at most; `method` is where it
    runs: a `process` or a `thread` of its own. Raises OSError where the file cannot be made.
    """

    def __init__(
        self,
        folder: str,
        *,
        method: str = "process",
        budget: float = DEFAULT_BUDGET,
        most_hz: float = MOST_HZ,
        capacity: int = DEFAULT_CAPACITY,
        proc: str = "/proc",
    ) -> None:
        self._folder, self._proc, self._method = folder, proc, method
        self._budget = LookBudget(budget, most_hz, time.thread_time if method == "thread" else time.process_time)
        self._calls = this_machines_calls()
        self._finder, self._details = GilFinder(proc), DetailTable()
        self._writer = LookWriter(os.path.join(folder, LOOKS), capacity)
        self._processes: dict[int, SeenProcess] = {}
        self._known: dict[int, LookProcess] = {}  # also those that are gone or may not be looked at
        self._begun: dict[int, float] = {}
        self._next_scan: dict[int, float] = {}
        self._threads: list[LookThread] = []
        self._looks = self._rounds = 0
        self._first_s = time.monotonic()
        self._tables_s = self._flushed_s = self._save_took_s = 0.0
        self._saved_threads = 0
        self._reason: str | None = None
        self._changed = True

    def follow(self, pid: int, *, always: bool = False) -> None:
        """Look at a process's threads from now on, if it runs Python, or `always`."""
        if pid in self._processes or self._calls is None:
            if pid in self._processes and always:
                self._processes[pid].always = True
            return
        if pid in self._known or (len(self._known) >= _MOST_PROCESSES and not always):
            return  # it is gone, may not be looked at, or the table is full
        self._known[pid] = LookProcess(pid)
        self._processes[pid] = SeenProcess(pid, self._calls, self._finder, self._details, self._proc, always=always)
        self._begun[pid] = time.monotonic()
        self._scan(self._processes[pid])

    def rest(self) -> None:
        """Look at nothing until told to again."""
        for process in list(self._processes.values()):
            self._drop(process, None)
        self._known.clear()

    def turn(self) -> float:
        """Do a round and what else is due; return how long to pause until the next, in seconds."""
        now_s = time.monotonic()
        self._budget.begin()
        self._scan_due(now_s)
        self._look()
        self._budget.measure(self._rounds, now_s)
        if now_s - self._flushed_s > _FLUSH_S:
            self._flush(now_s)
        if not self._processes:
            return _NOTHING_S
        return self._budget.pause_s(now_s)

    def save(self) -> None:
        """Write the tables."""
        begun_s = time.monotonic()
        self._changed, self._saved_threads = False, len(self._threads)
        try:
            self.tables().save(self._folder)
        except OSError:  # the disk is full, or the run's folder is gone
            pass
        self._tables_s = time.monotonic()
        self._save_took_s = self._tables_s - begun_s

    def tables(self) -> LookTables:
        """Return the tables as they are now."""
        return LookTables(
            method=self._method if self._calls is not None else "none",
            reason=self._reason_now(),
            looks=self._looks,
            rounds=self._rounds,
            span_s=time.monotonic() - self._first_s,
            cpu_s=self._budget.cpu_s,
            thinned=self._writer.thinned,
            threads=tuple(self._threads),
            details=tuple(self._details.details),
            processes=tuple(self._known.values()),
        )

    def close(self) -> None:
        """End: write what is left, and close everything."""
        for process in self._processes.values():
            process.close()
        self._writer.close()
        self.save()
        self._processes.clear()

    def _flush(self, now_s: float) -> None:
        # Write the table of threads before the looks that refer to it; with many threads that takes long.
        threads = len(self._threads) != self._saved_threads
        since_s = now_s - self._tables_s
        if threads and since_s < self._save_took_s * 50:
            return
        if threads or since_s > (_TABLES_S if self._changed else max(_FIGURES_S, self._save_took_s * 200)):
            self.save()
        self._flushed_s = now_s
        self._writer.flush()

    # --- a round

    def _look(self) -> None:
        flags = self._writer.begin_round()
        records: list[bytes] = []
        keep = records.append
        pread, pack, clock, running = os.pread, RECORD.pack, time.perf_counter_ns, int(LookState.RUNNING)
        gone: list[tuple[SeenProcess, ThreadFiles]] = []
        for process in self._processes.values():
            if not process.threads or not process.wanted:
                continue
            holder = process.holder()
            now_ns = clock()
            base = flags if holder == NOT_READ else flags | GIL_READ
            lines, read, no_cpu = process.lines.get, process.read, NO_CPU
            unclear = holder == NOT_READ and len(process.rows) > 1
            for file, index, thread in process.rows:
                try:
                    line = pread(file, 192, 0)
                    if line == _RUNNING:
                        # Read the time on a core only if the GIL's own word does not say who holds it.
                        state, detail, process.stopped = running, 0, False
                        cpu_us = self._cpu_us(process, thread) if unclear else no_cpu
                    else:
                        (state, detail), cpu_us = STOPPED if process.stopped else lines(line) or read(line), no_cpu
                        thread.ran = False
                except (OSError, IndexError, ValueError) as error:
                    gone.append((process, thread))
                    if isinstance(error, PermissionError):
                        self._refuse(process, error)
                    continue
                keep(pack(now_ns, cpu_us, index, detail, state, base | HOLDS_GIL if index == holder else base))
        for process, thread in gone:
            self._end_thread(process, thread)
        self._rounds += 1
        self._looks += len(records)
        self._writer.add_packed(b"".join(records))

    def _cpu_us(self, process: SeenProcess, thread: ThreadFiles) -> int:
        if thread.time_file < 0:
            path = f"{self._proc}/{process.pid}/task/{thread.tid}/schedstat"
            try:
                thread.time_file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:  # a kernel without schedstat
                return NO_CPU
        cpu_ns = int(os.pread(thread.time_file, 32, 0).split(b" ", 1)[0])
        spent_us = (cpu_ns - thread.cpu_ns) // 1000
        ran, thread.cpu_ns, thread.ran = thread.ran, cpu_ns, True
        return min(spent_us, NO_CPU - 1) if ran else NO_CPU

    # --- which threads there are

    def _scan_due(self, now_s: float) -> None:
        due = [pid for pid, at_s in self._next_scan.items() if at_s <= now_s]
        if not due:
            return
        every_s = _SCAN_S * (1 + len(self._processes) / 4)
        for pid in due[:8]:  # a few at a time: a round must not wait for many
            process = self._processes.get(pid)
            if process is None:
                del self._next_scan[pid]
                continue
            process.forget_volatile(now_s)
            self._scan(process)
            if pid in self._next_scan:
                self._next_scan[pid] = now_s + every_s

    def _scan(self, process: SeenProcess) -> None:
        pid = process.pid
        self._next_scan[pid] = time.monotonic() + _SCAN_S
        try:
            had = process.wanted
            process.locate()
            process.see_gil()
            process.see_stopped()
            if (found := _as_found(process)) != self._known[pid]:
                self._known[pid] = found
                self._changed = True
            if not process.wanted:
                if not had and time.monotonic() - self._begun[pid] > _WAITS_FOR_PYTHON_S:
                    self._drop(process, None)
                return
            now_s = time.monotonic()
            process.find_record(now_s)
            if not process.has_other_threads(now_s):
                return
            process.listed_s = now_s
            tids = {int(each) for each in os.listdir(f"{self._proc}/{pid}/task")}
        except PermissionError as error:
            self._refuse(process, error)
            return
        except (OSError, ValueError):
            self._drop(process, None)
            return
        if tids != process.threads.keys():
            self._take_threads(process, tids)

    def _take_threads(self, process: SeenProcess, tids: set[int]) -> None:
        process.forget_holders()
        for tid in process.threads.keys() - tids:
            self._end_thread(process, process.threads[tid])
        for tid in sorted(tids - process.threads.keys()):
            if len(self._threads) >= MOST_THREADS:
                return
            path = f"{self._proc}/{process.pid}/task/{tid}"
            try:
                file = os.open(f"{path}/syscall", os.O_RDONLY | os.O_CLOEXEC)
                with open(f"{path}/comm", encoding="utf-8", errors="replace") as comm:
                    name = comm.read().rstrip("\n")
            except PermissionError as error:
                self._refuse(process, error)
                return
            except OSError as error:
                if not os.path.exists(f"{self._proc}/self/syscall"):
                    self._refuse(process, error)
                    return
                continue  # it has ended, or there are no descriptors left
            process.threads[tid] = ThreadFiles(tid, len(self._threads), file)
            self._threads.append(LookThread(process.pid, tid, name, time.perf_counter_ns()))
            process.rows_changed()
            self._changed = True

    def _end_thread(self, process: SeenProcess, thread: ThreadFiles) -> None:
        close_thread(thread)
        if process.threads.pop(thread.tid, None) is not None:
            ended = replace(self._threads[thread.index], ended_ns=time.perf_counter_ns())
            self._threads[thread.index] = ended
            self._changed = True
            process.forget_holders()
            process.rows_changed()
        if not process.threads and not os.path.exists(f"{self._proc}/{process.pid}"):
            self._drop(process, None)

    def _refuse(self, process: SeenProcess, error: OSError) -> None:
        self._drop(process, f"its threads may not be looked at: {error.strerror}")

    def _drop(self, process: SeenProcess, reason: str | None) -> None:
        for thread in list(process.threads.values()):
            self._threads[thread.index] = replace(self._threads[thread.index], ended_ns=time.perf_counter_ns())
        process.close()
        self._processes.pop(process.pid, None)
        self._next_scan.pop(process.pid, None)
        self._begun.pop(process.pid, None)
        known = self._known.get(process.pid)
        if reason is not None and known is not None:
            self._known[process.pid] = replace(known, reason=reason)
        elif known is not None and known.interpreter is None and not process.always:
            del self._known[process.pid]  # most of a run's children may be other programs, and short-lived
        self._changed = True

    def _reason_now(self) -> str | None:
        if self._calls is None:
            return "this processor's system calls are not known here"
        looked_at = any(each.interpreter is not None for each in self._known.values()) or self._looks
        refused = [each.reason for each in self._known.values() if each.reason]
        return None if looked_at or not refused else refused[0]


def _as_found(process: SeenProcess) -> LookProcess:
    gil, enabled = process.gil, process.gil_on
    if gil is None:
        return LookProcess(process.pid)
    return LookProcess(
        process.pid, gil.interpreter, gil.how if enabled else None, None, enabled, gil_since_ns=process.gil_since_ns
    )
