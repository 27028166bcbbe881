"""Runs an experiment with and without probes and sampling, in turn, in a host of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.conductor.run_monitor import RunMonitor
from engine.interpreters.plugins import Plugins
from engine.launch.throwaway_host import HostGoneError, ThrowawayHost, ThrowawayHosts
from engine.processes.guard import Guard
from engine.record.host_files import HostSettings
from engine.record.queries.requests import OverheadRequest
from engine.wire.interpreter import Interpreter
from engine.wire.protocol import encode_message
from engine.wire.query_answers import OverheadEnded, SegmentBegun, SegmentEnded
from engine.wire.tick import Tick
from engine.witness.platforms import this_platform
from engine.witness.rate_limiter import RateLimiter
from engine.witness.sampler import own_processes
from engine.witness.witness import Witness
from engine.workload.catalogue import Catalogue
from engine.workload.experiment import Experiment

PAIRS: Final = 50
_BUDGET_S: Final = 30.0
_LIMIT_S: Final = 300.0
_SEGMENT_S: Final = {"process": 1.5}  # in a shorter one, a pool's start would be a large part
_USUAL_SEGMENT_S: Final = 0.25
_POLL_S: Final = 0.2
_SAMPLE_HZ = _TICK_HZ = 10.0  # as in a run that has gone on for two seconds


class OverheadPairsError(Exception):
    """There are no figures; the text says why."""


@dataclass(frozen=True, slots=True)
class Segment:
    """How many tasks ran in how many seconds; `sampler_s` is the conductor's processor time, 0 where not observed.

    `cpu_s` is the processor time of the host and its children, None where that cannot be measured.
    """

    watched: bool
    tasks: int
    seconds: float
    cpu_s: float | None
    sampler_s: float


@dataclass(frozen=True, slots=True)
class MeasuredExperiment:
    """The checked experiment to measure, and the addresses of its services by name."""

    experiment: Experiment
    interpreter: Interpreter
    catalogue: Catalogue
    services: dict[str, str]


class OverheadPairs:
    """One measurement; `progress(done)` is called after each pair. `kill` ends it, from another thread."""

    def __init__(
        self,
        what: MeasuredExperiment,
        guard: Guard,
        plugins: Plugins,
        progress: Callable[[int], None],
        pairs: int = PAIRS,
    ) -> None:
        self._what, self._guard, self._plugins = what, guard, plugins
        self._progress, self._pairs = progress, pairs
        self._hosts = ThrowawayHosts(what.interpreter, guard, plugins, what.experiment.model.gil)

    def kill(self) -> None:
        """End it."""
        self._hosts.kill()

    def run(self) -> list[Segment]:
        """Return the segments, pair by pair. Raises OverheadPairsError."""
        try:
            with self._hosts.start(self._request()) as host:
                segments, ended = self._follow(host)
        except OSError as error:
            raise OverheadPairsError(f"it cannot be started: {error}") from None
        except HostGoneError as error:
            raise OverheadPairsError(str(error)) from None
        if ended.reason:
            raise OverheadPairsError(ended.reason)
        return segments

    def _request(self) -> OverheadRequest:
        experiment = self._what.experiment
        kind = self._what.catalogue.models[experiment.model.kind].worker_kind
        settings = HostSettings(
            experiment=experiment.to_dict(),
            services=self._what.services,
            phases_limit=2_000_000,
            nice=0,
            plugins=self._plugins.entries,
        )
        return OverheadRequest(settings, self._pairs, _SEGMENT_S.get(kind, _USUAL_SEGMENT_S), _BUDGET_S)

    def _follow(self, host: ThrowawayHost) -> tuple[list[Segment], OverheadEnded]:
        """Read the host's messages and sample the observed segments; return segments and the host's last message."""
        segments: list[Segment] = []
        sampling: _Sampling | None = None
        witness = Witness(host.folder, self._guard)
        deadline_s = time.monotonic() + _LIMIT_S
        try:
            while time.monotonic() < deadline_s:
                told = host.answer(sampling.turn() if sampling else _POLL_S)
                if isinstance(told, SegmentBegun) and told.watched:
                    sampling = _Sampling(Path(told.folder), self._what, host, self._guard, witness)
                elif isinstance(told, SegmentEnded):
                    self._take(segments, told, sampling.end() if sampling else 0.0)
                    sampling = None
                elif isinstance(told, OverheadEnded):
                    return segments, told
        finally:
            if sampling is not None:
                sampling.end()
            witness.close()
        raise OverheadPairsError(f"it does not end within {_LIMIT_S:g} s")

    def _take(self, segments: list[Segment], told: SegmentEnded, sampler_s: float) -> None:
        shutil.rmtree(told.folder, ignore_errors=True)
        if told.counts:
            segments.append(Segment(told.watched, told.tasks, told.seconds, told.cpu_s, sampler_s))
            self._progress(len(segments) // 2)


class _Sampling:
    """Samples one segment as a run is sampled: its lanes, threads and processes, as ticks written to a file."""

    def __init__(
        self, folder: Path, what: MeasuredExperiment, host: ThrowawayHost, guard: Guard, witness: Witness
    ) -> None:
        self._begun_s = time.thread_time() + _used_s(witness)
        self._guard, self._witness = guard, witness
        platform = this_platform()  # its own, as it keeps files open and a run may begin before this has ended
        self._monitor = RunMonitor(folder, what.experiment, what.catalogue, platform, time.perf_counter_ns())
        self._monitor.gil = what.interpreter.gil_enabled is not False
        self._monitor.attach(host.pid, None, host.mark)
        witness.follow([host.pid], always=True)
        self._reads, self._ticks = RateLimiter(_SAMPLE_HZ), RateLimiter(_TICK_HZ)
        self._samples = open(folder / "samples.jsonl", "wb", buffering=0)  # noqa: SIM115

    def turn(self) -> float:
        """Do what is due; return the seconds until something is again."""
        now_s = time.monotonic()
        next_s = min(
            self._reads.turn(now_s, lambda: self._monitor.read(taking=True)), self._ticks.turn(now_s, self._tick)
        )
        return max(0.001, next_s - time.monotonic())

    def end(self) -> float:
        """Stop sampling; return the processor time that it took."""
        self._witness.rest()
        used_s = time.thread_time() + _used_s(self._witness) - self._begun_s
        self._samples.close()
        self._monitor.close()
        return used_s

    def _tick(self) -> None:
        tick = self._monitor.fill(Tick("", 0.0, "measuring"), {}, own_processes(self._guard.pid))
        self._samples.write(encode_message(tick))
        self._witness.follow(self._monitor.pids)


def _used_s(witness: Witness) -> float:
    """Return the processor time that the witness's own process has taken."""
    reading = None if witness.pid is None else this_platform().process(witness.pid)
    return 0.0 if reading is None else reading.cpu_ns / 1e9


def in_a_closed_loop(experiment: Experiment) -> Experiment:
    """Return the experiment without its arrival rate: while tasks wait to arrive, the overhead does not show."""
    return replace(experiment, workload=replace(experiment.workload, arrival_per_s=None))
