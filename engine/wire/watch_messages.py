"""Messages on programs that are watched: what to watch, and which Pythons run here already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from engine.wire.codec import record


@dataclass(frozen=True, slots=True)
class WatchTarget:
    """What is to be watched: a `script` or a `module` that is started, or the process `pid` that runs already.

    `interpreter` is a name or a path, None for that of the virtual environment beside the script, or the app's own.
    The program is started in `folder` ("": the one that it is asked for in), with `environment` beside what there is.
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
    """A Python program that runs: its command, for how long, its threads, the cores that it used lately (None: not
    known yet). `reason` is None, or why it cannot be watched and what would help.
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
