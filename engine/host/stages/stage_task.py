"""The task of one stage of a pipeline: runs the stage's steps for an item, and returns it for the next stage.

A worker's lane records each task of its stage, from when the item was put into the queue before it. The record also
holds the time spent in earlier stages, so that the last stage's latencies are those of the whole pipeline.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from engine.host.probe import HostRun
from engine.host.stages.stage_queues import StageItem
from engine.host.task import attach

_clock = time.perf_counter_ns


class StageTask(threading.local):
    """The callable that a stage's workers call. Pickled as its run's folder and the stage's number.

    Returns the item for the next stage, None if a step failed or the run is over. If the stage's model is
    asynchronous the call returns an awaitable.
    """

    lane: Callable[[StageItem], Any] | None = None

    def __init__(self, run: HostRun, stage: int, lanes: dict[int, Callable[[StageItem], Any]]) -> None:
        self.run, self.stage, self.lanes = run, stage, lanes

    def __call__(self, item: StageItem) -> Any:
        lane = self.lane
        if lane is None:
            thread = threading.get_ident()  # a subinterpreter's thread has new locals whenever it is entered
            if thread not in self.lanes:
                self.lanes[thread] = self._new_lane()
            self.lane = lane = self.lanes[thread]
        return lane(item)

    def __reduce__(self) -> tuple[Callable[[str, int], StageTask], tuple[str, int]]:
        return (attach_stage, (self.run.folder, self.stage))

    def _new_lane(self) -> Callable[[StageItem], Any]:
        control, revision = self.run.control, 0
        lane = self.run.stage_lane(self.stage)

        def prepared(item: StageItem) -> StageItem | None:
            """Return the item in the form that the lane takes, None if the run is over."""
            nonlocal revision
            if control.slots[1] != revision:
                revision = control.apply()
            if control.over:
                return None
            put_ns, number, payload, begun_ns = item
            if put_ns:
                return put_ns, number, payload, begun_ns
            return begun_ns, number, payload, begun_ns  # first stage: the item arrived when it was due; 0: just now

        def run_item(item: StageItem) -> StageItem | None:
            given = prepared(item)
            if given is None:
                return None
            now_ns = _clock()
            return (0, item[1], item[2], item[3] or now_ns) if lane(given) else None

        async def run_item_async(item: StageItem) -> StageItem | None:
            given = prepared(item)
            if given is None:
                return None
            now_ns = _clock()
            return (0, item[1], item[2], item[3] or now_ns) if await lane(given) else None

        return run_item_async if self.run.awaits(self.stage) else run_item


_attached: dict[tuple[str, int], StageTask] = {}


def attach_stage(folder: str, stage: int) -> StageTask:
    """Return this process's task of a stage of the run in `folder`."""
    key = folder, stage
    if key not in _attached:
        # setdefault is atomic: whichever thread is first, all get the same one.
        _attached.setdefault(key, StageTask(attach(folder, stage).run, stage, {}))
    return _attached[key]
