"""Measures the overhead of recording and sampling a run, on request, and keeps it with the run's result."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.analysis.intervals import Interval, median_interval
from engine.conductor.catalogues import Catalogues
from engine.conductor.measurements.overhead_pairs import (
    PAIRS,
    MeasuredExperiment,
    OverheadPairs,
    OverheadPairsError,
    Segment,
    in_a_closed_loop,
)
from engine.conductor.request_checks import check_number, check_runnable, interpreter_of, with_gil
from engine.conductor.run_monitor import cards_of
from engine.conductor.service_process import START_LIMIT_S, Services
from engine.processes.guard import Guard
from engine.record.run_folder import RunFolder, RunFolderError, write_result
from engine.wire.commands import MeasureRunOverhead, RunOptions
from engine.wire.facts import OverheadMeasured
from engine.wire.result import OverheadFigures
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check

LEAST_PAIRS: Final = 5
_POLL_S: Final = 0.02


def figures(segments: Sequence[Segment]) -> OverheadFigures:
    """Return by how many percent a task takes longer when it is observed, and the measurement's other figures.

    In elapsed time, which is what a person notices but which other programs disturb; and in processor time of the run's
    own processes, which they disturb less; None unless every segment has it. Each pair of segments gives one figure;
    bounds are 95 % intervals. Raises OverheadPairsError for too few pairs.
    """
    pairs = [_in_order(pair) for pair in zip(segments[::2], segments[1::2], strict=False)]
    if len(pairs) < LEAST_PAIRS:
        raise OverheadPairsError(f"its tasks take too long: only {len(pairs)} pairs of runs ended in time")

    def percent(figure: Callable[[Segment], float]) -> Interval:
        return median_interval([100 * (figure(watched) / figure(plain) - 1) for watched, plain in pairs])

    took = percent(lambda segment: segment.seconds / segment.tasks)
    # A segment shorter than the tick of the processor-time clock shows none.
    known = all(segment.cpu_s for pair in pairs for segment in pair)
    used = percent(lambda segment: (segment.cpu_s or 0.0) / segment.tasks) if known else None
    sampler = 100 * sum(each.sampler_s for each, _ in pairs) / sum(each.seconds for each, _ in pairs)
    return OverheadFigures(
        percent=took.median,
        low_percent=took.low,
        high_percent=took.high,
        cpu_percent=used.median if used is not None else None,
        cpu_low_percent=used.low if used is not None else None,
        cpu_high_percent=used.high if used is not None else None,
        pairs=len(pairs),
        sampler_percent_of_a_core=sampler,
    )


def _in_order(pair: tuple[Segment, Segment]) -> tuple[Segment, Segment]:
    return pair if pair[0].watched else (pair[1], pair[0])


@dataclass(frozen=True, slots=True)
class MeasurementContext:
    """The parts of the conductor that a measurement uses; `post(call)` runs `call` on the main thread."""

    guard: Guard
    services: Services
    catalogues: Catalogues
    folder_of: Callable[[str], Path | None]
    say: Callable[[OverheadMeasured], None]
    post: Callable[[Callable[[], None]], None]
    run_is_on: Callable[[], bool]


class OverheadMeasurement:
    """Answers `observer_cost` commands, one at a time; `interrupt` is to be called before a run begins."""

    def __init__(self, context: MeasurementContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._busy = self._interrupted = False
        self._running: OverheadPairs | None = None

    def measure(self, command: MeasureRunOverhead) -> None:
        """Start or end a measurement for a run of this conductor or the history. Raises ExperimentError for `pairs`."""
        run_id, pairs = command.run_id, command.pairs or PAIRS
        check_number(command.pairs, "pairs", LEAST_PAIRS, 1000)
        if command.stop:
            self.interrupt()
            return
        with self._lock:
            reason = "another measurement is on" if self._busy else "a run is on" if self._context.run_is_on() else None
            if reason is None:
                self._busy, self._interrupted = True, False
        if reason is not None:
            self._say(run_id, reason=reason)
            return
        folder = self._context.folder_of(run_id)
        threading.Thread(
            target=self._answer, args=(run_id, folder, command.trust, pairs), name="overhead", daemon=True
        ).start()

    def interrupt(self) -> None:
        """End a measurement that is on."""
        with self._lock:
            self._interrupted = True
            if self._running is not None:
                self._running.kill()

    def _answer(self, run_id: str, folder: Path | None, trust: bool, pairs: int) -> None:
        cost, reason = None, None
        try:
            if folder is None:
                raise OverheadPairsError("there is no such run")
            cost = figures(self._measure(run_id, folder, trust, pairs))
            _keep(folder, cost)
        except (ExperimentError, OverheadPairsError, RunFolderError, OSError) as error:
            reason = str(error)
        except Exception as error:  # the client waits for an answer in any case
            reason = f"{type(error).__name__}: {error}"
        finally:
            with self._lock:
                self._running = None
                self._busy = False
        self._say(run_id, done=pairs, of=pairs, cost=cost, reason=reason)

    def _measure(self, run_id: str, folder: Path, trust: bool, pairs: int) -> list[Segment]:
        context, data = self._context, RunFolder(folder).experiment()
        offer = context.catalogues.offer(interpreter_of(data), trust=trust)
        checked = check(data, offer.catalogue)
        if checked.workload.groups:
            raise ExperimentError("workload.groups", "the overhead is measured of workloads without groups")
        experiment = in_a_closed_loop(checked)
        check_runnable(experiment, offer.catalogue, RunOptions(trust=trust))
        interpreter = with_gil(offer.interpreter, experiment.model.gil)
        names = {name for card in cards_of(experiment, offer.catalogue)[1].values() for name in card.services}
        what = MeasuredExperiment(experiment, interpreter, offer.catalogue, self._services(sorted(names)))

        def progress(done: int) -> None:
            self._say(run_id, done=done, of=pairs)

        runs = OverheadPairs(what, context.guard, context.catalogues.plugins(), progress, pairs)
        with self._lock:
            if self._interrupted:
                raise OverheadPairsError("it was ended")
            self._running = runs
        return runs.run()

    def _services(self, names: list[str]) -> dict[str, str]:
        """Start services on the main thread, and return their addresses."""
        found: dict[str, str] | None = {} if not names else None
        deadline_s = time.monotonic() + START_LIMIT_S
        self._context.post(lambda: self._context.services.need(names))
        while found is None and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)
            with contextlib.suppress(KeyError):  # the main thread has not come to it yet
                found = self._context.services.addresses(names)
        if found is None:
            raise OverheadPairsError("its service does not start")
        return found

    def _say(
        self,
        run_id: str,
        *,
        done: int = 0,
        of: int = PAIRS,
        cost: OverheadFigures | None = None,
        reason: str | None = None,
    ) -> None:
        self._context.say(OverheadMeasured(run_id, done, of, cost, reason))


def _keep(folder: Path, cost: OverheadFigures) -> None:
    write_result(folder, replace(RunFolder(folder).final_result(), observer_cost=cost))
