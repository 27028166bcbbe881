"""The process in which a class's two workers run: commands come in as JSON lines, states go out the same way.

`engine.lessons.scheduler.messages` defines both. Each command has one answer, which says why if it failed.
The process ends when its input closes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from engine.lessons.scheduler.messages import (
    COMMANDS,
    ChanceCounted,
    CommandFailed,
    CountChance,
    FindOrder,
    OrdersRun,
    RunOrder,
    SchedulerAnswer,
    SchedulerCommand,
    SchedulerState,
    StartProgram,
    SteppedWorker,
    StepWorker,
)
from engine.lessons.scheduler.programs import PROGRAMS, SchedulerProgram
from engine.lessons.scheduler.search import by_chance, find_wrong_order
from engine.lessons.scheduler.stepper import Stepper, replayed
from engine.wire.protocol import decode_message, encode_message


class Session:
    """The current program and its execution."""

    def __init__(self) -> None:
        self._program: SchedulerProgram = next(iter(PROGRAMS.values()))
        self._stepper: Stepper | None = None

    def answer(self, command: SchedulerCommand) -> SchedulerAnswer:
        """Carry out a command and return its answer. Raises KeyError or ValueError for one that is not possible."""
        match command:
            case FindOrder():
                search = find_wrong_order(self._program)
                return OrdersRun(search.order, search.orders, search.wrong)
            case CountChance(runs):
                chance = by_chance(self._program, runs)
                return ChanceCounted(chance.runs, chance.wrong)
            case StartProgram(program):
                self._program = PROGRAMS[program]
                self._renew(())
            case RunOrder(steps):
                self._renew(steps)
            case StepWorker(worker):
                self._running().step(worker)
        return _state(self._running())

    def close(self) -> None:
        """End the workers."""
        if self._stepper is not None:
            self._stepper.close()
            self._stepper = None

    def _running(self) -> Stepper:
        if self._stepper is None:
            self._stepper = Stepper(self._program)
        return self._stepper

    def _renew(self, steps: Sequence[int]) -> None:
        self.close()
        self._stepper = replayed(self._program, steps)


def _state(stepper: Stepper) -> SchedulerState:
    program = stepper.program
    return SchedulerState(
        program=program.key,
        lines=tuple(program.lines),
        workers=tuple(
            SteppedWorker(
                worker.name,
                worker.state,
                worker.line,
                {name: repr(value) for name, value in worker.locals.items()},
                worker.waits_for,
            )
            for worker in stepper.workers
        ),
        shared={name: repr(value) for name, value in vars(stepper.shared).items()},
        locks={name: lock.holder for name, lock in stepper.locks.items()},
        order=tuple(stepper.order),
        runnable=tuple(stepper.runnable()),
        ended=stepper.ended,
        wrong=program.wrong if stepper.wrong else "",
    )


def main() -> None:
    """Answer commands until the input closes."""
    session = Session()
    try:
        for line in sys.stdin:
            answer: SchedulerAnswer
            try:
                answer = session.answer(decode_message(line, COMMANDS))
            except (KeyError, TypeError, ValueError) as error:
                answer = CommandFailed(f"{type(error).__name__}: {error}")
            sys.stdout.write(encode_message(answer).decode())
            sys.stdout.flush()
    finally:
        session.close()


if __name__ == "__main__":
    main()
