"""One observed process: its threads' open files, its mappings and GIL, and what a blocked thread waits for."""

from __future__ import annotations

import os
import struct
import time
from typing import Final

from engine.record.look_file import LookState
from engine.witness.descriptor_waits import DescriptorWaits
from engine.witness.detail_table import DetailTable, Found
from engine.witness.memory.gil_enabled import gil_enabled
from engine.witness.memory.gil_location import GilFinder, GilLocation, held_word, held_words
from engine.witness.memory.mappings import library_name
from engine.witness.memory.parking_lot import LOCK_BEFORE, is_on_stack, parked_lock
from engine.witness.memory.process_memory import ProcessMemory
from engine.witness.memory.static_data import StaticData
from engine.witness.memory.thread_states import thread_of
from engine.witness.syscalls import Call, Waits

_FUTEX_COMMAND: Final = 0x7F
_FUTEX_WAIT_BITSET: Final = 9
_LIST_EVERY_S: Final = 0.5
_VOLATILE_S: Final = 0.1  # how long a descriptor is taken to be the same file
_MOST_CACHED: Final = 4096
_NO_CALL: Final = b"-1 "
_YOUNG_S: Final = 3.0  # how long a process may still execute another program, or load its interpreter
_HOLDER: Final = struct.Struct("<Qi")

STOPPED: Final[Found] = (int(LookState.STOPPED), 0)
NOT_READ: Final = -2
NOBODY: Final = -1


class ThreadFiles:
    """One thread's open files. `index` is its place in the table of threads."""

    __slots__ = ("call_file", "cpu_ns", "index", "ran", "tid", "time_file")

    def __init__(self, tid: int, index: int, call_file: int) -> None:
        self.tid, self.index, self.call_file = tid, index, call_file
        self.time_file = -1
        self.cpu_ns = 0
        self.ran = False  # whether it ran at the previous look


