"""Runs experiments in a host process, started as the conductor does, and reads what it left in the run's folder."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from engine.host.control import Control
from engine.interpreters.interpreter import app_interpreter, host_arguments, host_environment
from engine.models import ModelDescriptor
from engine.record.lane_file import LAST, OK
from engine.record.lane_reader import RECORD_DTYPE, LaneFileError, LaneReader
from engine.record.loop_reader import BETWEEN, LoopReader
from engine.wire.interpreter import Interpreter
from engine.workload.parameter import Kind, Parameter, Value
from engine.workload.steps import StepDescriptor
from tests.interpreters import usable_interpreters
from tests.source_tree import ROOT

LIMIT_S = 60.0  # no run of a test takes as long: what does is ended, and the test fails


@dataclass(frozen=True)
class Lane:
    """What a lane file held when its run was over."""

    path: Path
    pid: int
    thread: int
    thread_name: str
    process_name: str
    workers: int
    done: int
    failed: int
    dropped: int
    records: NDArray[np.void]
    histogram: NDArray[np.int64]
    step_sums: NDArray[np.int64]


@dataclass(frozen=True)
class Loop:
    """What a loop file held when its run was over; `slots` is its header (LoopSlot)."""

    pid: int
    slots: NDArray[np.int64]
    records: NDArray[np.void]
    unrecorded: NDArray[np.int64]

    def waits(self, why: int) -> NDArray[np.void]:
        """Return the records of waits of one kind that lie in steps."""
        return self.records[(self.records["why"] == why) & (self.records["step"] != BETWEEN)]


@dataclass
class HostRun:
    """A run that is over: the host's answers, what was printed, how it exited, its lanes and its first errors."""

    folder: Path
    answers: list[dict[str, Any]]
    output: str
    code: int
    lanes: list[Lane] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)

    @property
    def done(self) -> dict[str, Any]:
        """The closing answer; fails the test where there is none, or another."""
        assert [each["type"] for each in self.answers].count("done") == 1, self.story()
        assert self.answers[-1]["type"] == "done", self.story()
        return self.answers[-1]

    @property
    def tasks_done(self) -> int:
        """Tasks that ended without an error, by the lanes' own totals."""
        return sum(each.done for each in self.lanes)

    @property
    def tasks_failed(self) -> int:
        """Tasks that ended with an error, by the lanes' own totals."""
        return sum(each.failed for each in self.lanes)

    @property
    def records(self) -> NDArray[np.void]:
        """Every lane's records, one lane after the other."""
        return np.concatenate([np.empty(0, RECORD_DTYPE), *(each.records for each in self.lanes)])

    def finished(self) -> HostRun:
        """Return the run; fails the test if it did not finish."""
        assert self.done["status"] == "finished", self.story()
        assert self.code == 0
        return self

    def ended_tasks(self) -> list[int]:
        """Return the numbers of the recorded tasks that ended, well or not, in order."""
        records = self.records
        return sorted(records["task"][(records["flags"] & LAST) != 0].tolist())

    def failed_tasks(self) -> list[int]:
        """Return the numbers of the recorded tasks that failed, in order."""
        records = self.records
        return sorted(records["task"][(records["flags"] & (LAST | OK)) == LAST].tolist())

    def story(self) -> str:
        """Return what a failing test should show."""
        return f"exit code {self.code}\nanswers {self.answers}\nerrors {self.errors}\noutput {self.output[-4000:]}"


