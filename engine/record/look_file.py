"""The look file: what the witness saw every thread of a run do, appended by one writer, bounded.

Layout of `looks.bin`: a header of HEADER_SIZE bytes (HEADER: magic, record size, capacity, when it was made), then
records of RECORD_SIZE bytes, little-endian, one a look (RECORD_FIELDS names them for numpy):

    time_ns  i8  on the clock of `time.perf_counter_ns`; the same for all of a process in a round
    cpu_us   u2  a running thread's time on a core since the previous look at it, in microseconds, where GIL_READ is
                 missing; NO_CPU: not read
    thread   u2  its place in the table of threads
    detail   u2  its place in the table of details; 0: there is none
    state    u1  LookState
    flags    u1  THINNED_BITS: log2 of how many rounds this one stands for; HOLDS_GIL, GIL_READ: see below

The number of records follows from the file's size: a reader ignores an incomplete last record. A full file is replaced
by one with fewer of the older rounds (see `engine.analysis.look_density`), and `thinned` is set. The new file has the
same name and layout, records keep their order, and a round is kept or dropped as a whole. A reader that has the old
file open can still read all of it, and continues in the new one after the last instant that it has read.
GIL_READ: the interpreter's own record of the GIL's holder was read in this round; HOLDS_GIL: it named this thread. In a
round with GIL_READ but without HOLDS_GIL nobody held the GIL, or a thread that is not in the table. Without GIL_READ
the holder can only be inferred from which threads run: see `engine.trace.gil_holder`.

`looks.json` (LookTables) holds the tables of threads, details and processes, and how the witness looked.
"""

from __future__ import annotations

import json
import os
import struct
import time
from dataclasses import asdict, dataclass, field, fields
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from engine.analysis.look_density import RoundLevels
from engine.record.private_file import private

LOOKS: Final = "looks.bin"
LOOK_TABLES: Final = "looks.json"
MAGIC: Final = b"GILLOOK1"
HEADER: Final = struct.Struct("<8sIIqq")  # magic, record size, 0, capacity in records, when it was made
HEADER_SIZE: Final = HEADER.size
RECORD: Final = struct.Struct("<qHHHBB")
RECORD_SIZE: Final = RECORD.size
RECORD_FIELDS: Final = [
    ("time_ns", "<i8"),
    ("cpu_us", "<u2"),
    ("thread", "<u2"),
    ("detail", "<u2"),
    ("state", "u1"),
    ("flags", "u1"),
]
NO_CPU: Final = 0xFFFF
THINNED_BITS: Final = 0x0F
HOLDS_GIL: Final = 0x10
GIL_READ: Final = 0x20
DEFAULT_CAPACITY: Final = 2_000_000  # 32 MB
MOST_THREADS: Final = 0xFFFF
MOST_DETAILS: Final = 4096  # programs may create locks without end (one a future): later locks get no address


class LookState(IntEnum):
    """What a thread was seen to do."""

    RUNNING = 0  # on a core, or in the run queue
    GIL = 1
    LOCK = 2
    LIBRARY = 3  # a lock of a native library, which the detail names
    SLEEP = 4
    NETWORK = 5
    DISK = 6
    PIPE = 7
    CHILD = 8
    LOOP = 9  # an event loop with nothing to do (epoll)
    OTHER = 10  # the detail names the call
    STOPPED = 11  # with its whole process, by a signal (SIGSTOP) or a debugger, whatever it did before


LOOK_STATES: Final = len(LookState)


@dataclass(frozen=True, slots=True)
class LookThread:
    """A thread that was looked at. `ended_ns` is when it was first seen to be gone, None while it lives."""

    pid: int
    tid: int
    name: str
    first_ns: int
    ended_ns: int | None = None


@dataclass(frozen=True, slots=True)
class LookDetail:
    """What a thread was blocked on: the call's name, and an address (of a lock) or a name, if it has one.

    `name` is a file's path, `socket:[7]`, `pipe:[7]`, or the library whose lock it is.
    """

    call: str
    address: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class LookProcess:
    """A process that was looked at. `gil` is how its GIL is told from other locks, None if it has no known GIL:
    `symbol` (the interpreter's own symbol), `mapping` (its static data). `reason` says why it was not looked at.
    `gil_enabled` is whether it has a GIL, None if it is not known: a free-threaded build may have none, or turn it
    on later, at `gil_since_ns` (0: it was on from the start).
    """

    pid: int
    interpreter: str | None = None
    gil: str | None = None
    reason: str | None = None
    gil_enabled: bool | None = None
    gil_since_ns: int = 0

    @property
    def gil_unknown(self) -> bool:
        """Whether an interpreter was found, but not whether it has a GIL."""
        return self.interpreter is not None and self.gil is None and self.gil_enabled is None


