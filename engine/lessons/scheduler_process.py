"""The process in which a class's two workers run: commands come in as JSON lines, states go out the same way.

Commands: {"ask": "start", "program": KEY}, {"ask": "step", "worker": 0}, {"ask": "order", "steps": [0, 1, ...]} (from
the beginning), {"ask": "find"}, {"ask": "chance", "runs": N}. Each has one answer with the same `ask`; one that cannot
be carried out has `problem`. The process ends when its input closes.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from engine.lessons.scheduler_programs import PROGRAMS, SchedulerProgram
from engine.lessons.scheduler_search import by_chance, find_wrong_order
from engine.lessons.scheduler_stepper import Stepper, replayed


class Session:
    """The program at hand and its execution."""

    def __init__(self) -> None:
        self._program: SchedulerProgram = next(iter(PROGRAMS.values()))
        self._stepper: Stepper | None = None

    def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry out a command and return its answer. Raises KeyError or ValueError for a wrong one."""
        ask = command["ask"]
        if ask == "start":
            self._program = PROGRAMS[command["program"]]
            self._renew(())
        elif ask == "order":
            self._renew(command["steps"])
        elif ask == "step":
            self._running().step(int(command["worker"]))
        elif ask == "find":
            search = find_wrong_order(self._program)
            return {"ask": ask, "order": search.order, "orders": search.orders, "wrong": search.wrong}
        elif ask == "chance":
            chance = by_chance(self._program, int(command["runs"]))
            return {"ask": ask, "runs": chance.runs, "wrong": chance.wrong}
        else:
            raise ValueError(f"unknown command {ask}")
        return {"ask": ask, **_state(self._running())}

    def close(self) -> None:
        """End the workers."""
        if self._stepper is not None:
            self._stepper.close()
            self._stepper = None

    def _running(self) -> Stepper:
        if self._stepper is None:
            self._stepper = Stepper(self._program)
        return self._stepper

    def _renew(self, steps: Any) -> None:
        self.close()
        self._stepper = replayed(self._program, [int(step) for step in steps])


def _state(stepper: Stepper) -> dict[str, Any]:
    program = stepper.program
    return {
        "program": program.key,
        "lines": program.lines,
        "workers": [
            {
                "name": worker.name,
                "state": worker.state,
                "line": worker.line,
                "locals": {name: repr(value) for name, value in worker.locals.items()},
                "waits_for": worker.waits_for,
            }
            for worker in stepper.workers
        ],
        "shared": {name: repr(value) for name, value in vars(stepper.shared).items()},
        "locks": {name: lock.holder for name, lock in stepper.locks.items()},
        "order": list(stepper.order),
        "runnable": stepper.runnable(),
        "ended": stepper.ended,
        "wrong": program.wrong if stepper.wrong else "",
    }


def main() -> None:
    """Answer commands until the input closes."""
    session = Session()
    try:
        for line in sys.stdin:
            try:
                answer = session.answer(json.loads(line))
            except (KeyError, TypeError, ValueError) as error:
                answer = {"ask": "", "problem": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), flush=True)
    finally:
        session.close()


if __name__ == "__main__":
    main()
