"""Costs of models, on command: measured in a separate thread, one model at a time, and never while a run is on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from engine.conductor.catalogues import Catalogues, Offer
from engine.conductor.measurements.cost_cache import CostCache
from engine.conductor.measurements.model_costs import ModelCosts, measure
from engine.conductor.measurements.uninstrumented_run import UninstrumentedRunError, UninstrumentedRuns
from engine.processes.guard import Guard
from engine.wire.commands import Measure, QueryCosts
from engine.wire.facts import CostsKnown
from engine.workload.catalogue import ModelCard
from engine.workload.errors import ExperimentError


class Costs:
    """Answers `costs` commands. `run_is_on` says whether a run is; `interrupt` is to be called before one begins."""

    def __init__(
        self, catalogues: Catalogues, guard: Guard, say: Callable[[CostsKnown], None], run_is_on: Callable[[], bool]
    ) -> None:
        self._catalogues, self._guard, self._say, self._run_is_on = catalogues, guard, say, run_is_on
        self._cache = CostCache()
        self._asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._running: UninstrumentedRuns | None = None
        self._thread: threading.Thread | None = None

    def answer(self, query: QueryCosts) -> None:
        """Look up or measure the costs, and report the answer."""
        name = query.interpreter or None
        self._asked.put(lambda: self._say(self._answer(query.model, name, query.measure)))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="costs", daemon=True)
            self._thread.start()

    def interrupt(self) -> None:
        """End a measurement that is on: a run is about to begin."""
        with self._lock:
            if self._running is not None:
                self._running.kill()

    def _work(self) -> None:
        while True:
            self._asked.get()()

    def _answer(self, model: str, name: str | None, how: Measure) -> CostsKnown:
        costs, measured_at, reason = ModelCosts(), None, None
        try:
            costs, measured_at = self._find(model, self._catalogues.offer(name), how)
        except ExperimentError as error:
            reason = str(error)
        except UninstrumentedRunError as error:
            reason = f"a run is on, or has begun: {error}" if self._run_is_on() else f"a run for it failed: {error}"
        except Exception as error:  # the client waits for an answer in any case
            reason = f"{type(error).__name__}: {error}"
        return CostsKnown(
            model,
            name,
            costs.create_worker_s,
            costs.worker_bytes,
            costs.task_overhead_s,
            measured_at,
            reason,
            costs.forkserver_worker_s,
            how == "again",
        )

    def _find(self, model: str, offer: Offer, how: str) -> tuple[ModelCosts, str]:
        card = offer.catalogue.models.get(model)
        if card is None:
            raise ExperimentError("model", f"there is no {model}")
        if card.unavailable_reason:
            raise ExperimentError("model", card.unavailable_reason)
        known = self._cache.get(card, offer.interpreter) if how != "again" else None
        if known is not None:
            return known
        if how == "no":
            raise ExperimentError("", "not measured yet")
        costs = self._measure(card, offer)
        measured_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._cache.put(card, offer.interpreter, costs, measured_at)
        return costs, measured_at

    def _measure(self, card: ModelCard, offer: Offer) -> ModelCosts:
        runs = UninstrumentedRuns(offer.interpreter, self._guard, self._catalogues.plugins())
        with self._lock:
            self._running = runs
        try:
            if self._run_is_on():
                raise UninstrumentedRunError("nothing is measured meanwhile")
            return measure(card, runs)
        finally:
            with self._lock:
                self._running = None