class SeenProcess:
    """An observed process. Raises OSError if its threads may not be read.

    `always`: look at its threads even if no Python is known to run in it.
    """

    def __init__(
        self, pid: int, calls: dict[int, Call], finder: GilFinder, details: DetailTable, proc: str, *, always: bool
    ) -> None:
        self.pid, self.always = pid, always
        self._calls, self._finder, self._details, self._proc = calls, finder, details, proc
        self._memory = ProcessMemory(pid, proc)
        self._waits = DescriptorWaits(pid, details, proc, self._memory.read)
        self.threads: dict[int, ThreadFiles] = {}
        self.gil: GilLocation | None = None
        self.gil_on: bool | None = None  # whether there is a GIL now, as far as it is known
        self.gil_since_ns = 0  # when it was turned on; 0: it was on from the start
        self.rows: list[tuple[int, int, ThreadFiles]] = []  # of each thread its `call_file` and `index`, for speed
        self.lines: dict[bytes, Found] = {}  # what whole lines were found to say: cheaper than their beginnings
        self.cache: dict[bytes, Found] = {}  # by number and first argument
        self.volatile: dict[bytes, Found] = {}
        # Calls, by number and first argument, that wait on a word of a stack: the word, the lock, and what that says.
        self._on_stack: dict[bytes, tuple[int, bytes, Found]] = {}
        self.listed_s = 0.0  # when its threads were listed
        self._volatile_s = 0.0
        self._begun_s = time.monotonic()
        self._identity = b""
        self._static = StaticData(pid, proc)
        self._unsure = False  # whether the mappings have to be read again before what was found holds
        self.stopped = False  # by a signal, or by a debugger, as far as it was seen
        self._held_at: int | None = None
        self._refused = 0  # how often the word that a waiting thread sleeps on did not look like a GIL
        self._search_s = 0.0  # when its memory is searched for the GIL's own record next
        self._holders: dict[int, int] = {}

    @property
    def wanted(self) -> bool:
        """Whether its threads are to be looked at."""
        return self.always or self.gil is not None

    def locate(self) -> None:
        """Find its interpreter, as long as that may change. Raises OSError if the process is gone or unreadable."""
        if self._identity and time.monotonic() - self._begun_s > _YOUNG_S:
            return
        with open(f"{self._proc}/{self.pid}/auxv", "rb") as file:
            identity = file.read()  # changes with every exec, because addresses are randomized
        if identity != self._identity or self.gil is None:
            if identity != self._identity:
                self._memory.close()  # it is that of the program before
                self.gil_on, self.gil_since_ns = None, 0
            self._identity = identity
            self._remap()
            self.gil = self._finder.find(self.pid, self._static.mappings)
            self._held_at, self._refused, self._search_s = None, 0, 0.0

    def see_gil(self) -> None:
        """Read whether there is a GIL, as long as that may change."""
        if self.gil is None or self.gil_on:
            return
        now_on = gil_enabled(self._memory.read, self.gil, self._finder)
        if now_on is None or now_on is self.gil_on:  # at its end nothing can be read any more
            return
        if now_on and self.gil_on is False:
            self.gil_since_ns = time.perf_counter_ns()
        self.gil_on = now_on
        self.cache.clear()
        self.lines.clear()

    def see_stopped(self) -> None:
        """Read whether the process is stopped: its threads then still stand in the calls that they were in."""
        thread = next(iter(self.threads), self.pid)
        try:
            with open(f"{self._proc}/{self.pid}/task/{thread}/stat", "rb") as file:
                self.stopped = file.read(512).rpartition(b")")[2][1:2] in (b"T", b"t")
        except OSError:  # the thread has ended
            self.stopped = False

    def find_record(self, now_s: float) -> None:
        """Search the interpreter's static data for the GIL's own record of its holder, less and less often."""
        gil = self.gil
        if self._held_at is not None or not self.gil_on or gil is None or gil.how != "symbol" or now_s < self._search_s:
            return
        if not self.threads:
            return
        self._search_s = now_s + max(0.02, now_s - self._begun_s)
        try:
            ((start, end),) = gil.ranges
            for address, holder in held_words(self._memory.read(start, end - start), start):
                if self._thread_of(holder) != NOT_READ:
                    self._held_at = address
                    return
        except (OSError, OverflowError):
            pass

    def read(self, line: bytes) -> Found:
        """Return what a thread waits for, given its `syscall` file's line: a number and arguments."""
        if line.startswith(_NO_CALL):  # a page fault, or a computing thread that is stopped
            self.see_stopped()
            return STOPPED if self.stopped else self.classify(b"", line)
        key = line[: line.find(b" ", line.find(b" ") + 1)]
        if (parked := self._on_stack.get(key)) is not None:
            return self._still_parked(key, *parked)
        self._unsure = False
        found = self.cache.get(key) or self.volatile.get(key) or self.classify(key, line)
        if key not in self._on_stack and not self._unsure:
            self._keep(self.lines, line, found)
        return found

    def has_other_threads(self, now_s: float) -> bool:
        """Whether it may have new threads. Raises OSError if it is gone.

        The link count of its `task` folder gives the number of threads. An ended thread is noticed at the next look.
        """
        links = os.stat(f"{self._proc}/{self.pid}/task").st_nlink - 2
        return links <= 0 or links != len(self.threads) or now_s - self.listed_s > _LIST_EVERY_S

    def rows_changed(self) -> None:
        """Update `rows` after threads came or went."""
        self.rows = [(thread.call_file, thread.index, thread) for thread in self.threads.values()]

    def classify(self, key: bytes, line: bytes) -> Found:
        """Return what a thread in a system call waits for; `key` is the call's number and first argument."""
        fields = line.split()
        if len(fields) < 3 or line.startswith(_NO_CALL):
            return LookState.DISK if fields[:1] == [b"-1"] else LookState.OTHER, self._details.place("page fault")
        number, first = int(fields[0]), int(fields[1], 16)
        call = self._calls.get(number) or Call(f"system call {number}", Waits.OTHER)
        if call.waits is Waits.FUTEX:
            return self._futex(key, first, fields)
        found, lasting = self._waits.of(call, first, fields)
        # Which descriptors a select waits for is not in its first argument: the whole line stands for the call.
        self._keep(self.cache if lasting else self.volatile, line if call.waits is Waits.SELECT else key, found)
        return found

    def forget_volatile(self, now_s: float) -> None:
        """Forget from time to time which files descriptors are: their numbers are reused."""
        if now_s - self._volatile_s > _VOLATILE_S:
            self._volatile_s = now_s
            if self.volatile:
                self.volatile.clear()
                self.lines.clear()

    def forget_holders(self) -> None:
        """Forget which thread each thread state belongs to, because the process's threads changed."""
        self._holders.clear()

    def holder(self) -> int:
        """Return the index of the thread that holds the GIL, NOBODY, or NOT_READ if that cannot be read."""
        if self._held_at is None:
            return NOT_READ
        try:
            state, locked = _HOLDER.unpack(self._memory.read(self._held_at, _HOLDER.size))
        except (OSError, struct.error):
            self._held_at = None
            return NOT_READ
        if locked != 1:
            return NOBODY
        index = self._holders.get(state)
        if index is None:
            index = self._holders[state] = self._thread_of(state)
        return index

    def close(self) -> None:
        """Close what is open."""
        for thread in self.threads.values():
            close_thread(thread)
        self.threads.clear()
        self.rows_changed()
        self._memory.close()

    # --- what a call waits for

    def _futex(self, key: bytes, address: int, fields: list[bytes]) -> Found:
        if self.gil is not None and self.gil_on and self.gil.holds(address):
            found = (int(LookState.GIL), 0)
            self._keep(self.cache, key, found)
            self._learn_held(address, fields)
            return found
        if is_on_stack(address, int(fields[-2], 16)):
            return self._parked(key, address)
        current = self._static.is_current(address)
        if not current and self._static.is_due:
            try:
                self._remap()
                current = True  # or it has gone meanwhile: reading once is enough
            except OSError:
                pass
        path = self._static.file_of(address)
        if path is not None:
            interpreter = self.gil is not None and path == self.gil.interpreter
            state = LookState.LOCK if interpreter else LookState.LIBRARY
            found = int(state), self._details.place("futex", address, library_name(path))
        else:
            found = int(LookState.LOCK), self._details.place("futex", address)
        if current:
            self._keep(self.cache, key, found)
        else:
            self._unsure = True
        return found

    def _parked(self, key: bytes, address: int) -> Found:
        """Return what a thread waits for that sleeps on a word of its own stack."""
        lock = parked_lock(self._memory.read, address)
        found = int(LookState.LOCK), self._details.place("futex", address if lock is None else lock)
        if len(self._on_stack) >= _MOST_CACHED:
            self._on_stack.clear()
        self._on_stack[key] = address, b"" if lock is None else lock.to_bytes(8, "little"), found
        return found

    def _still_parked(self, key: bytes, address: int, lock: bytes, found: Found) -> Found:
        """Return the same, unless it is another lock by now."""
        try:
            if self._memory.read(address - LOCK_BEFORE, len(lock)) == lock != b"":
                return found
        except (OSError, OverflowError):
            pass
        return self._parked(key, address)

    # --- its memory

    def _remap(self) -> None:
        self._static.read()
        self.cache.clear()
        self.lines.clear()
        self._on_stack.clear()

    def _learn_held(self, address: int, fields: list[bytes]) -> None:
        # A thread that wants the GIL waits on its condition variable, with the switch interval as timeout.
        waits = int(fields[2], 16) & _FUTEX_COMMAND == _FUTEX_WAIT_BITSET and fields[4] != b"0x0"
        if self._held_at is None and waits and self._refused < 16:
            self._held_at = held_word(self._memory.read, address)
            self._refused += self._held_at is None

    def _thread_of(self, state: int) -> int:
        """Return the index of the thread that a thread state belongs to; NOT_READ if that thread is unknown."""
        tid = thread_of(self._memory.read, state, self.threads)
        return NOT_READ if tid is None else self.threads[tid].index

    @staticmethod
    def _keep(cache: dict[bytes, Found], key: bytes, found: Found) -> None:
        if len(cache) >= _MOST_CACHED:
            cache.clear()
        cache[key] = found


def close_thread(thread: ThreadFiles) -> None:
    """Close a thread's files."""
    for file in (thread.call_file, thread.time_file):
        if file >= 0:
            os.close(file)
    thread.call_file = thread.time_file = -1
