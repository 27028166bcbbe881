"""What the tasks of own code are given and return, on a worker: unpickled and pickled, and when, if that is noted."""

from __future__ import annotations

import pickle
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.workload.own.worker import OwnWorker, pack

if TYPE_CHECKING:
    from engine.host.payloads.marks import Times

_clock = time.perf_counter_ns


@dataclass(frozen=True)
class Delivery:
    """Whether items come pickled; `machine` names this machine if its clock is not the host's, else it is empty."""

    pickled: bool
    machine: str = ""

    def take(self, carried: Any, worker: OwnWorker, number: int) -> tuple[bytes, Times | None]:
        """Give a worker what its task carries; return the payload beside it, and when it was carried, if that is noted.

        Raises OwnCodeError.
        """
        if not self.pickled:
            return worker.take(carried, number, pickled=False), None
        if type(carried) is bytes:
            return worker.take(pickle.loads(carried), number, pickled=True), None
        begun_ns = _clock()
        payload = worker.take(pickle.loads(carried.data), number, pickled=True)
        return payload, carried.there(begun_ns, _clock())

    def pack(self, result: bytes, worker: OwnWorker, number: int, there: Times | None) -> Any:
        """Return what a worker sends back after a task. Raises OwnCodeError."""
        begun_ns = _clock()
        packed = pack(result, worker, number, pickled=self.pickled)
        if there is None:
            return packed
        from engine.host.payloads.marks import PackedResult  # has been imported: it came with the item

        return PackedResult(number, packed, there, self.machine, begun_ns, _clock())
