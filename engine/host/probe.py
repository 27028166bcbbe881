"""The part of a run that its workers share in one process: its steps, bound for each worker, and its lanes.

Guarantees. A failing step never raises into the model: the failure is recorded, each worker's first traceback is kept,
and the task ends there. `SystemExit` in a task counts as a failing step too.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine import registry
from engine.host.control import BEGUN, FILE_NAME, Control
from engine.host.event_loop import records_itself
from engine.host.failures import Fail, first_failure
from engine.host.limited import StepBinder
from engine.host.payloads.payload_size import PayloadKib, returning
from engine.host.recording import LoopLane, blocking_lane
from engine.host.sampled_times import with_sampled_times
from engine.record.host_files import TaskSettings, read_request
from engine.record.lane_file import LaneWriter, Slot
from engine.workload import steps as step_registry
from engine.workload.group import numbered_steps, parts_of, step_paths, steps_of_group
from engine.workload.item import Item
from engine.workload.limits.limit import limit_of, without_limit
from engine.workload.limits.semaphores import Semaphore, between_processes, in_one_process
from engine.workload.steps import ByNumber, StepContext
from engine.workload.toml_table import TomlTable

if TYPE_CHECKING:
    from engine.host.own.lanes import OwnLane
    from engine.workload.own.own_code import OwnCode


class HostRun:
    """The state shared by all workers of a run in this process: the run's folder, its steps and settings.

    `other_machine` names this machine if it is not the host's; else it is empty.
    """

    other_machine = ""

    def __init__(self, folder: str, settings: TaskSettings) -> None:
        self.folder = folder
        self.settings = settings
        registry.use_plugins(settings.plugins)
        self.is_async = settings.is_async
        workload = settings.experiment["workload"]
        self.steps: list[TomlTable] = [
            step_registry.load(str(step["kind"])).card.up_to_date(step) for step in numbered_steps(workload)
        ]
        self.paths = step_paths(workload)
        self._workload = workload
        self._stages = settings.stages
        self._group_of = [group for group in range(len(parts_of(workload))) for _ in self.steps_of(group)] or [
            0 for _ in self.steps
        ]
        self.seed = int(workload["seed"])
        self.model = str(settings.experiment["model"]["kind"])
        self.workers = settings.workers
        self.capacity = settings.phases_limit // max(1, settings.lane_files)
        self.shared: dict[str, Any] = {}
        self._own_codes: dict[int, OwnCode] = {}
        self._names = itertools.count()
        self._lanes: dict[tuple[int, int], Callable[[Item], Any]] = {}
        self._loop_lanes: dict[int, LoopLane] = {}  # by thread: groups of coroutines share their loop's

    @classmethod
    def read(cls, folder: str) -> HostRun:
        """Return the run in `folder`, as its host prepared it."""
        return cls(folder, read_request(folder, TaskSettings))

    @functools.cached_property
    def control(self) -> Control:
        """The run's control page."""
        return Control(os.path.join(self.folder, FILE_NAME))

    @property
    def begun_at_once(self) -> bool:
        """Whether a task begins as soon as its item is handed out, without travelling to another process or in a
        queue.
        """
        return self.settings.shares_memory and not self.settings.queues

    def bind(self, number: int) -> tuple[Any, bool]:
        """Bind step `number` for one worker; the second value says whether it is to be awaited.

        Raises ExperimentError that names the step, or whatever the user's own source raises when it is executed.
        """
        given = without_limit(self.steps[number])
        step = step_registry.load(str(given.pop("kind")))
        context = self.context(number)
        if self.awaits(self._group_of[number]) and step.bind_async is not None:
            bound = step.bind_async(context, **given)
            return bound, bound.awaited if isinstance(bound, ByNumber) else inspect.iscoroutinefunction(bound)
        return step.bind(context, **given), False

    def semaphore(self, number: int) -> Semaphore | None:
        """Return this worker's semaphore to wait for before step `number`; None if the step has no limit."""
        limit = limit_of(self.steps[number])
        if limit is None:
            return None
        awaits, name = self.awaits(self._group_of[number]), self.settings.limits.get(str(number))
        own = in_one_process(limit, awaits) if name is None else between_processes(name, awaits)
        # setdefault is atomic: whichever worker is first, all of this process get the same one.
        semaphore: Semaphore = self.shared.setdefault(f"limit:{number}", own)
        return semaphore

    def context(self, number: int) -> StepContext:
        """Return the context that step `number` may use."""
        stage = self._stages[self._group_of[number]] if self._stages else None
        return StepContext(
            folder=os.path.join(self.folder, "work"),
            services=dict(self.settings.services),
            seed=self.seed,
            number=number,
            model=self.model if stage is None else stage.model,
            shares_memory=self.settings.shares_memory if stage is None else stage.shares_memory,
            shared=self.shared,
            path=self.paths[number],
        )

    def payload(self, group: int = 0) -> PayloadKib:
        """Return how much every item carries to its worker, and every result back, as the group's steps say."""
        return PayloadKib.of(self.steps[number] for number in self.steps_of(group))

    def notes_carrying(self, group: int = 0) -> bool:
        """Return whether a group's items note when they are handed over: if they carry something to another worker.

        Stages hand their items on by themselves: these do not.
        """
        hands_over = not self.settings.shares_memory or self.settings.queues
        return hands_over and not self._stages and (self.payload(group).is_carried or self.carries_own(group))

    @property
    def in_chunks(self) -> bool:
        """Whether the model hands over several tasks at once."""
        return int(self.settings.experiment["model"].get("chunksize", 1)) > 1

    def with_result(self, lane: Callable[[Any], Any], group: int = 0) -> Callable[[Any], Any]:
        """Wrap `lane` to return as many bytes as `payload` steps say; return `lane` itself if it does so anyway."""
        payload, awaits = self.payload(group), self.awaits(group)
        if self.settings.shares_memory or not self.notes_carrying(group) or self.carries_own(group):
            return returning(lane, payload.result(), awaits=awaits)
        from engine.host.payloads.carrying import carrying  # only payloads that are carried need it

        machine, own_copies = self.other_machine, self.in_chunks
        return carrying(lane, payload.result(), awaits=awaits, machine=machine, own_copies=own_copies)

    def steps_of(self, group: int) -> range:
        """Return the numbers of a group's steps: all steps, if there are no groups."""
        return steps_of_group(self._workload, group)

    def groups(self) -> range:
        """Return the numbers of the groups or stages: only 0, if there are none."""
        return range(len(parts_of(self._workload)) or 1)

    def own_codes(self, group: int) -> dict[int, OwnCode]:
        """Return the own code of a group's steps that is more than a task, by the step's number."""
        found: dict[int, OwnCode] = {}
        for number in self.steps_of(group):
            given = without_limit(self.steps[number])
            step = step_registry.load(str(given.pop("kind")))
            if step.own is not None:
                code = self._own_codes.get(number)
                if code is None:
                    code = self._own_codes[number] = step.own(self.context(number), **given)
                if code.has_around:
                    found[number] = code
        return found

    def carries_own(self, group: int) -> bool:
        """Return whether a group's items carry what own code is given: of a pipeline all do, or none."""
        return any(self.own_codes(each) for each in (self.groups() if self._stages else [group]))

    def lane(self, group: int = 0) -> Callable[[Item], Any]:
        """Return the function that runs a group's task on this thread's lane, which is made if there is none yet.

        Lanes are not kept in thread locals: a subinterpreter before 3.14 has new locals whenever it is entered.
        """
        key = threading.get_ident(), group
        if key not in self._lanes:
            self._lanes[key] = self._new_lane(group)
        return self._lanes[key]

    def forget_lanes(self) -> None:
        """Drop all lanes after a fork: their files belong to the parent's threads."""
        self._lanes.clear()
        self._loop_lanes.clear()

    def _new_lane(self, group: int, handed_on: bool | None = None) -> Callable[[Any], Any]:
        steps = self.steps_of(group)
        kinds = [str(step["kind"]) for step in self.steps]
        own = self._own(group, handed_on is not None) if self.carries_own(group) else None
        binder: StepBinder = self if own is None else own.binder
        if self.awaits(group):
            thread = threading.get_ident()
            shared = self._loop_lanes.get(thread)
            if shared is None:
                shared = self._loop_lanes[thread] = LoopLane(self._open_lane())
            lane = _async_lane(binder, shared, first_failure(self.folder, kinds, shared.created_ns), steps, handed_on)
        else:
            writer = self._open_lane(steps[0])
            fail = first_failure(self.folder, kinds, writer.slots[Slot.CREATED_NS])
            lane = blocking_lane(binder, writer, fail, steps, handed_on=handed_on)
            if handed_on is None and not (os.getpid() == self.settings.host_pid and self.begun_at_once):
                lane = with_sampled_times(lane, writer.slots)
        if handed_on is None:
            lane = self.with_result(lane, group)
        if own is not None:
            lane = own.around(lane)
        if handed_on is not None:
            return lane  # a stage's task applies changes made by hand itself
        in_host = os.getpid() == self.settings.host_pid
        return lane if in_host and self.begun_at_once else self._watching(lane)

    def _own(self, group: int, in_stage: bool) -> OwnLane:
        from engine.host.own.lanes import OwnLane

        return OwnLane(self, self.own_codes(group), awaits=self.awaits(group), in_stage=in_stage)

    def stage_lane(self, stage: int) -> Callable[[Any], Any]:
        """Return the function that runs a stage's items on this thread's lane; it returns whether the steps passed."""
        return self._new_lane(stage, handed_on=stage + 1 < len(self._workload["stages"]))

    def awaits(self, group: int) -> bool:
        """Return whether a group's model awaits its tasks; the stages of a pipeline may differ."""
        return self._stages[group].is_async if self._stages else self.is_async

    def record_loops(self, number: int) -> None:
        """Record the next event loops of this process: those that the model, or its part here, is about to create."""
        from engine.host.loop_policy import record_next_loops

        if not records_itself(self.settings.experiment["model"]):
            return
        carried = self.model != "asyncio" or bool(self._stages)  # tasks reach the coroutines over queues and pipes
        record_next_loops(number, self.folder, self.capacity, waits=self.is_async, between=carried)

    def _watching(self, lane: Callable[[Item], Any]) -> Callable[[Item], Any]:
        # In the host, RunItems applies changes made by hand; children and subinterpreters have no RunItems, so their
        # lanes do. An item that waited in a pool's queue until the run was over is not begun.
        control, revision = self.control, 0
        leave = _leave_async if self.is_async else _leave

        def run_task(item: Item) -> Any:
            nonlocal revision
            if control.slots[1] != revision:
                revision = control.apply()
            if control.over:
                return leave(item)
            if item[0] and item[0] < control.slots[BEGUN]:  # the item was handed out before the run's clock started
                item = control.slots[BEGUN], item[1], item[2]
            return lane(item)

        return run_task

    def _open_lane(self, first_step: int = 0) -> LaneWriter:
        thread, process = threading.current_thread(), _process_name()
        native = threading.get_native_id()
        folder = os.path.join(self.folder, "lanes")
        while True:
            path = os.path.join(folder, f"{os.getpid()}-{native}-{next(self._names)}.lane")
            try:
                return LaneWriter(
                    path,
                    thread=native,
                    thread_name=thread.name,
                    process_name=process,
                    created_ns=time.perf_counter_ns(),
                    capacity=self.capacity,
                    first_step=first_step,
                )
            except FileExistsError:  # another interpreter of this process has used this number
                continue


def _async_lane(
    run: StepBinder, lane: LoopLane, fail: Fail, steps: range, handed_on: bool | None
) -> Callable[[Any], Any]:
    # Imported late: asyncio is half of a host's import time, and most models do without it.
    from engine.host.async_lane import async_lane

    return async_lane(run, lane, fail, steps, handed_on=handed_on)


def _leave(item: Item) -> bytes:
    return item[2]


async def _leave_async(item: Item) -> bytes:
    return item[2]


def _process_name() -> str:
    multiprocessing = sys.modules.get("multiprocessing.process")
    return str(multiprocessing.current_process().name) if multiprocessing else "MainProcess"
