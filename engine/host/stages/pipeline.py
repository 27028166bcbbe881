"""Runs the stages of a pipeline, each under its model's own function, with a bounded queue between any two.

Guarantees. Nothing runs ahead of a full queue. A stage ends when the one before it has ended and its queue is empty;
each worker then gets one None. A failure in one stage asks the run to stop, and releases the others that wait for its
queues; it is raised when all have ended.
"""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from engine.host.control import Control
from engine.host.event_loop import run_coroutine
from engine.host.items import RunItems
from engine.host.stages.stage_queues import (
    AsyncFirstSource,
    AsyncLastSink,
    FirstSource,
    LastSink,
    LoopSink,
    LoopSource,
    Sink,
    Source,
    ThreadedSink,
    ThreadedSource,
    counting,
)
from engine.models import ModelDescriptor
from engine.record.hand_over.queue_file import processes_asking
from engine.workload.toml_table import TomlTable

_LOOK_S = 0.1
_LONGEST_START_S = 20.0
_MOST_TRIES = 20  # after the run was stopped


@dataclass(frozen=True)
class PipelineStage:
    """One stage: its name, model, model options, task, number of workers, and the capacity of its queue."""

    name: str
    model: ModelDescriptor
    options: TomlTable
    task: Callable[..., Any]
    workers: int
    queue: int | None


