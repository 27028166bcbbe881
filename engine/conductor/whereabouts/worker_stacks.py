"""Reads what a process wrote into its stack file: each thread's frames, and each coroutine's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from engine.record.stack_file import COROUTINE

_THREAD: Final = re.compile(r"(?:Current thread|Thread) 0x([0-9a-f]+)")
_FRAME: Final = re.compile(r'  File "(.*)", line (\d+) in (.*)')


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a stack: its function, and the line that it is at."""

    file: str
    line: int
    function: str


@dataclass(slots=True)
class Stacks:
    """The newest stacks of a process, innermost frame first: of its threads, by their `threading` identifiers, and of
    its event loop's coroutines, by their numbers. `fault` is the fatal error that Python reported, or "".
    """

    threads: dict[int, list[Frame]] = field(default_factory=dict)
    coroutines: dict[int, list[Frame]] = field(default_factory=dict)
    fault: str = ""
    current: int | None = None  # the thread that the signal came to: at a fault, the one that made it


def parse_stacks(text: str) -> Stacks:
    """Parse a stack file, or its newest part; a thread's later stacks replace earlier ones, other lines are ignored."""
    found = Stacks()
    frames: list[Frame] = []
    for line in text.splitlines():
        if line.startswith("Fatal Python error: "):
            found.fault = line.removeprefix("Fatal Python error: ")
        elif thread := _THREAD.match(line):
            frames = []
            found.threads[int(thread.group(1), 16)] = frames
            if line.startswith("Current"):
                found.current = int(thread.group(1), 16)
        elif line.startswith(COROUTINE):
            number = line.removeprefix(COROUTINE).partition(" ")[0]
            frames = []
            if number.isdigit():
                found.coroutines[int(number)] = frames
        elif frame := _FRAME.match(line):
            frames.append(Frame(frame.group(1), int(frame.group(2)), frame.group(3)))
    return found


def place_of(frames: Iterable[Frame], not_in: Iterable[str] = (), steps: str = "") -> str:
    """Return the innermost frame of a person's own code as `file.py:12 in get`.

    `not_in` are the folders of other code: the standard library's and ours. Where a person's code has no frame it is
    the innermost one in the folder `steps`, that of our own steps, and without one the innermost of all.
    """
    frames, folders = list(frames), tuple(not_in)
    own = next((each for each in frames if not each.file.startswith(folders) and "/lib/python" not in each.file), None)
    step = next((each for each in frames if steps and each.file.startswith(steps)), None)
    shown = own or step or next(iter(frames), None)
    if shown is None:
        return ""
    return f"{shown.file.replace(chr(92), '/').rpartition('/')[2]}:{shown.line} in {shown.function}"
