"""Messages about watched programs: what to watch, and which Python programs already run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from engine.wire.codec import record


@dataclass(frozen=True, slots=True)
class WatchTarget:
    """What to watch: a `script` or a `module` that is started, or the process `pid` that runs already.

    `interpreter` is a name or a path, None for that of the virtual environment beside the script, or the app's own.
    The program is started in `folder` ("": the current folder), with `environment` added to the current environment.
    """

    script: str = ""
    module: str = ""
    arguments: tuple[str, ...] = ()
    interpreter: str | None = None
    folder: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    pid: int | None = None


@record
@dataclass(frozen=True, slots=True)
class RunningPython:
    """A running Python program: its command, its age, its threads, the cores that it used lately (None: not known
    yet). `reason` is None, or why it cannot be watched and what would help.
    """

    pid: int
    command: str
    age_s: float | None = None
    threads: int | None = None
    cpu: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PythonsFound:
    """The Python programs of this user that run now, newest first."""

    TYPE: ClassVar[str] = "pythons"

    processes: tuple[RunningPython, ...]


@record
@dataclass(frozen=True, slots=True)
class FunctionFigures:
    """A function of the program's own code, and in how many samples a thread was in it: holding the GIL, waiting for
    it, on a core or ready for one without it, waiting for a lock, or waiting for anything else. `seen` is their sum.
    `line` is the most frequent line.
    """

    name: str
    file: str
    line: int
    holds: int = 0
    waits: int = 0
    runs: int = 0
    locks: int = 0
    sleeps: int = 0
    seen: int = 0


@dataclass(frozen=True, slots=True)
class FunctionsSampled:
    """The functions that a watch's threads were in so far; `reasons` says which processes cannot be read, and why."""

    TYPE: ClassVar[str] = "functions"

    run_id: str
    samples: int
    functions: tuple[FunctionFigures, ...]
    reasons: tuple[str, ...] = ()
    sampling: bool = True
