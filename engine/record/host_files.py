"""Requests to a host, as files in its folder: those of a run, and how any request is written and read.

Standard library only, for Python 3.10 and later: both the conductor and its hosts use it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol, TypeVar

from engine.record.private_file import private, require_own
from engine.wire.codec import decode, plain
from engine.workload.toml_table import TomlTable

LOOPS: Final = "loops"  # the folder of a run's loop files: see `engine.record.loop_file`
GIL_TURNED_ON: Final = "gil-turned-on-"  # begins the name of a file that a process of the run leaves: PID-MODULE
PluginEntries = Mapping[str, tuple[tuple[str, ...], ...]]  # as `engine.registry.use_plugins` takes them


@dataclass(frozen=True, slots=True)
class HostSettings:
    """The experiment that a run's host is to run, and the addresses of its services."""

    FILE: ClassVar[str] = "host.json"

    experiment: TomlTable
    services: Mapping[str, str]
    phases_limit: int
    nice: int
    plugins: PluginEntries


@dataclass(frozen=True, slots=True)
class StageSettings:
    """What the workers of a pipeline's stage need to know about their model: its key, and fields of its card."""

    model: str
    is_async: bool
    shares_memory: bool


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """What a worker needs to know about its run: the host writes it, every process of the run reads it."""

    FILE: ClassVar[str] = "task.json"

    experiment: TomlTable
    services: Mapping[str, str]
    phases_limit: int
    plugins: PluginEntries
    is_async: bool
    shares_memory: bool
    queues: bool
    workers: int
    host_pid: int
    lane_files: int
    stages: tuple[StageSettings, ...] = ()  # of a pipeline
    limits: Mapping[str, str] = field(default_factory=dict)  # semaphores that processes share, by their step's number


class Request(Protocol):
    """HostSettings, TaskSettings, or one of `engine.record.queries.requests`: what is asked, in a file."""

    FILE: ClassVar[str]


_R = TypeVar("_R", bound=Request)


def write_request(folder: str | os.PathLike[str], request: Request) -> None:
    """Write a request into a folder, readable only by its owner. Raises OSError, FileExistsError if it exists."""
    with open(os.path.join(folder, request.FILE), "x", encoding="utf-8", opener=private) as file:
        json.dump(plain(request), file)


def read_request(folder: str | os.PathLike[str], kind: type[_R]) -> _R:
    """Return a folder's request. Raises OSError, ValueError that names the wrong key, or what `require_own` raises."""
    with open(os.path.join(folder, kind.FILE), encoding="utf-8") as file:
        require_own(file)
        return decode(kind, json.load(file), kind.FILE.removesuffix(".json"))


def modules_that_turned_the_gil_on(folder: str) -> list[str]:
    """Return the modules whose import turned the GIL on in some process of the run in `folder`."""
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted({name[len(GIL_TURNED_ON) :].split("-", 1)[1] for name in names if name.startswith(GIL_TURNED_ON)})