@dataclass(frozen=True, slots=True)
class LookTables:
    """The tables of a look file. `method`: `process` or `thread` (where the looker ran) or `none`, with `reason`.

    `looks` is how many looks were taken (including those not kept), `rounds` how many rounds, in `span_s`
    seconds, at a cost of `cpu_s` processor seconds.
    """

    method: str = "none"
    reason: str | None = None
    looks: int = 0
    rounds: int = 0
    span_s: float = 0.0
    cpu_s: float = 0.0
    thinned: bool = False
    threads: tuple[LookThread, ...] = ()
    details: tuple[LookDetail, ...] = (LookDetail(""),)
    processes: tuple[LookProcess, ...] = ()

    def save(self, folder: Path | str) -> None:
        """Write them into the run's folder, atomically."""
        path = os.path.join(folder, LOOK_TABLES)
        with open(f"{path}.new", "w", encoding="utf-8", opener=private) as file:
            json.dump(asdict(self), file)
        os.replace(f"{path}.new", path)

    @classmethod
    def load(cls, folder: Path | str) -> LookTables:
        """Read the run's tables; empty ones if they are missing or damaged."""
        try:
            data = json.loads(Path(folder, LOOK_TABLES).read_text(encoding="utf-8"))
            lists: dict[str, Any] = {
                "threads": tuple(LookThread(**each) for each in data.pop("threads")),
                "details": tuple(LookDetail(**each) for each in data.pop("details")),
                "processes": tuple(LookProcess(**each) for each in data.pop("processes")),
            }
            known = {each.name for each in fields(cls)}
            return cls(**{name: value for name, value in data.items() if name in known}, **lists)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return cls()


@dataclass(slots=True)
class LookWriter:
    """Appends looks. A round is `begin_round`, then `add_packed`; `flush` now and then.

    A full file is rewritten with fewer of its older rounds, which takes a moment; new rounds are always kept.
    Raises OSError if the file cannot be made; if the disk fills later, looks are no longer kept, but still taken.
    """

    path: str
    capacity: int = DEFAULT_CAPACITY
    count: int = 0  # records kept
    _file: int = -1
    _buffer: bytearray = field(default_factory=bytearray)
    _levels: RoundLevels = field(default_factory=RoundLevels)
    _made_ns: int = field(default_factory=time.perf_counter_ns)

    def __post_init__(self) -> None:
        self._file = self._create(self.path)

    @property
    def thinned(self) -> bool:
        """Whether rounds were dropped."""
        return self._levels.highest > 0

    def begin_round(self) -> int:
        """Begin a round; return the flags that its records get."""
        if self.count >= self.capacity and self._file >= 0:
            self.flush()
            try:
                self._thin()
            except OSError:  # no room for another file
                self._end()
        return 0

    def add_packed(self, records: bytes) -> None:
        """Add a round's records, each made by RECORD."""
        if records and self._file >= 0:
            self._buffer += records
            count = len(records) // RECORD_SIZE
            self.count += count
            self._levels.add(count)

    def flush(self) -> None:
        """Write what was added."""
        if self._file < 0 or not self._buffer:
            return
        try:
            _write(self._file, self._buffer)
        except OSError:
            self._end()
        self._buffer = bytearray()

    def close(self) -> None:
        """Write the rest and close the file."""
        self.flush()
        self._end()

    def _thin(self) -> None:
        """Replace the file by one with fewer of the older rounds."""
        if self._file < 0:
            return
        with open(self.path, "rb") as file:
            records = file.read()[HEADER_SIZE:]
        if len(records) != self.count * RECORD_SIZE:
            raise OSError(f"{self.path}: was changed by another program")
        pieces = self._levels.thin(memoryview(records), self.capacity, RECORD_SIZE)
        new = self._create(f"{self.path}.new")
        try:
            for piece in pieces:
                _write(new, piece)
            os.replace(f"{self.path}.new", self.path)
        except OSError:
            os.close(new)
            os.unlink(f"{self.path}.new")
            raise
        os.close(self._file)
        self._file, self.count = new, sum(map(len, pieces)) // RECORD_SIZE

    def _create(self, path: str) -> int:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        os.write(file, HEADER.pack(MAGIC, RECORD_SIZE, 0, self.capacity, self._made_ns))
        return file

    def _end(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _write(file: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(file, view) :]
    finally:
        view.release()
