"""Two real Python threads that run one line at a time, in an order that the caller chooses.

Guarantees. A worker runs only within a call of `step`, from its current line to the next line of the program (or to its
end, or to a lock that another worker holds). So an order of steps gives the same result each time.
How. `sys.settrace` in each worker stops it before each line of the program; the locks are real ones, taken without
waiting, and a worker that does not get one pauses until it is free.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType, SimpleNamespace
from typing import Any, Final

from engine.lessons.scheduler.programs import WORKERS, SchedulerProgram

READY: Final = "ready"
BLOCKED: Final = "blocked"
DONE: Final = "done"
FILE: Final = "<program>"
_PATIENCE_S: Final = 20.0


class _AbandonedError(BaseException):
    """Ends a worker whose execution is no longer of interest."""


@dataclass(slots=True)
class WorkerState:
    """Where one worker is stopped: before `line` (from 1; 0 once it is done), with its locals; `waits_for` a lock."""

    name: str
    state: str = READY
    line: int = 0
    locals: dict[str, object] = field(default_factory=dict)
    waits_for: str = ""


class SteppedLock:
    """A lock for stepped workers: a worker that does not get it pauses, with that state, until it is free."""

    def __init__(self, name: str, stepper: Stepper) -> None:
        self._name = name
        self._stepper = stepper
        self._lock = threading.Lock()
        self.holder = ""

    @property
    def locked(self) -> bool:
        """Whether a worker holds it."""
        return self._lock.locked()

    def __enter__(self) -> None:
        worker = self._stepper.current()
        while not self._lock.acquire(blocking=False):
            worker.waits_for = self._name
            self._stepper.pause(worker, BLOCKED)
        worker.waits_for = ""
        self.holder = worker.name

    def __exit__(self, *_: object) -> None:
        self.holder = ""
        self._lock.release()


class Stepper:
    """One execution of a program. `order` holds the steps so far, as indexes into `workers`."""

    def __init__(self, program: SchedulerProgram) -> None:
        self.program = program
        self.shared = SimpleNamespace(**program.shared)
        self.locks = {name: SteppedLock(name, self) for name in program.locks}
        self.workers = [WorkerState(name) for name in WORKERS]
        self.order: list[int] = []
        self._abandoned = False
        self._go = [threading.Semaphore(0) for _ in WORKERS]
        self._arrived = threading.Semaphore(0)
        namespace: dict[str, object] = {"shared": self.shared, **self.locks}
        exec(compile(program.source, FILE, "exec"), namespace)
        self._threads = [
            threading.Thread(target=self._work, args=(place, namespace[name]), name=f"worker-{place}", daemon=True)
            for place, name in enumerate(program.functions)
        ]
        self._places: dict[int, int] = {}
        for thread in self._threads:  # one after the other: each runs until it stops before its first line
            thread.start()
            self._await_arrival()

    def runnable(self) -> list[int]:
        """Return the indexes of the workers that can take a step now."""
        return [place for place, worker in enumerate(self.workers) if self._can_run(worker)]

    def step(self, place: int) -> None:
        """Let one worker run its next line. Raises ValueError if it cannot."""
        if place not in self.runnable():
            raise ValueError(f"worker {self.workers[place].name} cannot go on: it is {self.workers[place].state}")
        self.order.append(place)
        self._go[place].release()
        self._await_arrival()

    @property
    def ended(self) -> bool:
        """Whether no worker can take a further step."""
        return not self.runnable()

    @property
    def deadlocked(self) -> bool:
        """Whether some workers have not ended, and all of these wait for each other."""
        return self.ended and any(worker.state != DONE for worker in self.workers)

    @property
    def wrong(self) -> bool:
        """Whether it has ended with unexpected values, or in a deadlock."""
        return self.deadlocked or (self.ended and vars(self.shared) != dict(self.program.expected))

    def close(self) -> None:
        """End the workers, wherever they are."""
        self._abandoned = True
        for go in self._go:
            go.release()
        for thread in self._threads:
            thread.join(_PATIENCE_S)

    def current(self) -> WorkerState:
        """Return the worker that calls."""
        return self.workers[self._places[threading.get_ident()]]

    def pause(self, worker: WorkerState, state: str) -> None:
        """Pause the calling worker until its next step."""
        if self._abandoned:  # it is leaving its `with` blocks, on the way to its end
            return
        worker.state = state
        self._arrived.release()
        self._go[self._places[threading.get_ident()]].acquire()
        if self._abandoned:
            raise _AbandonedError
        worker.state = READY

    def _can_run(self, worker: WorkerState) -> bool:
        if worker.state == BLOCKED:
            return not self.locks[worker.waits_for].locked
        return worker.state == READY

    def _await_arrival(self) -> None:
        if not self._arrived.acquire(timeout=_PATIENCE_S):
            raise RuntimeError("a worker did not reach its next line")

    def _work(self, place: int, function: Any) -> None:
        self._places[threading.get_ident()] = place
        worker = self.workers[place]

        def trace(frame: FrameType, event: str, _argument: object) -> Any:
            if frame.f_code.co_filename != FILE:
                return None
            if event == "line":
                worker.line, worker.locals = frame.f_lineno, dict(frame.f_locals)
                self.pause(worker, READY)
            return trace

        try:
            sys.settrace(trace)
            function()
        except _AbandonedError:
            return  # nobody waits for its arrival any more
        finally:
            sys.settrace(None)
        worker.state, worker.line = DONE, 0
        self._arrived.release()


def replayed(program: SchedulerProgram, order: Sequence[int]) -> Stepper:
    """Return an execution after these steps; the caller closes it. Raises ValueError if a step is not possible."""
    stepper = Stepper(program)
    try:
        for place in order:
            stepper.step(place)
    except BaseException:
        stepper.close()
        raise
    return stepper
