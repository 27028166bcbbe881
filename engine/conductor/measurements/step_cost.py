"""Measures what a step of the user's own code costs alone: in a host of its own, bounded in time, between runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from engine.conductor.catalogues import Catalogues, Offer
from engine.conductor.request_checks import check_runnable, interpreter_of, with_gil
from engine.launch.throwaway_host import HostGoneError, ThrowawayHosts
from engine.processes.guard import Guard
from engine.record.queries.requests import StepCostRequest
from engine.wire.commands import MeasureStep, RunOptions
from engine.wire.facts import StepMeasured
from engine.wire.query_answers import CostAlone
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.group import numbered_steps

BUDGET_S: Final = 1.0  # of calling it
_RUN_BEGAN: Final = "it was not measured: a run has begun"
LIMIT_S: Final = 8.0  # of everything: start, prepare, setup and a call that takes long


class StepMeasurements:
    """Answers `step_cost` commands, one at a time; `interrupt` is to be called before a run begins."""

    def __init__(
        self, catalogues: Catalogues, guard: Guard, say: Callable[[StepMeasured], None], run_is_on: Callable[[], bool]
    ) -> None:
        self._catalogues, self._guard, self._say, self._run_is_on = catalogues, guard, say, run_is_on
        self._lock = threading.Lock()
        self._hosts: ThrowawayHosts | None = None
        self._asked: MeasureStep | None = None  # the command that may be carried out

    def measure(self, command: MeasureStep) -> None:
        """Measure the command's step, and report the answer. Called where runs are started too, in one thread."""
        with self._lock:
            why = (
                "a run is on" if self._run_is_on() else "" if self._asked is None else "another step is being measured"
            )
            if not why:
                self._asked = command
        if why:
            self._say(StepMeasured(command.token, CostAlone(reason=f"it is not measured now: {why}")))
            return
        # The catalogues report in a thread of their own: the measurement may take its time there.
        report = partial(self._work, command)
        self._catalogues.ask(interpreter_of(command.experiment), report, trust=command.trust)

    def interrupt(self) -> None:
        """End a measurement that is on."""
        with self._lock:
            self._asked = None  # also where its host is not started yet
            if self._hosts is not None:
                self._hosts.kill()

    def _work(self, command: MeasureStep, offer: Offer | ExperimentError) -> None:
        try:
            cost = self._cost(command, offer)
        except ExperimentError as error:
            cost = CostAlone(reason=str(error))
        except HostGoneError as error:
            cost = CostAlone(reason=str(error) if self._asked is command else _RUN_BEGAN)
        except Exception as error:  # the person waits for an answer in any case
            cost = CostAlone(reason=f"{type(error).__name__}: {error}")
        with self._lock:
            if self._asked is command:
                self._asked = None
        self._say(StepMeasured(command.token, cost))

    def _cost(self, command: MeasureStep, offer: Offer | ExperimentError) -> CostAlone:
        if isinstance(offer, ExperimentError):
            raise offer
        experiment = check(command.experiment, offer.catalogue)
        check_runnable(experiment, offer.catalogue, RunOptions(trust=command.trust))
        if len(numbered_steps(experiment.to_dict()["workload"])) != 1:
            raise ExperimentError("workload.steps", "must be the one step that is to be measured")
        plugins, interpreter = self._catalogues.plugins(), with_gil(offer.interpreter, experiment.model.gil)
        hosts = ThrowawayHosts(interpreter, self._guard, plugins, experiment.model.gil)
        with self._lock:
            if self._asked is not command:
                raise HostGoneError(_RUN_BEGAN)
            self._hosts = hosts
        try:
            with hosts.start(StepCostRequest(experiment.to_dict(), BUDGET_S, plugins.entries)) as host:
                answer = host.answer(LIMIT_S)
            if not isinstance(answer, CostAlone):
                raise HostGoneError(f"it was ended: one task and what it needs took longer than {LIMIT_S:g} s")
            return answer
        finally:
            with self._lock:
                if self._hosts is hosts:
                    self._hosts = None
