"""The host's part of the user's own code: prepare before any worker starts, make arguments, finish at the end."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.host.control import Control
from engine.host.items import ChangedItems
from engine.host.own.run_failure import first_told
from engine.host.own.worker_end import main_thread_ends, this_is_the_host
from engine.host.probe import HostRun
from engine.workload.errors import ExperimentError
from engine.workload.item import Item
from engine.workload.own.own_code import OwnCode, OwnCodeError

if TYPE_CHECKING:
    from engine.host.payloads.marks import PackedPayload

_clock = time.perf_counter_ns


class OwnCodes:
    """The user's own code of a run, in its host; does nothing if no step has any."""

    def __init__(self, run: HostRun) -> None:
        self._run, self._pickled = run, not run.settings.shares_memory
        self._prepared: list[OwnCode] = []
        self._failures: list[OwnCodeError] = []
        self._codes = {number: code for group in run.groups() for number, code in run.own_codes(group).items()}

    def prepare(self) -> None:
        """Call every `prepare`. Raises OwnCodeError, after calling `finish` for those already prepared."""
        if not self._codes:
            return
        this_is_the_host()
        for code in self._codes.values():
            try:
                code.prepare(pickled=self._pickled)
            except OwnCodeError:
                self._finish()
                raise
            self._prepared.append(code)

    def items(self, items: Any, group: int = 0) -> Any:
        """Return a group's items with the arguments of its own code; the items themselves if it has none."""
        if not self._run.carries_own(group):
            return items
        pipeline = bool(self._run.settings.stages)
        codes = self._codes if pipeline else self._run.own_codes(group)
        makers = {number: code for number, code in codes.items() if code.makes_arguments}
        return OwnItems(items, makers, self._failures, self._run.control, pickled=self._pickled)

    def end(self) -> ExperimentError | None:
        """Tear down the main thread as a worker, and call every `finish`; return the first failure."""
        if not self._codes:
            return None
        main_thread_ends()
        self._finish()
        failures: list[ExperimentError] = [*self._failures]
        told = first_told(self._run.folder)
        return next(iter([told] if told is not None else failures), None)

    def _finish(self) -> None:
        while self._prepared:
            try:
                self._prepared.pop().finish()
            except OwnCodeError as error:
                self._failures.append(error)


class OwnItems(ChangedItems):
    """A run's items, each with what `argument` makes for it in place of its payload. Thread-safe.

    `argument` is called by one thread at a time. If it fails, the run is asked to stop, and no more items come.
    """

    def __init__(
        self,
        items: Any,
        makers: Mapping[int, OwnCode],
        failures: list[OwnCodeError],
        control: Control,
        *,
        pickled: bool,
    ) -> None:
        super().__init__(items)
        self._makers, self._failures, self._control = makers, failures, control
        self._pickled, self._lock = pickled, threading.Lock()
        self._packed: type[PackedPayload] | None = None

    def time_pickling(self) -> None:
        """Note for each item when it is pickled; what it carries is then an object that is not bytes."""
        from engine.host.payloads.marks import PackedPayload  # only runs that note it need it

        self._packed = PackedPayload

    def _changed(self, item: Item) -> Any:
        due, number, payload = item
        taken_ns = _clock()
        with self._lock:
            if self._failures:
                return None
            try:
                made = {step: code.argument(number) for step, code in self._makers.items()}
                if not self._pickled:
                    return due, number, (payload, made)
                pickle_ns = _clock()
                packed = {step: code.pickled_argument(number, made[step]) for step, code in self._makers.items()}
            except OwnCodeError as error:
                self._failures.append(error)
                self._control.stop()
                return None
        data = pickle.dumps((payload, packed))
        return due, number, data if self._packed is None else self._packed(data, taken_ns, pickle_ns, _clock())