class Pipeline:
    """The stages of one run."""

    def __init__(self, stages: Sequence[PipelineStage], items: RunItems, folder: str, control: Control) -> None:
        self._stages, self._items, self._folder, self._control = list(stages), items, folder, control
        self._failures: list[BaseException] = []
        self._queues: list[Any] = [None]  # the queue before each stage; the first stage has one only for processes
        self._ended = [threading.Event() for _ in stages]
        self._pool: ThreadPoolExecutor | None = None

    @property
    def has_loop(self) -> bool:
        """Whether a stage runs on an event loop of this process."""
        return any(stage.model.stage_on_loop for stage in self._stages)

    def run(self) -> None:
        """Run every stage to its end. Raises the exception of the first stage that failed."""
        self._make_queues()
        on_loop = [number for number, stage in enumerate(self._stages) if stage.model.stage_on_loop]
        off_loop = [number for number in range(len(self._stages)) if number not in on_loop]
        threads = [
            threading.Thread(target=self._guarded, args=(number,), name=f"stage {self._stages[number].name}")
            for number in off_loop
        ]
        if self._queues[0] is not None:
            threads.append(threading.Thread(target=self._feed, name="feeds the first stage"))
        # Processes take a while to start: the run's first task, which starts its clock, waits for them.
        first = [thread for thread, number in zip(threads, off_loop, strict=False) if self._starts_processes(number)]
        for thread in first:
            thread.start()
        self._wait_for_processes()
        for thread in threads:
            if thread not in first:
                thread.start()
        if on_loop:
            self._run_loop(on_loop)
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(_LOOK_S)  # with a time-out: this stage may be waiting for one that has failed
                if self._failures:
                    self._let_go()
        if self._pool is not None:
            self._pool.shutdown()
        if self._failures:
            self._forget_queues()
            raise self._failures[0]

    def _make_queues(self) -> None:
        first = self._stages[0]
        if self._has_processes(first):
            self._queues[0] = self._process_queue(first, 2 * first.workers)
        for before, behind in itertools.pairwise(self._stages):
            bound = before.queue or 1
            if self._has_processes(before) or self._has_processes(behind):
                self._queues.append(self._process_queue(before if self._has_processes(before) else behind, bound))
            elif before.model.stage_on_loop and behind.model.stage_on_loop:
                import asyncio

                self._queues.append(asyncio.Queue(bound))
            else:
                self._queues.append(queue.Queue(bound))
        threads = sum(stage.workers for stage in self._stages if stage.model.stage_on_loop)
        if threads:
            self._pool = ThreadPoolExecutor(max_workers=2 * threads, thread_name_prefix="queue")

    def _starts_processes(self, number: int) -> bool:
        return self._has_processes(self._stages[number])

    def _wait_for_processes(self) -> None:
        """Wait until every process of a stage asks for its first item, or a stage fails."""
        wanted = sum(stage.model.stage_processes(stage.workers, stage.options) for stage in self._stages)
        deadline = time.monotonic() + _LONGEST_START_S
        while processes_asking(self._folder) < wanted and not self._failures and time.monotonic() < deadline:
            time.sleep(_LOOK_S / 10)

    @staticmethod
    def _has_processes(stage: PipelineStage) -> bool:
        return stage.model.stage_processes(stage.workers, stage.options) > 0

    @staticmethod
    def _process_queue(stage: PipelineStage, bound: int) -> Any:
        import multiprocessing

        return multiprocessing.get_context(stage.options["start_method"]).Queue(bound)

    def _feed(self) -> None:
        sink = Sink(self._queues[0], self._number_of_first, counting(self._folder))
        try:
            for item in self._items:
                sink.put((0, item[1], item[2], item[0]))
        except BaseException as error:
            self._fail(error)
        self._end_of(0)

    @property
    def _number_of_first(self) -> int:
        """The number of the queue before the first stage, which follows those of the queues between stages."""
        return len(self._stages) - 1

    def _guarded(self, number: int) -> None:
        stage = self._stages[number]
        try:
            assert stage.model.run_stage is not None
            stage.model.run_stage(stage.task, self._source(number), self._sink(number), stage.workers, **stage.options)
        except BaseException as error:
            self._fail(error)
        self._ended[number].set()
        if number + 1 < len(self._stages):
            self._end_of(number + 1)

    def _run_loop(self, numbers: Sequence[int]) -> None:
        import asyncio

        async def run_one(number: int) -> None:
            stage = self._stages[number]
            assert stage.model.run_stage is not None
            source, sink = self._async_source(number), self._async_sink(number)
            await stage.model.run_stage(stage.task, source, sink, stage.workers, **stage.options)
            self._ended[number].set()
            if number + 1 < len(self._stages):
                following = self._queues[number + 1]
                if isinstance(following, asyncio.Queue):
                    for _ in range(self._stages[number + 1].workers):
                        await following.put(None)
                else:
                    await asyncio.get_running_loop().run_in_executor(self._pool, self._end_of, number + 1)

        async def run_all() -> None:
            await asyncio.gather(*(run_one(number) for number in numbers))

        options = [self._stages[number].options for number in numbers]
        try:
            run_coroutine(run_all(), next((each for each in options if "loop" in each), {}))
        except BaseException as error:
            self._fail(error)
            for number in numbers:
                self._ended[number].set()

    def _source(self, number: int) -> Any:
        if number == 0 and self._queues[0] is None:
            return FirstSource(self._items)
        counted = self._number_of_first if number == 0 else number - 1
        return Source(self._queues[number], counted, counting(self._folder))

    def _sink(self, number: int) -> Any:
        if number + 1 == len(self._stages):
            return LastSink()
        return Sink(self._queues[number + 1], number, counting(self._folder))

    def _async_source(self, number: int) -> Any:
        import asyncio

        if number == 0:
            return AsyncFirstSource(self._items)
        if isinstance(self._queues[number], asyncio.Queue):
            return LoopSource(self._queues[number], number - 1, counting(self._folder))
        return ThreadedSource(self._source(number), self._pool)

    def _async_sink(self, number: int) -> Any:
        import asyncio

        if number + 1 == len(self._stages):
            return AsyncLastSink()
        if isinstance(self._queues[number + 1], asyncio.Queue):
            return LoopSink(self._queues[number + 1], number, counting(self._folder))
        return ThreadedSink(self._sink(number), self._pool)

    def _end_of(self, number: int) -> None:
        """Tell each worker of a stage that no more items come."""
        tries = 0
        for _ in range(self._stages[number].workers):
            # Only this tells a process that waits for its queue about a stop; the queue may be full for a moment.
            while not self._failures and (not self._control.stopped or tries < _MOST_TRIES):
                tries += 1
                try:
                    self._queues[number].put(None, timeout=_LOOK_S)
                    break
                except queue.Full:
                    continue

    def _fail(self, error: BaseException) -> None:
        self._failures.append(error)
        self._control.stop()

    def _forget_queues(self) -> None:
        # Items that nobody will read must not keep this process from exiting.
        for waiting in self._queues:
            if hasattr(waiting, "cancel_join_thread"):
                waiting.cancel_join_thread()

    def _let_go(self) -> None:
        """Release workers that wait for a queue whose other end is gone, and end the other stages' processes."""
        import asyncio
        import multiprocessing

        for child in multiprocessing.active_children():
            child.terminate()
        for waiting in self._queues:
            if waiting is None or isinstance(waiting, asyncio.Queue):
                continue
            try:
                while True:
                    waiting.get_nowait()
            except (queue.Empty, OSError, ValueError):
                pass
