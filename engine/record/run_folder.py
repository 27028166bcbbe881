"""The folder of a run: the names of its files, and how each is read, even if the run was cut short."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.record import loop_file, shape, stack_file
from engine.record.atomic_file import write_atomically
from engine.record.life import LifeRecord
from engine.record.samples import read_tick, with_figure
from engine.wire.codec import decode, plain
from engine.wire.result import RunResult
from engine.wire.tick import Tick
from engine.workload.toml_table import TomlTable

EXPERIMENT = "experiment.json"
ENVIRONMENT = "environment.json"  # has run_start_ns: what t_s counts from, on the perf_counter_ns clock
RESULT = "result.json"  # written last: a folder without it is a run that goes on, or was cut short
SAMPLES = "samples.jsonl"
OUTPUT = "output.txt"
CARDS = "cards.json"  # {model, steps}: the cards of what ran, as its interpreter described them
LIFE = "life.json"  # stages, the host's answers, how the run ended: what only its conductor knows
LANES = "lanes"
LOOPS = loop_file.FOLDER
STACKS = stack_file.FOLDER
ERRORS = "errors"


_ANY = shape.Table()
_RESULT = shape.Table({"experiment": shape.EXPERIMENT, "environment": shape.ENVIRONMENT}, ("status",))
SILENT_S = 15.0  # a run that goes on writes a sample many times a second


def new_run_id() -> str:
    """Return a unique id for a run that starts now; ids sort by time."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{os.urandom(3).hex()}"


def write_result(folder: Path, result: RunResult) -> None:
    """Write a run's result into its folder, atomically. Raises OSError."""
    write_atomically(folder / RESULT, json.dumps(plain(result), allow_nan=False))


class RunFolderError(Exception):
    """A run's folder does not hold what it should; the message names the file and says what is wrong."""


class RunFolder:
    """Reads one run's files; it caches nothing and writes nothing."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    @property
    def run_id(self) -> str:
        """The run's id, which is the folder's name."""
        return self.path.name

    def experiment(self) -> TomlTable:
        """Return the experiment that ran, in the shape of its file."""
        experiment = self._read(EXPERIMENT, shape.EXPERIMENT)
        try:
            shape.check_workers(experiment)
        except ValueError as error:
            raise RunFolderError(f"{self.path / EXPERIMENT}: {error}") from None
        return experiment

    def environment(self) -> dict[str, Any]:
        """Return the run's environment: machine, interpreter, load, time."""
        return self._read(ENVIRONMENT, shape.ENVIRONMENT)

    def cards(self) -> Mapping[str, Any]:
        """Return the cards of the model and the steps that ran, as its interpreter described them."""
        return self._read(CARDS)

    def result(self) -> RunResult | None:
        """Return the run's result, None if it has none (yet)."""
        if not (self.path / RESULT).exists():
            return None
        data = self._read(RESULT, _RESULT)
        try:
            result = decode(RunResult, data)
        except ValueError as error:
            raise RunFolderError(f"{self.path / RESULT}: {error}") from None
        return replace(result, marks=tuple(map(with_figure, result.marks)))

    def final_result(self) -> RunResult:
        """Return the result of a run that has ended. Raises RunFolderError if it has none (yet)."""
        result = self.result()
        if result is None:
            raise RunFolderError(f"{self.path}: the run has no result yet")
        return result

    def run_start_ns(self) -> int:
        """Return the instant at which `t_s` is 0."""
        start = self.environment().get("run_start_ns")
        if type(start) is not int:
            raise RunFolderError(f"{self.path / ENVIRONMENT}: run_start_ns is missing")
        return start

    def samples(self) -> Iterator[Tick]:
        """Yield every tick that was kept, in order; a last line that was cut short is left out."""
        if not (self.path / SAMPLES).exists():
            return
        with open(self.path / SAMPLES, "rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield read_tick(line)
                except (ValueError, RecursionError) as error:  # also what is not UTF-8
                    raise RunFolderError(f"{self.path / SAMPLES}: line {number} is damaged: {error}") from None

    def life(self) -> LifeRecord:
        """Return the conductor's record of the run."""
        data = self._read(LIFE)
        try:
            life = decode(LifeRecord, data)
        except ValueError as error:
            raise RunFolderError(f"{self.path / LIFE}: {error}") from None
        return replace(life, marks=tuple(map(with_figure, life.marks)))

    def lane_files(self) -> list[Path]:
        """Return the lane files."""
        return sorted((self.path / LANES).glob("*.lane"))

    def is_over(self) -> bool:
        """Whether the run has ended, or its conductor is gone."""
        if self.result() is not None:
            return True
        stages = self.life().stages if (self.path / LIFE).exists() else {}
        return "ended" in stages or not self._conductor_lives()

    def _conductor_lives(self) -> bool:
        import psutil

        try:
            pid = self.environment()["app"]["pid"]
        except (RunFolderError, KeyError, TypeError):
            return not self._is_silent()
        try:
            lives = psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            lives = False
        # Another process may have got the conductor's id meanwhile: then the run writes no more samples.
        return lives and not self._is_silent()

    def _is_silent(self) -> bool:
        written = [(self.path / name).stat().st_mtime for name in (EXPERIMENT, SAMPLES) if (self.path / name).exists()]
        return time.time() - max(written, default=self.path.stat().st_mtime) > SILENT_S

    def size_bytes(self) -> int:
        """Return the folder's size on disk."""
        return sum(each.stat().st_size for each in self.path.rglob("*") if each.is_file())

    def _read(self, name: str, wanted: shape.Table = _ANY) -> dict[str, Any]:
        try:
            data: dict[str, Any] = json.loads((self.path / name).read_text(encoding="utf-8"))
            shape.check(data, wanted)
        except FileNotFoundError:
            raise RunFolderError(f"{self.path / name}: there is no such file") from None
        except (ValueError, RecursionError) as error:
            raise RunFolderError(f"{self.path / name}: {error}") from None
        except OSError as error:
            raise RunFolderError(f"{self.path / name}: cannot be read: {error.strerror or error}") from None
        return data
