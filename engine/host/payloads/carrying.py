"""Both ends of what is carried: in the host, what hands items over and records results; in a worker, what runs a task.

Only runs that carry a payload have any of this: others hand over plain items.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from engine.host.items import ChangedItems
from engine.host.payloads import marks
from engine.host.payloads.marks import CarriedPayload, ReturnedPayload, Times
from engine.host.payloads.payload_size import returning
from engine.record.hand_over.carried_file import CarriedTask, CarriedWriter
from engine.workload.item import Item


class Recorder:
    """Records every result that is unpickled in this process, the run's host, and every item handed over as it is."""

    def __init__(self, run_folder: str, most: int) -> None:
        self._writer = CarriedWriter(run_folder, most)
        marks.tell = self.tell

    def tell(self, task: int, there: Times, back: Times, machine: str) -> None:
        """Record a task whose result was just unpickled; `machine` names its worker's if its clock is another."""
        to_bytes, handed_ns, pickle_ns, pickled_ns, unpickle_ns, unpickled_ns = there
        back_bytes, _, again_ns, ended_ns, back_ns, returned_ns = back
        pickling_ns = pickled_ns - pickle_ns + ended_ns - again_ns
        unpickling_ns = unpickled_ns - unpickle_ns + returned_ns - back_ns
        if machine:
            unpickle_ns = unpickled_ns = again_ns = ended_ns = 0
        came = handed_ns, pickle_ns, pickled_ns, unpickle_ns, unpickled_ns
        went = again_ns, ended_ns, back_ns, returned_ns
        self._writer.add((task, to_bytes, back_bytes, *came, *went), pickling_ns, unpickling_ns)

    def handed_over(self, task: int, to_bytes: int, back_bytes: int, handed_ns: int) -> None:
        """Record a task whose payload and result are not pickled: how long each is carried is not known."""
        self._writer.add(CarriedTask(task, to_bytes, back_bytes, handed_ns))


class CarriedItems(ChangedItems):
    """Items whose payloads note when they are pickled and unpickled; a Recorder is told when their results are back."""

    def __init__(self, items: Any, *, own_copies: bool) -> None:
        super().__init__(items)
        self._own_copies = own_copies

    def _changed(self, item: Item) -> Any:
        due, number, payload = item
        return due, number, CarriedPayload(payload, time.perf_counter_ns(), self._own_copies)


class HandedItems(ChangedItems):
    """Items that are handed over without being pickled: `to_bytes` and `back_bytes` are copied for each, if any."""

    def __init__(self, items: Any, recorder: Recorder, to_bytes: int, back_bytes: int) -> None:
        super().__init__(items)
        self._recorder, self._sizes = recorder, (to_bytes, back_bytes)

    def _changed(self, item: Item) -> Any:
        self._recorder.handed_over(item[1], *self._sizes, time.perf_counter_ns())
        return item


def carrying(
    lane: Callable[[Any], Any], result: bytes | None, *, awaits: bool, machine: str, own_copies: bool
) -> Callable[[Any], Any]:
    """Wrap `lane` for payloads that note their way: the task returns `result`, or (None) the payload itself.

    `machine` names this machine if its clock is not the host's; else it is empty.
    """

    plain = returning(lane, result, awaits=awaits)  # for models that do not pickle it

    def back(task: int, carried: CarriedPayload) -> ReturnedPayload:
        return ReturnedPayload(task, carried.data if result is None else result, carried.times, machine, own_copies)

    def run_task(item: Any) -> Any:
        due, number, payload = item
        if type(payload) is not CarriedPayload:
            return plain(item)
        lane((due, number, payload.data))
        return back(number, payload)

    async def run_task_async(item: Any) -> Any:
        due, number, payload = item
        if type(payload) is not CarriedPayload:
            return await plain(item)
        await lane((due, number, payload.data))
        return back(number, payload)

    return run_task_async if awaits else run_task
