"""What views read of a run: the session's RunData, as protocols only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.wire.facts import WorkersLocated
from engine.wire.known_process import KnownProcess
from engine.wire.result import NamedInterpreter, RunResult
from engine.wire.tick import Mark, Tick
from engine.wire.watch_messages import FunctionsSampled
from engine.workload.catalogue import ModelCard, StepCard
from engine.workload.toml_table import TomlTable

Floats = npt.NDArray[np.float64]


class Series(Protocol):
    """Every sample of a run, as contiguous arrays that grow; a figure that was not measured is NaN."""

    @property
    def t_s(self) -> Floats: ...
    @property
    def failed(self) -> Floats: ...
    @property
    def cores(self) -> Floats: ...

    def figure(self, name: str) -> Floats:
        """Return one of the tick's plain figures (see `engine.wire.tick.FIGURES`)."""
        ...

    def ledger(self, state: str) -> Floats:
        """Return the seconds that all lanes together had spent in `state` by each sample."""
        ...

    def latency(self, name: str) -> Floats:
        """Return a latency (`p50` to `p99_9`, `max`) of the tasks that ended since the previous sample."""
        ...


class Processes(Protocol):
    """The run's processes, with their newest figures: see `gui.session.seen_processes`."""

    def now(self) -> list[KnownProcess]:
        """Return the processes of the newest sample in which the run had any."""
        ...

    def fullest(self) -> list[KnownProcess]:
        """Return the processes of the newest sample in which the run had the most threads."""
        ...

    def all_workers(self) -> list[KnownProcess]:
        """Return every process that ran tasks, the host, and the other processes of the last sample."""
        ...


class RunData(Protocol):
    """What is known of one run so far; `version` grows with every change."""

    @property
    def version(self) -> int: ...
    @property
    def run_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def letter(self) -> str: ...
    @property
    def experiment(self) -> TomlTable: ...
    @property
    def model_card(self) -> ModelCard | None: ...
    @property
    def step_cards(self) -> Mapping[str, StepCard]: ...
    @property
    def interpreter(self) -> NamedInterpreter | None: ...
    @property
    def stage(self) -> str: ...
    @property
    def stages(self) -> list[tuple[str, float]]: ...
    @property
    def latest(self) -> Tick | None: ...
    @property
    def looked(self) -> Tick | None: ...
    @property
    def result(self) -> RunResult | None: ...
    @property
    def folder(self) -> Any: ...
    @property
    def located(self) -> WorkersLocated | None: ...
    @property
    def functions(self) -> FunctionsSampled | None: ...
    @property
    def marks(self) -> list[Mark]: ...
    @property
    def output(self) -> str: ...
    @property
    def samples(self) -> Series: ...
    @property
    def processes(self) -> Processes: ...
