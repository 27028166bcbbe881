"""The commands to the process in which a class's two workers run, and its answers: one JSON object for each line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final


@dataclass(frozen=True, slots=True)
class StartProgram:
    """Put both workers of a program before their first lines."""

    TYPE: ClassVar[str] = "start"

    program: str


@dataclass(frozen=True, slots=True)
class StepWorker:
    """Let one worker run its next line."""

    TYPE: ClassVar[str] = "step"

    worker: int


@dataclass(frozen=True, slots=True)
class RunOrder:
    """Run these steps from the beginning; each is a worker's index."""

    TYPE: ClassVar[str] = "order"

    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FindOrder:
    """Run the program in every order of its lines."""

    TYPE: ClassVar[str] = "find"


@dataclass(frozen=True, slots=True)
class CountChance:
    """Run the program freely, as often as this says."""

    TYPE: ClassVar[str] = "chance"

    runs: int


@dataclass(frozen=True, slots=True)
class SteppedWorker:
    """Where a worker is stopped: before `line`, with the text of its locals; `waits_for` is a lock, or ""."""

    name: str
    state: str
    line: int
    locals: Mapping[str, str]
    waits_for: str


@dataclass(frozen=True, slots=True)
class SchedulerState:
    """Both workers after the last step. `locks` are their holders, `wrong` what went wrong, or ""."""

    TYPE: ClassVar[str] = "state"

    program: str
    lines: tuple[str, ...]
    workers: tuple[SteppedWorker, ...]
    shared: Mapping[str, str]
    locks: Mapping[str, str]
    order: tuple[int, ...]
    runnable: tuple[int, ...]
    ended: bool
    wrong: str


@dataclass(frozen=True, slots=True)
class OrdersRun:
    """The shortest order that goes wrong (None: no order does), how many orders were run, and how many went wrong."""

    TYPE: ClassVar[str] = "found"

    order: tuple[int, ...] | None
    orders: int
    wrong: int


@dataclass(frozen=True, slots=True)
class ChanceCounted:
    """The number of free runs, and how many of them went wrong."""

    TYPE: ClassVar[str] = "counted"

    runs: int
    wrong: int


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """Why a command could not be carried out."""

    TYPE: ClassVar[str] = "problem"

    problem: str


SchedulerCommand = StartProgram | StepWorker | RunOrder | FindOrder | CountChance
SchedulerAnswer = SchedulerState | OrdersRun | ChanceCounted | CommandFailed
COMMANDS: Final[Mapping[str, type[SchedulerCommand]]] = {
    each.TYPE: each for each in (StartProgram, StepWorker, RunOrder, FindOrder, CountChance)
}
ANSWERS: Final[Mapping[str, type[SchedulerAnswer]]] = {
    each.TYPE: each for each in (SchedulerState, OrdersRun, ChanceCounted, CommandFailed)
}