class Host:
    """A host that is running. Use `started`."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.control = Control.create(str(folder))
        self._read: dict[str, bytes] = {}
        self._process = subprocess.Popen(
            command,
            cwd=folder / "work",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.pid = self._process.pid
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=self._drain, args=("answers", self._process.stdout)),
            threading.Thread(target=self._drain, args=("output", self._process.stderr)),
        ]
        for reader in self._readers:
            reader.start()

    def tasks_ended(self) -> int:
        """Return how many tasks have ended by now."""
        return sum(lane.done + lane.failed for lane in read_lanes(self.folder))

    def wait(self, limit_s: float = LIMIT_S) -> HostRun:
        """Return the run once the host has ended, by itself or, past the limit, by force (then `done` fails)."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(limit_s)
        self.end()
        answers = [json.loads(line) for line in self._read["answers"].splitlines()]
        run = HostRun(self.folder, answers, self._read["output"].decode(), self._process.returncode)
        run.lanes = read_lanes(self.folder)
        run.loops = [read_loop(path) for path in sorted(self.folder.glob("loops/*.loop"))]
        run.errors = [json.loads(path.read_text()) for path in sorted(self.folder.glob("errors/*.json"))]
        return run

    def end(self) -> None:
        """End the host with everything that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        for reader in self._readers:
            reader.join(LIMIT_S)

    def _drain(self, name: str, pipe: IO[bytes]) -> None:
        with pipe:
            self._read[name] = pipe.read()


@contextlib.contextmanager
def started(
    steps: Sequence[Mapping[str, Any]],
    model: str = "threads",
    workers: int = 2,
    *,
    interpreter: Interpreter | None = None,
    services: Mapping[str, str] | None = None,
    phases_limit: int = 2_000_000,
    through: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    **amount: Any,
) -> Iterator[Host]:
    """Start a host in a folder of its own; on leaving, end it with everything that it started and remove the folder.

    `through` is a command that starts the one after it (to set a limit first). `amount` are keys of the workload:
    by default `tasks=12`.
    """
    interpreter = interpreter or app_interpreter()
    with tempfile.TemporaryDirectory(prefix="gilscope-host-run-") as name:
        folder = Path(name)
        (folder / "work").mkdir()
        workload = {"seed": 1, **(amount or {"tasks": 12}), "steps": [dict(each) for each in steps]}
        settings = {
            "experiment": {"workload": workload, "model": {"kind": model, "workers": workers, **(options or {})}},
            "services": dict(services or {}),
            "phases_limit": phases_limit,
            "nice": 0,
            "plugins": {},
        }
        (folder / "host.json").write_text(json.dumps(settings), encoding="utf-8")
        command = [*through, interpreter.path, *host_arguments(interpreter), "-m", "engine.host", name]
        host = Host(command, folder, host_environment(os.environ, ROOT, interpreter))
        try:
            yield host
        finally:
            host.end()
            host.control.close()


def run_host(steps: Sequence[Mapping[str, Any]], model: str = "threads", workers: int = 2, **given: Any) -> HostRun:
    """Run to the end; see `started`. The run's folder is gone afterwards."""
    with started(steps, model, workers, **given) as host:
        return host.wait()


def read_lanes(folder: Path) -> list[Lane]:
    """Return what the lane files of a run hold; one whose header is not there (yet) holds nothing."""
    lanes = []
    for path in sorted(folder.glob("lanes/*.lane")):
        with contextlib.suppress(LaneFileError):
            lanes.append(read_lane(path))
    return lanes


def read_loop(path: Path) -> Loop:
    """Return what a loop file holds."""
    reader = LoopReader(path)
    loop = Loop(reader.pid, reader.slots.copy(), reader.read_new(), reader.unrecorded())
    reader.close()
    return loop


def read_lane(path: Path) -> Lane:
    """Return what a lane file holds."""
    reader = LaneReader(path)
    records = reader.read_new()
    lane = Lane(
        path,
        reader.pid,
        reader.thread,
        reader.thread_name,
        reader.process_name,
        reader.workers,
        reader.tasks_done,
        reader.tasks_failed,
        reader.dropped,
        records,
        reader.histogram(),
        reader.step_sums(),
    )
    reader.close()
    return lane


def default_options(model: ModelDescriptor) -> dict[str, Value]:
    """Return the model's own options at their defaults, as an experiment that was checked holds them."""
    return {each.name: each.default for each in model.card.parameters}


def quick_options(model: ModelDescriptor) -> dict[str, Value]:
    """Return the model's options at their defaults, but processes start in the fastest way that there is."""
    options = default_options(model)
    if "start_method" in options:
        options["start_method"] = app_interpreter().start_methods[0]
    return options


def interpreter_for(model: ModelDescriptor) -> Interpreter | None:
    """Return the app's own interpreter, or where the model cannot run there, one of this machine that may do."""
    if model.unavailable() is None:
        return app_interpreter()
    able = [each for each in usable_interpreters() if each.version_info >= (3, 12)]
    return able[0] if model.card.key == "interpreters" and able else None


def small(step: StepDescriptor, **values: Value) -> dict[str, Any]:
    """Return the step with parameters that make it cheap, however it is called and whatever they are."""
    return {"kind": step.card.key, **{each.name: _small(each) for each in step.card.parameters}, **values}


def _small(parameter: Parameter) -> Value:
    default = parameter.default
    if parameter.kind not in (Kind.INTEGER, Kind.NUMBER) or isinstance(default, str):
        return default
    least = max(parameter.minimum or 0, default / 16)
    return int(least) if parameter.kind is Kind.INTEGER else float(least)


@contextlib.contextmanager
def http_service() -> Iterator[dict[str, str]]:
    """Run the HTTP service; gives what `services` wants."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.conductor.services.http"],
        env={"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield {"http": f"127.0.0.1:{json.loads(process.stdout.readline())['port']}"}
    finally:
        try:
            process.communicate(timeout=5)
        finally:
            process.kill()


def wait_until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    """Return when the condition holds; fails the test where it does not come to."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.005)
