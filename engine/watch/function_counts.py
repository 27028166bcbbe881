"""Counts functions that hold the GIL, wait for it, run, wait for locks or sleep, from simultaneous stacks and looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from engine.record.look_file import LookState
from engine.watch.stacks import StackFrame, ThreadStack
from engine.wire.watch_messages import FunctionFigures

_MOST: Final = 200  # functions that are reported, the most frequent ones first
_MOST_KNOWN: Final = 5000
_DOES: Final = {
    LookState.RUNNING: "runs",
    LookState.GIL: "waits",
    LookState.LOCK: "locks",
    LookState.LIBRARY: "locks",
}


class FunctionCounts:
    """The counts. A thread counts for the innermost call in the program's own code."""

    def __init__(self) -> None:
        self.samples = 0
        self._counts: dict[tuple[str, str], Counter[str]] = {}
        self._lines: dict[tuple[str, str], Counter[int]] = {}

    def take(self, stacks: Iterable[ThreadStack], states: Mapping[tuple[int, int], LookState]) -> None:
        """Count one instant: every thread's stack, and what it was seen to do then."""
        self.samples += 1
        for stack in stacks:
            frame = stack.own
            if frame is not None:
                state = states.get((stack.pid, stack.tid))
                self._add(frame, "holds" if stack.holds_gil else "" if state is None else _DOES.get(state, "sleeps"))

    def figures(self) -> tuple[FunctionFigures, ...]:
        """Return the counts, beginning with the functions that most often held the GIL or waited for it."""
        order = sorted(
            self._counts.items(), key=lambda each: (-each[1]["holds"] - each[1]["waits"], -each[1].total(), each[0])
        )
        return tuple(
            FunctionFigures(
                name=name,
                file=file,
                line=self._lines[file, name].most_common(1)[0][0],
                **{what: counts[what] for what in ("holds", "waits", "runs", "locks", "sleeps")},
                seen=counts.total(),
            )
            for (file, name), counts in order[:_MOST]
        )

    def _add(self, frame: StackFrame, what: str) -> None:
        key = frame.file, frame.function
        if key not in self._counts and len(self._counts) >= _MOST_KNOWN:
            return
        self._counts.setdefault(key, Counter())[what] += 1
        self._lines.setdefault(key, Counter())[frame.line] += 1
